using System.CommandLine;
using System.Globalization;
using Tandem.Analysis.Data;
using Tandem.Analysis.Importing;
using Tandem.Analysis.Upstream;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary><c>import</c>: from CooperBench's log folders to a new experiment of a store.</summary>
internal static class ImportCommand
{
    public static Command Create(CommandHost host)
    {
        var from = new Option<string>("--cooperbench-dir")
        {
            Description = "CooperBench's log folder, which holds a folder for each run; or the folder of a single run.",
            HelpName = "DIR",
            Required = true
        };
        var map = new Option<string?>("--map")
        {
            Description = "A JSON file that says what each run is: {\"my-run\": {\"setting\": \"coop-comm\", \"seed\": 1}}. Default: by "
                + "the names, NAME-solo, NAME-solo-seed1, NAME-coop-comm, NAME-coop-nocomm; else by config.json.",
            HelpName = "FILE",
        };
        var prefix = new Option<string?>("--prefix")
        {
            Description = "Only the runs with this NAME before the setting, where the folder holds those of several.",
            HelpName = "NAME"
        };
        var name = new Option<string?>("--name")
        {
            Description = "The new experiment's name. Default: what stands before the setting in the runs' names.",
            HelpName = "EXPERIMENT"
        };
        var offset = new Option<string?>("--utc-offset")
        {
            Description = "What local time was ahead of UTC where CooperBench ran, such as +02:00: it writes local times without a "
            + "zone. Default: +00:00.",
            HelpName = "HH:MM"
        };
        var verbose = new Option<bool>("--verbose") { Description = "List every warning, not only the first 20." };
        Option<string?> store = StoreSelection.CreateStoreOption();
        var command = new Command("import", "Read CooperBench's log folders into a new experiment of a store.");
        foreach (Option option in new Option[] { from, map, prefix, name, store, offset, verbose })
            command.Options.Add(option);
        command.SetAction(arguments => Run(
            host,
            Path.GetFullPath(arguments.GetRequiredValue(from), host.WorkingDirectory),
            arguments.GetValue(map) is string file ? Path.GetFullPath(file, host.WorkingDirectory) : null,
            arguments.GetValue(prefix),
            arguments.GetValue(name),
            StoreSelection.FolderOf(host, arguments.GetValue(store)),
            arguments.GetValue(offset),
            arguments.GetValue(verbose)));
        return command;
    }

    private static int Run(CommandHost host, string folder, string? mapFile, string? prefix, string? name, string store,
        string? offset, bool isVerbose)
    {
        var warnings = new ImportWarnings();
        try
        {
            var logs = new UpstreamLogs(folder, warnings);
            IReadOnlyList<UpstreamRun> runs = logs.Find(mapFile is null ? null : RunMap.Read(mapFile), prefix);
            StoreLayout layout = LayoutOf(store, name ?? logs.Prefix);
            IReadOnlyList<ImportedRun> imported = new StoreImporter(layout, new UpstreamClock(OffsetOf(offset)), warnings).Import(runs);
            host.Output.WriteLine($"{layout.Experiment}: imported from {folder}");
            ImportText.WriteRuns(host.Output, imported);
            ImportText.WriteWarnings(host.Output, warnings.All, isVerbose,
                $"; all are in {Path.Combine(layout.ExperimentFolder, StoreImporter.WarningsFile)}");
            host.Output.WriteLine($"wrote {imported.Sum(run => run.Records)} records to {layout.ExperimentFolder}");
            return CommandHost.Ok;
        }
        catch (RefusedException)
        {
            ImportText.WriteWarnings(host.Error, warnings.All, isVerbose, "; --verbose lists all");
            throw;
        }
    }

    private static StoreLayout LayoutOf(string store, string? name)
    {
        if (name is null)
            throw new RefusedException("A map names the runs, so that their names do not name the experiment.",
                "Name it: --name EXPERIMENT.");
        return SafeSegment.IsSafe(name)
            ? new StoreLayout(store, name)
            : throw new RefusedException($"'{name}' cannot name an experiment: {SafeSegment.Rule}.",
            "Give it another name: --name EXPERIMENT.");
    }

    private static TimeSpan OffsetOf(string? text)
    {
        if (text is null)
            return TimeSpan.Zero;
        bool isAhead = !text.StartsWith('-');
        return TimeSpan.TryParseExact(text.TrimStart('+', '-'), @"hh\:mm", CultureInfo.InvariantCulture, out TimeSpan offset)
            && offset <= TimeSpan.FromHours(14)
            ? (isAhead ? offset : -offset)
            : throw new RefusedException($"--utc-offset {text} is no offset.", "Write it as +02:00 or -07:00.");
    }
}
