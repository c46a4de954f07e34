using System.Text.Json;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Status;

/// <summary>The line of <c>status --json</c>: the same facts as the table and the list.</summary>
internal static class StatusJson
{
    /// <summary>How every verb writes JSON.</summary>
    public static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The line, without its end.</summary>
    public static string Line(IReadOnlyList<StatusView> views, bool withCases, bool withAttempts,
        IReadOnlyList<ScenarioTable> scenarios) => JsonSerializer.Serialize(
        new
        {
            Experiments = views.Select(view => (object)new
            {
                view.Experiment,
                Settings = view.Settings.Select(Counts),
                Total = Counts(view.Total),
                Running = view.Running.Select(running => new
                {
                    CaseId = running.CaseId.ToString(),
                    Attempt = running.Attempt?.Attempt,
                    Phase = Name(running.Phase),
                    Steps = running.Steps.ToDictionary(step => step.AgentId, step => step.Step),
                    StartedAt = running.Attempt?.StartedAt,
                    running.Owner.Host,
                    running.Owner.Pid,
                }),
                Cases = withCases ? view.Cases.Select(standing => Case(standing, withAttempts)) : null,
                Faults = view.Faults.Select(fault => fault.ToString()),
            }).Concat(scenarios.Select(table => table.ToJson(withCases))),
        },
        Options);

    private static object Counts(StatusCounts counts) => new
    {
        Setting = counts.Name,
        counts.Cases,
        Completed = counts.Of(RunStatus.Completed),
        Results = counts.Of(RunStatus.Results),
        Failed = counts.Of(RunStatus.Failed),
        Partial = counts.Of(RunStatus.Partial),
        Missing = counts.Of(RunStatus.Missing),
        counts.InfraErrors,
        CostUsd = counts.Spending.Usd,
        SunkUsd = counts.Spending.SunkUsd,
        UnpricedAttempts = counts.Spending.Unpriced,
    };

    private static object Case(CaseStanding standing, bool withAttempts) => new
    {
        CaseId = standing.CaseId.ToString(),
        Status = EnumNames.NameOf(standing.Status),
        standing.Latest?.Attempt,
        standing.Counting?.Verdict,
        LastError = Name(standing.Latest?.Error?.Class),
        CostUsd = standing.Spending.Usd,
        Attempts = !withAttempts ? null : standing.Records.Select(record => new
        {
            record.Attempt,
            record.Revision,
            AttemptKind = EnumNames.NameOf(record.AttemptKind),
            AttemptReason = EnumNames.NameOf(record.AttemptReason),
            AgentStatus = EnumNames.NameOf(record.AgentStatus),
            record.InfraError,
            record.Interrupted,
            record.BothPassed,
            record.StartedAt,
            record.DurationSeconds,
            record.TotalCost,
            ErrorClass = Name(record.Error?.Class),
            ErrorMessage = record.Error?.Message,
            record.Suspect,
        }),
    };

    private static string? Name<TEnum>(TEnum? value)
        where TEnum : struct, Enum => value is TEnum named ? EnumNames.NameOf(named) : null;
}
