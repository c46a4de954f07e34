namespace Tandem.Records.Text;

/// <summary>
/// This process's console, behind <see cref="PrintableText"/>. A program that shares its process with other writers, as a run does with the
/// runner of its tests, writes here and leaves <see cref="Console.Out"/> as it is. The runtime locks Console.Out inside each write to the
/// terminal; a writer in its place would wait for whoever took the former one before, and that one for it.
/// </summary>
public static class PrintableConsole
{
    /// <summary>Standard output. Safe for use by several threads; a line is written as one.</summary>
    public static TextWriter Out { get; } = new PrintableWriter(Console.Out);

    /// <summary>Standard error. Safe for use by several threads; a line is written as one.</summary>
    public static TextWriter Error { get; } = new PrintableWriter(Console.Error);
}
