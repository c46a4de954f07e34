using System.Buffers;
using System.Text;

namespace Tandem.Analysis.Rules.Secrets;

/// <summary>Something that looks like a key, without the key.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Kind">What it looks like.</param>
/// <param name="Fingerprint">Differs from that of any other key; see <see cref="SecretPattern.Fingerprint"/>.</param>
internal readonly record struct FoundSecret(int Line, string Kind, string Fingerprint);

/// <summary>Looks through a file of any size, text or not, in bounded memory.</summary>
internal static class SecretScan
{
    private const int Step = 256 * 1024;

    /// <summary>What a file holds that looks like keys, in its order.</summary>
    public static List<FoundSecret> Of(Stream stream)
    {
        // Lent, since a store has hundreds of thousands of small files.
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Step);
        // The last character before what is searched is kept too: it says whether a word begins there.
        char[] text = ArrayPool<char>.Shared.Rent(Step + SecretPattern.LongestMatch + 1);
        try
        {
            return Search(stream, bytes.AsSpan(0, Step), text);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<char>.Shared.Return(text);
        }
    }

    private static List<FoundSecret> Search(Stream stream, Span<byte> bytes, char[] text)
    {
        var found = new List<FoundSecret>();
        int filled = 0;
        int searched = 0;
        int line = 1;
        int counted = 0;
        bool isEnd = false;
        while (!isEnd)
        {
            int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            isEnd = read < bytes.Length;
            filled += Encoding.Latin1.GetChars(bytes[..read], text.AsSpan(filled));
            int until = isEnd ? filled : filled - SecretPattern.LongestMatch;
            while (SecretPattern.Next(text.AsSpan(0, filled), searched) is SecretMatch match && match.Index < until)
            {
                line += text.AsSpan(counted, match.Index - counted).Count('\n');
                counted = match.Index;
                found.Add(new FoundSecret(line, match.Kind, SecretPattern.Fingerprint(text.AsSpan(match.Index, match.Length))));
                searched = match.Index + match.Length;
            }
            if (isEnd)
                break;
            int keep = Math.Max(searched, until) - 1;
            line += text.AsSpan(counted, keep - counted).Count('\n');
            text.AsSpan(keep, filled - keep).CopyTo(text);
            filled -= keep;
            searched = 1;
            counted = 0;
        }
        return found;
    }
}
