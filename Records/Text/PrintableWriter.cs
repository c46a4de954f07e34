using System.Text;

namespace Tandem.Records.Text;

/// <summary>The one door to the console: see <see cref="PrintableText"/>. What the program itself draws goes to
/// <see cref="Inner"/>.</summary>
/// <param name="inner">Where it is written.</param>
public sealed class PrintableWriter(TextWriter inner) : TextWriter
{
    /// <summary>The terminal or file behind it.</summary>
    public TextWriter Inner { get; } = inner;

    /// <inheritdoc/>
    public override Encoding Encoding => Inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Inner.Write(PrintableText.Of(value.ToString()));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Inner.Write(PrintableText.Of(new string(buffer, index, count)));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Inner.Write(PrintableText.Of(buffer.ToString()));

    /// <inheritdoc/>
    public override void Write(string? value) => Inner.Write(value is null ? null : PrintableText.Of(value));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write(value + CoreNewLineText);

    /// <inheritdoc/>
    public override void Flush() => Inner.Flush();

    private string CoreNewLineText => new(CoreNewLine);
}
