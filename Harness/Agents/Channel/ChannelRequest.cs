using System.Globalization;
using System.Text;
using Tandem.Harness.Messaging;

namespace Tandem.Harness.Agents.Channel;

/// <summary>A request that the listener found, as far as it is one: whatever runs in the sandbox can write into the folder of requests, so
/// nothing of it is taken for granted.</summary>
/// <param name="Name">The name of its folder: letters and digits.</param>
/// <param name="IsRead">Whether it asks for messages; else it sends one.</param>
/// <param name="To">The recipient; null if it is not Unicode.</param>
/// <param name="Wait">For how long an answer is waited for; null is not at all.</param>
/// <param name="Text">The message; null if it is not Unicode.</param>
/// <param name="Process">The id of the process that asked.</param>
/// <param name="WhyForged">Why neither command can have written it; null if one may have.</param>
internal sealed record ChannelRequest(string Name, bool IsRead, string? To, TimeSpan? Wait, string? Text, string Process,
    string? WhyForged)
{
    /// <summary>Characters of the longest line that a request can have: a message of the greatest length in base64, and what belongs
    /// to it.</summary>
    public const int LongestLine = 2 * Mailroom.MaxMessageBytes;

    private const int LongestName = 64;
    private const double LongestWaitSeconds = 3600;

    /// <summary>Reads a line of the listener.</summary>
    /// <returns>Null if it does not even name a request.</returns>
    public static ChannelRequest? Read(string line)
    {
        string[] words = line.Split(' ');
        return words[0].Length is > 0 and <= LongestName && words[0].All(char.IsAsciiLetterOrDigit)
            ? Read(words[0], words is [_, var asked, var to, var text] ? (Decode(asked), Decode(to), Decode(text)) : default) : null;
    }

    private static ChannelRequest Read(string name, (byte[]? Asked, byte[]? To, byte[]? Text) parts)
    {
        if (parts is not ({ Length: > 0 } asked, byte[] to, byte[] text))
            return Forged(name, "it is not whole");
        string said = Encoding.Latin1.GetString(asked);
        if (!said.EndsWith('\n') || said[..^1].Split(' ') is not [var kind, var wait, var process] || kind is not ("send" or "read"))
            return Forged(name, "it is neither one of send_message nor of read_messages");
        if (process.Length is 0 or > 10 || !process.All(char.IsAsciiDigit))
            return Forged(name, "it names no process");
        TimeSpan? most = null;
        if (wait != "-")
        {
            if (!double.TryParse(wait, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
                || !(seconds >= 0))
                return Forged(name, "its time to wait is no number of seconds");
            most = TimeSpan.FromSeconds(Math.Min(LongestWaitSeconds, seconds));
        }
        return new ChannelRequest(name, kind == "read", ToText(to), most, ToText(text), process, null);
    }

    private static ChannelRequest Forged(string name, string why) => new(name, false, null, null, null, "", why);

    /// <summary>The listener writes '=' for nothing.</summary>
    private static byte[]? Decode(string base64)
    {
        if (base64 == "=")
            return [];
        byte[] bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out int length) ? bytes[..length] : null;
    }

    private static string? ToText(byte[] utf8)
    {
        try
        {
            return Mailroom.StrictUtf8.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
