using System.Text;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>
/// Reads the text out of BuildKit's progress, a protobuf message <c>StatusResponse</c>: field 1 are the steps (name 3, error 7, completed
/// 6), field 3 what they print (message 4). All else is skipped.
/// </summary>
internal static class BuildKitTrace
{
    private const int Steps = 1;
    private const int Logs = 3;
    private const int StepName = 3;
    private const int StepStarted = 5;
    private const int StepCompleted = 6;
    private const int StepError = 7;
    private const int LogText = 4;

    /// <summary>What a person would want to read of it; empty for what is cut off or no such message.</summary>
    public static string TextOf(ReadOnlySpan<byte> message)
    {
        var text = new StringBuilder();
        while (TryReadField(ref message, out int field, out ReadOnlySpan<byte> value))
        {
            if (field == Steps)
                AppendStep(text, value);
            else if (field == Logs)
                AppendField(text, value, LogText, "");
        }
        return text.ToString();
    }

    private static void AppendStep(StringBuilder text, ReadOnlySpan<byte> step)
    {
        bool hasBegun = false;
        bool hasEnded = false;
        ReadOnlySpan<byte> rest = step;
        while (TryReadField(ref rest, out int field, out _))
        {
            hasBegun |= field == StepStarted;
            hasEnded |= field == StepCompleted;
        }
        if (hasBegun && !hasEnded)
            AppendField(text, step, StepName, "\n");
        AppendField(text, step, StepError, "\n");
    }

    private static void AppendField(StringBuilder text, ReadOnlySpan<byte> message, int wanted, string end)
    {
        while (TryReadField(ref message, out int field, out ReadOnlySpan<byte> value))
        {
            if (field == wanted && value.Length > 0)
                text.Append(Encoding.UTF8.GetString(value)).Append(end);
        }
    }

    /// <summary>Takes one field off the front; numbers come with an empty value.</summary>
    private static bool TryReadField(ref ReadOnlySpan<byte> message, out int field, out ReadOnlySpan<byte> value)
    {
        const int Varint = 0;
        const int Fixed64 = 1;
        const int Delimited = 2;
        const int Fixed32 = 5;
        field = 0;
        value = default;
        if (!TryReadVarint(ref message, out ulong key))
            return false;
        field = (int)(key >> 3);
        switch ((int)(key & 7))
        {
            case Varint:
                return TryReadVarint(ref message, out _);
            case Fixed64 when message.Length >= 8:
                message = message[8..];
                return true;
            case Fixed32 when message.Length >= 4:
                message = message[4..];
                return true;
            case Delimited when TryReadVarint(ref message, out ulong length) && length <= (ulong)message.Length:
                value = message[..(int)length];
                message = message[(int)length..];
                return true;
            default:
                return false;
        }
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> message, out ulong number)
    {
        number = 0;
        for (int i = 0; i < message.Length && i < 10; i++)
        {
            number |= (ulong)(message[i] & 0x7f) << (7 * i);
            if ((message[i] & 0x80) == 0)
            {
                message = message[(i + 1)..];
                return true;
            }
        }
        return false;
    }
}
