using System.Globalization;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;

namespace Tandem.Cli.Agents;

/// <summary>Makes the programs of agents, one after the other, and prints a line for each.</summary>
/// <param name="store">The programs of the engine.</param>
/// <param name="output">Where the lines go.</param>
/// <param name="isVerbose">Whether to print all that the making prints.</param>
internal sealed class ProgramBuilds(ProgramStore store, TextWriter output, bool isVerbose)
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    /// <summary>Makes them; one that fails does not keep the others from being made.</summary>
    /// <returns>Whether all are ready now.</returns>
    public async Task<bool> RunAsync(IReadOnlyList<AgentDefinition> definitions, CancellationToken cancellationToken)
    {
        int failed = 0;
        foreach (AgentDefinition definition in definitions)
        {
            try
            {
                MadePrograms made = await MakeAsync(definition, cancellationToken);
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                    $"{(made.WasPresent ? "present" : "made"),-8} {definition.Name}  {made.Volume.Name}  "
                    + $"{AgentTable.Size(made.Mark.Bytes)}, made in {made.Mark.Seconds:0} s"));
            }
            catch (SandboxException exception)
            {
                failed++;
                await output.WriteLineAsync($"FAILED   {definition.Name}\n  {exception.Message}".ReplaceLineEndings(output.NewLine + "  "));
            }
        }
        return failed == 0;
    }

    private async Task<MadePrograms> MakeAsync(AgentDefinition definition, CancellationToken cancellationToken)
    {
        var gate = new Lock();
        string last = "";
        void Print(string line)
        {
            lock (gate)
                output.WriteLine(line);
        }
        var news = new ProgramNews(Print, line =>
        {
            // What is run says more than what it prints.
            lock (gate)
                last = line.StartsWith("+ ", StringComparison.Ordinal) ? line[2..] : last;
            if (isVerbose)
                Print("  " + line);
        });
        long began = TimeProvider.System.GetTimestamp();
        Task<MadePrograms> making = store.MakeAsync(definition.Recipe, news, cancellationToken);
        while (await Task.WhenAny(making, Task.Delay(Beat, cancellationToken)) != making && !cancellationToken.IsCancellationRequested)
        {
            string line;
            lock (gate)
                line = last;
            if (!isVerbose)
                Print(string.Create(CultureInfo.InvariantCulture,
                    $"  {definition.Name}: {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s{(line.Length == 0 ? "" : ", ")}"
                    + $"{(line.Length <= 90 ? line : line[..90] + "...")}"));
        }
        return await making;
    }
}
