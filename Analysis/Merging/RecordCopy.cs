namespace Tandem.Analysis.Merging;

/// <summary>Compares a record's line with the copy that its writer left in the attempt's folder. Both were written by one program, so they
/// differ in the white space between their members alone, whatever that program's version was.</summary>
internal static class RecordCopy
{
    /// <summary>The first byte of the line, from 1, that is not the copy's; null if all are.</summary>
    /// <param name="line">Without its line feed.</param>
    /// <param name="copy">The file.</param>
    public static int? FirstDifference(ReadOnlySpan<byte> line, ReadOnlySpan<byte> copy)
    {
        (int at, bool isText, bool isEscaped) = (0, false, false);
        foreach (byte one in copy)
        {
            if (!isText && one is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
                continue;
            if (at == line.Length || line[at] != one)
                return at + 1;
            at++;
            if (isEscaped)
                isEscaped = false;
            else if (isText && one == (byte)'\\')
                isEscaped = true;
            else if (one == (byte)'"')
                isText = !isText;
        }
        return at == line.Length ? null : at + 1;
    }
}
