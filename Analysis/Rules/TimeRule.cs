using System.Globalization;
using System.Text.Json;
using Tandem.Analysis.Data;
using Tandem.Records.Store;

namespace Tandem.Analysis.Rules;

/// <summary>
/// A message is sent, delivered and read in this order. Times of day come from the host's clock, and a clock that was set back while a case
/// ran makes an honest record contradict itself. Then the attempt's journals, which are appended to as things happen, step back as well:
/// such a record is a warning. Where they go on evenly, or are gone, the times were not written by a clock.
/// </summary>
internal sealed class TimeRule : IRule
{
    public string Id => "STORE-07";

    public string Title => "Messages are sent, delivered and read in this order";

    public string Remedy =>
        "The attempt's journals (events.jsonl, trajectory.jsonl) show no clock that was set back, so the record was changed or wrongly "
        + "made. Take it from a copy, or run the case again with --force.";

    public RuleOutcome Check(Dataset dataset)
    {
        int records = 0;
        var findings = new List<Finding>();
        foreach (AttemptResult record in dataset.Records)
        {
            records += record.MessagesCount > 0 ? 1 : 0;
            foreach (Breach breach in record.Breaches.Where(breach => breach.Law == Law.Times))
                findings.Add(Judge(dataset, record, breach));
        }
        return new RuleOutcome(findings, $"{records} records with messages");
    }

    private static Finding Judge(Dataset dataset, AttemptResult record, Breach breach)
    {
        Finding finding = Finding.At(record, breach.What);
        if (breach.Back <= TimeSpan.Zero)
            return finding;
        string folder = dataset.Layout.AttemptFolder(record.CaseId, record.Attempt);
        TimeSpan step = ((string[])[StoreLayout.EventsFile, StoreLayout.TrajectoryFile])
            .Max(name => LargestStepBack(Path.Combine(folder, name)));
        // Between two lines of a journal the clock also went on, so that the step shows smaller than it was.
        return step < breach.Back / 2 ? finding : finding with
        {
            What = string.Create(CultureInfo.InvariantCulture,
                $"the host's clock was set back by {step.TotalSeconds:0.###} s meanwhile: {finding.What}"),
            Severity = Severity.Warning,
        };
    }

    private static TimeSpan LargestStepBack(string journal)
    {
        if (!File.Exists(journal))
            return TimeSpan.Zero;
        TimeSpan largest = TimeSpan.Zero;
        DateTimeOffset? before = null;
        foreach (JsonLines.Line line in JsonLines.Read(journal))
        {
            if (TimeOf(line.Utf8.Span) is not DateTimeOffset at)
                continue;
            if (before is DateTimeOffset earlier && earlier - at > largest)
                largest = earlier - at;
            before = at;
        }
        return largest;
    }

    private static DateTimeOffset? TimeOf(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isTime = reader.ValueTextEquals("at"u8);
                reader.Read();
                if (isTime)
                    return reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out DateTimeOffset at) ? at : null;
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // What the journal's lines hold is another rule's to say.
        }
        return null;
    }
}
