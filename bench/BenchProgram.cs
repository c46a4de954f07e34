using System.CommandLine;
using Tandem.Bench.Benchmarks;
using Tandem.Bench.Reporting;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.TaskSets.Images;

namespace Tandem.Bench;

/// <summary>The command line: chooses benchmarks, runs them one after the other, prints their tables, and with <c>--write</c> puts them
/// into bench/RESULTS.md.</summary>
internal static class BenchProgram
{
    private static readonly Argument<string[]> s_names = new("name")
    { Description = "Which benchmarks; all if none is named", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<int?> s_runs = new("--runs")
    { Description = "Rounds that count, at least 1 [default: each benchmark's own]", HelpName = "n" };
    private static readonly Option<bool> s_write = new("--write")
    { Description = "Rewrite the tables in bench/RESULTS.md; its prose stays" };

    /// <summary>How long an interrupted run has to remove its sandboxes.</summary>
    private static readonly TimeSpan s_cleanUp = TimeSpan.FromSeconds(30);

    /// <summary>Does what the arguments ask for.</summary>
    /// <returns>0, or 1 where something could not be measured or a promise is broken, 2 for bad usage. Other targets that are missed are
    /// said, and end it with 0.</returns>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        string list = string.Join('\n', BenchCatalog.All.Select(one => $"  {one.Name,-15}{one.Description}"));
        var root = new RootCommand("Measures Tandem against the docker CLI, the bare engine and its own targets.\n\n" + list);
        root.Arguments.Add(s_names);
        root.Options.Add(s_runs);
        root.Options.Add(s_write);
        s_names.AcceptOnlyFromAmong([.. BenchCatalog.All.Select(one => one.Name)]);
        s_runs.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int?>() < 1)
                result.AddError("--runs is at least 1.");
        });
        root.SetAction((parsed, token) => RunAsync(parsed, output, token));
        ParseResult parsed = root.Parse(arguments);
        return parsed.Errors.Count > 0 ? ComplainAsync(parsed, error)
            : parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = s_cleanUp });
    }

    private static async Task<int> RunAsync(ParseResult parsed, TextWriter output, CancellationToken cancellationToken)
    {
        string[] names = parsed.GetValue(s_names) ?? [];
        IBenchmark[] chosen = [.. BenchCatalog.All.Where(one => names.Length == 0 || names.Contains(one.Name))];
        (DockerSandboxProvider? engine, string? whyNot) = await ConnectAsync(chosen, cancellationToken);
        bool isGood = true;
        try
        {
            foreach (IBenchmark benchmark in chosen)
            {
                if (benchmark.NeedsEngine && engine is null)
                {
                    await output.WriteLineAsync($"{benchmark.Name}: not measured, it needs an engine. {whyNot}");
                    isGood = false;
                    continue;
                }
                if (benchmark.WhyNot is { } why)
                {
                    await output.WriteLineAsync($"{benchmark.Name}: not measured on this host. {why}");
                    isGood = false;
                    continue;
                }
                (string part, bool endsWell, IReadOnlyDictionary<string, string> figures) = await MeasureAsync(
                    benchmark, parsed.GetValue(s_runs) ?? benchmark.UsualRuns, engine, output, cancellationToken);
                isGood &= endsWell;
                await output.WriteLineAsync($"\n{part}");
                if (parsed.GetValue(s_write))
                    await WriteAsync(benchmark, part, figures, cancellationToken);
            }
        }
        finally
        {
            if (engine is not null)
                await engine.DisposeAsync();
        }
        return isGood ? 0 : 1;
    }

    private static async Task<(DockerSandboxProvider? Engine, string? WhyNot)> ConnectAsync(IBenchmark[] chosen,
        CancellationToken cancellationToken)
    {
        if (!chosen.Any(one => one.UsesEngine))
            return (null, null);
        try
        {
            DockerSandboxProvider engine = await DockerSandboxes.ConnectAsync(time: null, storeFolder: null, cancellationToken);
            await engine.SweepAsync(BenchContext.Store, cancellationToken);
            return (engine, null);
        }
        catch (SandboxException exception)
        {
            return (null, exception.Message);
        }
    }

    private static async Task<(string Part, bool EndsWell, IReadOnlyDictionary<string, string> Figures)> MeasureAsync(
        IBenchmark benchmark, int runs, DockerSandboxProvider? engine, TextWriter output, CancellationToken cancellationToken)
    {
        await output.WriteLineAsync($"{benchmark.Name}: {benchmark.Description}");
        string surroundings = await Surroundings.DescribeAsync(benchmark.UsesEngine ? engine?.Description : null, runs, benchmark.WarmsUp,
            cancellationToken);
        BenchResult result = await benchmark.RunAsync(new BenchContext(runs, engine, output), cancellationToken);
        IEnumerable<string> parts = [.. result.Targets.Select(target => $"* {target}"),
            .. result.LeftOut is string left ? [$"* not measured: {left}"] : Array.Empty<string>(),
            .. result.Tables.SelectMany(table => (string[])["", $"*{surroundings}*", "", table.ToString().TrimEnd()])];
        parts = parts.Concat(result.Figures.Keys.SelectMany(name => (string[])["", $"![{benchmark.Name}]({name})"]));
        return (string.Join('\n', parts), result.EndsWell, result.Figures);
    }

    private static async Task WriteAsync(IBenchmark benchmark, string part, IReadOnlyDictionary<string, string> figures,
        CancellationToken cancellationToken)
    {
        string folder = Path.Combine(ProjectFolder.Find(), "bench");
        foreach ((string name, string svg) in figures)
            await File.WriteAllTextAsync(Path.Combine(folder, name), svg, cancellationToken);
        string path = Path.Combine(folder, "RESULTS.md");
        string page = File.Exists(path) ? await File.ReadAllTextAsync(path, cancellationToken) : "# Benchmarks\n";
        await File.WriteAllTextAsync(path, ResultsFile.Replace(page, benchmark.Name, part), cancellationToken);
    }

    private static async Task<int> ComplainAsync(ParseResult parsed, TextWriter error)
    {
        foreach (System.CommandLine.Parsing.ParseError mistake in parsed.Errors)
            await error.WriteLineAsync(mistake.Message);
        return 2;
    }
}
