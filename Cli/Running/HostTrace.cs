using System.Globalization;
using System.Text.Json;
using Tandem.Cli.Testing;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Running;

/// <summary>
/// What a run notes beside its test results before the test host starts, so that a later run can write the results of one that was
/// killed: the test host writes them only at its end.
/// </summary>
/// <param name="RunId">Of its records.</param>
/// <param name="TestClass">Which of the test classes it runs.</param>
/// <param name="Starter">The process that started the test host.</param>
internal sealed record HostTrace(string RunId, string TestClass, ProcessIdentity Starter)
{
    private const string Suffix = ".begun.json";

    /// <summary>Names the run of a test host; its records have it.</summary>
    public const string RunIdVariable = "TANDEM_RUN_ID";

    /// <summary>The folder of an experiment's test results.</summary>
    public static string FolderOf(StoreLayout layout) => Path.Combine(layout.ExperimentFolder, "trx");

    /// <summary>A file for test results of this moment.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="prefix">What the name begins with.</param>
    /// <param name="number">From 1; counts files of one second.</param>
    public static string FileOf(StoreLayout layout, string prefix, int number = 1) => Path.Combine(FolderOf(layout),
        string.Create(CultureInfo.InvariantCulture,
            $"{prefix}{TimeProvider.System.GetUtcNow().UtcDateTime:yyyyMMdd'T'HHmmss'Z'}{(number == 1 ? "" : $"-{number}")}.trx"));

    /// <summary>Notes that a run begins.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="prefix">What the name of its results begins with.</param>
    /// <returns>Where its results will be: a file that no other run writes.</returns>
    public string Begin(StoreLayout layout, string prefix)
    {
        Directory.CreateDirectory(FolderOf(layout));
        for (int number = 1; ; number++)
        {
            string trx = FileOf(layout, prefix, number);
            if (!File.Exists(trx) && DurableFile.TryCreate(NoteOf(trx), JsonSerializer.SerializeToUtf8Bytes(this)))
                return trx;
        }
    }

    /// <summary>Removes the note of a run that has ended. One that left no results gets them from the store.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="trx">Where its results are.</param>
    /// <param name="variables">The environment of the test host.</param>
    /// <param name="project">The project.</param>
    /// <returns>Whether the file is there now.</returns>
    public bool End(StoreLayout layout, string trx, Dictionary<string, string> variables, Project project)
    {
        // A test host that died before it wrote the plan began nothing.
        if (!File.Exists(trx) && File.Exists(layout.PlanFile))
        {
            IReadOnlyList<TrxTest> tests = StoredTests.OfRun(layout, RunId, TestClass, project, variables);
            if (tests.Count > 0)
                TrxFile.Write(trx, TestClass, TestClasses.MethodOf(TestClass), tests, TimeProvider.System.GetUtcNow());
        }
        File.Delete(NoteOf(trx));
        return File.Exists(trx);
    }

    /// <summary>Writes the test results of runs that were killed, from what they left in the store.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="variables">The environment of the test host.</param>
    /// <param name="project">The project.</param>
    /// <returns>A line for each file.</returns>
    public static IEnumerable<string> EndKilled(StoreLayout layout, Dictionary<string, string> variables, Project project)
    {
        string folder = FolderOf(layout);
        string[] notes = Directory.Exists(folder) ? Directory.GetFiles(folder, "*" + Suffix) : [];
        foreach (string note in notes.Order(StringComparer.Ordinal))
        {
            string trx = note[..^Suffix.Length] + ".trx";
            bool wasWritten = File.Exists(trx);
            if (TryRead(note) is { Starter.IsProvenDead: true } trace && trace.End(layout, trx, variables, project) && !wasWritten)
                yield return $"An earlier run was killed before it wrote its test results. They are written now, from the store: {trx}";
        }
    }

    private static string NoteOf(string trx) => Path.ChangeExtension(trx, null) + Suffix;

    private static HostTrace? TryRead(string note)
    {
        try
        {
            return JsonSerializer.Deserialize<HostTrace>(RegularFile.ReadOwn(note));
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            // Another run has just ended it, or a crash of the machine left it torn: its results can be had by `trx`.
            return null;
        }
    }
}
