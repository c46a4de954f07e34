using System.Text.Json;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Cli.Status;

/// <summary>The line of <c>status --workers --json</c>: all workers, and the same facts as the text.</summary>
internal static class WorkersJson
{
    /// <summary>The line, without its end.</summary>
    public static string Line(IEnumerable<WorkersView> views) => JsonSerializer.Serialize(
        new
        {
            Experiments = views.Select(view => new
            {
                view.Experiment,
                Source = view.IsOfDatabase ? "database" : "files",
                view.Stores,
                At = view.Now,
                view.Planned,
                Completed = view.Completed.Count,
                view.Failed,
                view.Running,
                view.Left,
                CostUsd = view.Spent.Usd,
                UnpricedAttempts = view.Spent.Unpriced,
                view.HeldUsd,
                view.ReservedUsd,
                view.BudgetUsd,
                Rate = view.Rate is CaseRate rate
                    ? new { CasesPerHour = rate.PerHour, Completed = rate.Cases, Seconds = rate.Within.TotalSeconds } : null,
                view.ExpectedEnd,
                Workers = view.Workers.Select(Of),
                Stragglers = view.Stragglers.Select(one => new
                {
                    CaseId = one.Case.CaseId.ToString(),
                    one.Worker.Host,
                    one.Worker.Pid,
                    Seconds = one.Time.TotalSeconds,
                    MedianSeconds = one.Median.TotalSeconds,
                    MedianOf = one.Of,
                }),
                view.Pauses,
                view.Notes,
            }),
        },
        StatusJson.Options);

    private static object Of(Worker worker) => new
    {
        worker.Host,
        worker.Pid,
        State = EnumNames.NameOf(worker.State),
        StartedAt = worker.Since,
        worker.SeenAt,
        worker.Store,
        worker.Completed,
        CasesPerHour = worker.Rate?.PerHour,
        Running = worker.Running.Select(one => new
        {
            CaseId = one.CaseId.ToString(),
            one.Attempt,
            Phase = one.Phase is CasePhase phase ? EnumNames.NameOf(phase) : null,
            Steps = one.Steps.ToDictionary(step => step.AgentId, step => step.Step),
            StartedAt = one.Since,
        }),
        DueAgain = worker.Abandoned.Select(caseId => caseId.ToString()),
        worker.ReservedUsd,
    };
}
