using Tandem.Analysis.Data;
using Tandem.Records.Json;

namespace Tandem.Analysis.Rules;

/// <summary>
/// Cases of one task are compared with each other, so what they ran on should be one thing. Two images of one host are a warning: the image
/// was repaired, and what agents were paid for is not to be lost for that. Two images on several hosts are an error: which case ran on
/// which image is then a matter of which host took it.
/// </summary>
internal sealed class ImageRule : IRule
{
    private const int IdLength = 12;

    public string Id => "STORE-15";

    public string Title => "The records that count of one task rest on one image";

    public string Remedy =>
        "The image was repaired, built on another base or pulled anew between two runs, or hosts have built their own. Give all hosts one "
        + "image: ./run.sh images push, or ./run.sh images export DIR and ./run.sh images import DIR. Then run the cases of the older "
        + "image again: ./run.sh --experiment NAME --status older_image (no re-roll, since the image is another one). To evaluate their "
        + "patches alone on the newer image: ./run.sh regrade NAME --status older_image.";

    public RuleOutcome Check(Dataset dataset)
    {
        AttemptResult[] known = [.. dataset.Counting.Where(record => record.ImageId is not null)];
        var tasks = known.GroupBy(record => (record.CaseId.Repo, record.CaseId.TaskId)).ToArray();
        Finding[] mixed = [.. tasks.Where(task => task.Select(record => record.ImageId).Distinct().Skip(1).Any())
            .Select(task => new Finding(FormattableString.Invariant($"{task.Key.Repo}/{task.Key.TaskId}"), Say([.. task]),
                task.Select(record => record.Host).Distinct().Skip(1).Any() ? Severity.Error : Severity.Warning))];
        return new RuleOutcome(mixed, FormattableString.Invariant(
            $"{tasks.Length - mixed.Length} of {tasks.Length} tasks with a known image have one"));
    }

    private static bool PartsSettings(AttemptResult[] records)
    {
        var settings = records.GroupBy(record => record.CaseId.Setting).ToArray();
        return settings.Length > 1 && settings.All(setting => setting.Select(record => record.ImageId).Distinct().Count() == 1);
    }

    /// <summary>The image of the latest record comes last.</summary>
    private static string Say(AttemptResult[] records)
    {
        var images = records.GroupBy(record => record.ImageId!).OrderBy(image => image.Max(record => record.StartedAt)).ToArray();
        return FormattableString.Invariant($"its {records.Length} records that count rest on {images.Length} images: ")
            + string.Join(", ", images.Select(image => FormattableString.Invariant(
                $"{Short(image.Key)} ({image.Count()}: {Settings(image)}; {image.Min(r => r.StartedAt):yyyy-MM-dd HH:mm} to ")
                + FormattableString.Invariant($"{image.Max(r => r.StartedAt):yyyy-MM-dd HH:mm})")))
            + (records.Select(record => record.Host).Distinct().Count() is var hosts and > 1
                ? FormattableString.Invariant($"; they ran on {hosts} hosts") : "")
            + (PartsSettings(records) ? ". Each setting ran on one of them alone: what differs may be the image" : "");
    }

    private static string Settings(IEnumerable<AttemptResult> records) =>
        string.Join(", ", records.Select(record => record.CaseId.Setting).Distinct().Order().Select(EnumNames.NameOf));

    private static string Short(string id)
    {
        string hex = id[(id.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return hex.Length <= IdLength ? hex : hex[..IdLength];
    }
}
