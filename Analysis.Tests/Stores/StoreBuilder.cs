using System.Security.Cryptography;
using System.Text.Json;
using Tandem.Analysis.Commands;
using Tandem.Analysis.Data;
using Tandem.Analysis.Validating;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Tests.Stores;

/// <summary>Builds an experiment in a store through the real writer, with the artifacts that its records name.</summary>
internal sealed class StoreBuilder : IDisposable
{
    private readonly TempFolder? _own;
    private readonly List<CaseId> _plan = [];

    /// <summary>Begins an experiment, in a store of its own unless a folder is given.</summary>
    public StoreBuilder(string experiment = "default", string? storeFolder = null)
    {
        _own = storeFolder is null ? new TempFolder() : null;
        Layout = new StoreLayout(storeFolder ?? _own!.Path, experiment);
    }

    public StoreLayout Layout { get; }

    /// <summary>Two pairs, 3 solo seeds and both other settings, all sound: pair 1 passed once of 3, pair 2 always.</summary>
    public static StoreBuilder Sound()
    {
        var builder = new StoreBuilder();
        for (int task = 1; task <= 2; task++)
        {
            for (int seed = 0; seed < 3; seed++)
                builder.Add(Sample.Run(Sample.Case(Setting.Solo, task, seed), passed: task == 2 || seed == 0));
            builder.Add(Sample.Run(Sample.Case(Setting.CoopComm, task)));
            builder.Add(Sample.Run(Sample.Case(Setting.CoopNocomm, task), passed: task == 2));
        }
        return builder;
    }

    /// <summary>Plans cases without records.</summary>
    public StoreBuilder Plan(params IEnumerable<CaseId> cases)
    {
        _plan.AddRange(cases);
        WritePlan();
        return this;
    }

    /// <summary>Appends a record with its artifacts, and plans its case unless it is planned.</summary>
    /// <param name="record">The record; its artifacts are made here.</param>
    /// <param name="isPlanned">Whether its case is in the plan.</param>
    /// <param name="change">Changes the files before they are written and their digests taken.</param>
    public StoreBuilder Add(RunRecord record, bool isPlanned = true, Action<Dictionary<string, byte[]>>? change = null)
    {
        if (isPlanned && !_plan.Contains(record.CaseId))
            _plan.Add(record.CaseId);
        WritePlan();
        record = record with { Experiment = Layout.Experiment, RunName = RunName.For(Layout.Experiment, record.Setting, record.Seed) };
        Dictionary<string, byte[]> files = SampleFiles.Of(record);
        change?.Invoke(files);
        record = record with
        {
            Artifacts = [.. files.OrderBy(file => file.Key, StringComparer.Ordinal)
                .Select(file => new ArtifactDigest(file.Key, file.Value.Length, Convert.ToHexStringLower(SHA256.HashData(file.Value))))],
        };
        files[StoreLayout.Revised(StoreLayout.ResultFile, record.Revision)] = StoreJson.ToFile(record);
        foreach ((string name, byte[] content) in files)
            DurableFile.Write(Path.Combine(Layout.AttemptFolder(record.CaseId, record.Attempt), name), content);
        Append(record);
        return this;
    }

    /// <summary>Appends judgements, through the real writer.</summary>
    public StoreBuilder Judge(params IEnumerable<JudgementRecord> judgements)
    {
        using var writer = new JudgementFileWriter(Layout, "run-1", "0.1.0+test", new FixedClock());
        foreach (JudgementRecord judgement in judgements)
            writer.Append(judgement with { Experiment = Layout.Experiment });
        return this;
    }

    /// <summary>Imports labels, as the verb does; unless strict, of any rubric.</summary>
    public (int ExitCode, string Output, string Error) ImportLabels(string csv, string file = "labels.csv", bool isStrict = false)
    {
        File.WriteAllText(Path.Combine(Layout.StoreFolder, file), csv);
        return Call(["labels", "import", file, Layout.Experiment, .. isStrict ? (string[])[] : ["--any-rubric"]]);
    }

    /// <summary>Calls the analysis program on this store.</summary>
    public (int ExitCode, string Output, string Error) Call(params IEnumerable<string> arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int exitCode = AnalysisProgram.Run([.. arguments, "--store", Layout.StoreFolder],
            new CommandHost(output, error, Layout.StoreFolder, _ => null) { Clock = new FixedClock() });
        return (exitCode, output.ToString(), error.ToString());
    }

    /// <summary>A file of an attempt, absolute.</summary>
    public string Artifact(CaseId caseId, string name, int attempt = 1) => Path.Combine(Layout.AttemptFolder(caseId, attempt), name);

    /// <summary>The run file of a setting and seed, absolute.</summary>
    public string RunFile(Setting setting, int seed = 0) =>
        Path.Combine(Layout.RunsFolder, $"{EnumNames.NameOf(setting)}_seed{seed}.jsonl");

    /// <summary>Puts a text between two lines of a run file, so that it becomes the line of the given number, from 1.</summary>
    public static void InsertLine(string file, int number, string text)
    {
        List<string> lines = [.. File.ReadAllLines(file)];
        lines.Insert(number - 1, text);
        File.WriteAllText(file, string.Join('\n', lines) + "\n");
    }

    /// <summary>Changes a line of a run file, number from 1.</summary>
    public static void ChangeLine(string file, int number, Func<string, string> change)
    {
        string[] lines = File.ReadAllLines(file);
        lines[number - 1] = change(lines[number - 1]);
        File.WriteAllText(file, string.Join('\n', lines) + "\n");
    }

    public Dataset Read() => Dataset.Read(Layout);

    public ValidationReport Validate(bool isDeep = false) => Validation.Run(Layout, isDeep: isDeep);

    public void Dispose() => _own?.Dispose();

    // The writer's names hold process ids and random parts; the tests' own are named by setting and seed alone.
    private void Append(RunRecord record)
    {
        string written;
        using (var writer = new RunFileWriter(Layout, record.RunId, "0.1.0+test", new FixedClock()))
            written = writer.Append(record);
        string named = RunFile(record.Setting, record.Seed);
        if (File.Exists(named))
        {
            File.AppendAllLines(named, File.ReadLines(written).Skip(1));
            File.Delete(written);
        }
        else
        {
            File.Move(written, named);
        }
    }

    private void WritePlan() => DurableFile.Write(Layout.PlanFile, StoreJson.ToFile(new ExperimentPlan
    {
        SchemaVersion = RunRecord.CurrentSchemaVersion,
        Experiment = Layout.Experiment,
        CreatedAt = FixedClock.Time,
        SettingsHash = "hash",
        Settings = JsonDocument.Parse("{}").RootElement,
        TaskDigests = new Dictionary<string, string>(),
        Cases = _plan,
    }));
}
