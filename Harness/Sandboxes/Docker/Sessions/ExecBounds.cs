using System.Text;

namespace Tandem.Harness.Sandboxes.Docker.Sessions;

/// <summary>What no kernel takes. Known beforehand, for the engine reports these as exits of a program that never ran.</summary>
internal static class ExecBounds
{
    /// <summary>One argument or variable with its final zero: 32 pages (MAX_ARG_STRLEN).</summary>
    private const int LongestText = 128 * 1024 - 1;

    /// <summary>All of them: a quarter of the customary stack of 8 MiB, less what the kernel itself puts there.</summary>
    private const int MostBytes = (2 * 1024 * 1024) - (64 * 1024);

    /// <summary>Why a request cannot be carried out, null if it can.</summary>
    public static string? WhyImpossible(ExecRequest request)
    {
        if (request.Command.Count == 0)
            return "The command is empty";
        List<string> texts = [.. request.Command, .. request.Environment.Select(variable => $"{variable.Key}={variable.Value}")];
        if (texts.Append(request.WorkingDirectory ?? "").Append(request.User ?? "")
            .Any(text => text.Contains('\0', StringComparison.Ordinal)))
            return "An argument, variable or folder holds a zero byte, which no system can pass on";
        int[] lengths = [.. texts.Select(Encoding.UTF8.GetByteCount)];
        if (lengths.Max() > LongestText)
            return $"An argument or variable of {lengths.Max()} bytes is longer than the {LongestText} that the kernel passes on: put it "
                + $"into a file";
        return lengths.Sum(length => (long)length + 1 + sizeof(long)) > MostBytes
            ? $"Arguments and variables come to more than the {MostBytes} bytes that the kernel passes on: put them into a file"
            : null;
    }
}
