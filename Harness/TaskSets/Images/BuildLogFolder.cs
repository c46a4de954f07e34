using System.Globalization;
using System.Text;
using Tandem.Records.Store;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>Keeps the whole output of builds that failed, a file each: <c>tandem_timespan_task27-940a245dc7cd_20260504T120000123Z.log</c>.
/// Of one image the newest are kept. Safe for concurrent use.</summary>
/// <param name="folder">Made when there is something to keep.</param>
/// <param name="time">The clock.</param>
internal sealed class BuildLogFolder(string folder, TimeProvider time)
{
    /// <summary>Files of one image; a run of many cases asks again and again for an image that cannot be built.</summary>
    public const int MostPerImage = 5;

    /// <returns>Where it is, or why it was not kept, as words that go on "its whole output".</returns>
    public string Keep(string reference, string text)
    {
        string stem = new([.. reference.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' ? c : '_')]);
        string file = Path.Combine(folder,
            string.Create(CultureInfo.InvariantCulture, $"{stem}_{time.GetUtcNow().UtcDateTime:yyyyMMdd'T'HHmmssfff'Z'}.log"));
        try
        {
            DurableFile.Write(file, Encoding.UTF8.GetBytes(text));
            foreach (string old in Directory.EnumerateFiles(folder, stem + "_*.log").OrderDescending(StringComparer.Ordinal)
                .Skip(MostPerImage))
                File.Delete(old);
            return $"is in {file}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"could not be kept ({exception.Message})";
        }
    }
}
