using System.Text;

namespace Tandem.Cli.Testing;

/// <summary>Pieces of bytes as text: a character may be cut between two pieces, and each stream has its own state.</summary>
internal sealed class LiveText(TextWriter output)
{
    private readonly Decoder[] _decoders = [Encoding.UTF8.GetDecoder(), Encoding.UTF8.GetDecoder()];

    public void Write(bool isStderr, ReadOnlyMemory<byte> piece)
    {
        Decoder decoder = _decoders[isStderr ? 1 : 0];
        char[] characters = new char[Encoding.UTF8.GetMaxCharCount(piece.Length)];
        output.Write(characters.AsSpan(0, decoder.GetChars(piece.Span, characters, flush: false)));
        output.Flush();
    }
}
