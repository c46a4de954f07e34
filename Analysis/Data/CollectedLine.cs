using System.Globalization;
using System.Text.Json;

namespace Tandem.Analysis.Data;

/// <summary>
/// A record as <c>collect</c> writes it: the stored line, byte for byte, but for three values. Nothing else of it is read and written anew,
/// so nothing else can change on the way (and 20,000 records take a twentieth of the time).
/// <para>
/// The three are found by their names: in JSON, <c>"name":</c> can only be the end of a member's name, and the contract has no other member
/// that ends so. A line that is spaced or spelt in another way is read token by token.
/// </para>
/// </summary>
internal static class CollectedLine
{
    /// <param name="output">Where to.</param>
    /// <param name="line">The stored line, known to follow the contract.</param>
    /// <param name="isOverridden">Whether <c>both_passed</c> is false whatever was written.</param>
    /// <param name="difficulty">What <c>difficulty</c> and <c>bucket</c> are to say.</param>
    /// <exception cref="JsonException">The line is no JSON object.</exception>
    public static void Write(Stream output, ReadOnlySpan<byte> line, bool isOverridden, Difficulty? difficulty)
    {
        line = line.Trim(" \t\r"u8);
        if (line is not [(byte)'{', .., (byte)'}'] || line.Contains((byte)'\n'))
            throw new JsonException("This is no JSON object in one line.");
        (Range Value, Member Member) first = default, second = default, third = default;
        bool isFound = (!isOverridden || TryFind(line, "\"both_passed\":"u8, Member.BothPassed, out first))
            && TryFind(line, "\"difficulty\":"u8, Member.Difficulty, out second)
            && TryFind(line, "\"bucket\":"u8, Member.Bucket, out third)
            && first.Value.End.Value <= second.Value.Start.Value && second.Value.End.Value <= third.Value.Start.Value;
        ReadOnlySpan<(Range Value, Member Member)> found = isFound ? [first, second, third] : Search(line, isOverridden);
        int copied = 0;
        foreach ((Range value, Member member) in found)
        {
            if (member == Member.Other)
                continue;
            output.Write(line[copied..value.Start]);
            copied = value.End.Value;
            switch (member)
            {
                case Member.BothPassed:
                    output.Write("false"u8);
                    break;
                case Member.Difficulty:
                    WriteNumber(output, difficulty?.Value);
                    break;
                case Member.Bucket:
                    WriteNumber(output, difficulty?.Bucket);
                    break;
            }
        }
        output.Write(line[copied..]);
    }

    private static bool TryFind(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, Member member, out (Range Value, Member Member) found)
    {
        int start = line.IndexOf(name) + name.Length;
        int length = start < name.Length ? -1 : line[start..].IndexOfAny((byte)',', (byte)'}');
        found = length > 0 ? (start..(start + length), member) : default;
        return length > 0;
    }

    private static (Range Value, Member Member)[] Search(ReadOnlySpan<byte> line, bool isOverridden)
    {
        var found = new List<(Range, Member)>(3);
        var reader = new Utf8JsonReader(line);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Member member =
                reader.ValueTextEquals("both_passed"u8) && isOverridden ? Member.BothPassed
                : reader.ValueTextEquals("difficulty"u8) ? Member.Difficulty
                : reader.ValueTextEquals("bucket"u8) ? Member.Bucket
                : Member.Other;
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (member != Member.Other)
                found.Add((start..(int)reader.BytesConsumed, member));
        }
        return [.. found];
    }

    private static void WriteNumber(Stream output, double? value)
    {
        Span<byte> text = stackalloc byte[32];
        if (value is not double number)
            output.Write("null"u8);
        else if (number.TryFormat(text, out int length, default, CultureInfo.InvariantCulture))
            output.Write(text[..length]);
    }

    private enum Member
    {
        Other,
        BothPassed,
        Difficulty,
        Bucket,
    }
}
