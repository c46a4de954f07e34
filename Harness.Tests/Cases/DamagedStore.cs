using Tandem.Harness.Agents;
using Tandem.Harness.Cases;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Cases;

/// <summary>A copy of a store with one completed case of two agents that wrote to each other, for a test to damage. The case is run once
/// for all tests.</summary>
public sealed class DamagedStore : IAsyncDisposable
{
    private static readonly Lazy<Task<string>> s_original = new(RunAsync);

    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-damaged-").FullName;

    private DamagedStore() => Runs = new RunsFixture(_folder);

    public static CaseId Case => RunsFixture.Comm;

    public RunsFixture Runs { get; }

    public string Attempt => Runs.Layout.AttemptFolder(Case, 1);

    /// <summary>All records of the case.</summary>
    public IReadOnlyList<RunRecord> Records => Runs.Stored(Case);

    public static async Task<DamagedStore> CopyAsync()
    {
        var store = new DamagedStore();
        string original = await s_original.Value;
        foreach (string file in Directory.EnumerateFiles(original, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(store.Runs.Store, Path.GetRelativePath(original, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return store;
    }

    /// <summary>Damages a file of the attempt.</summary>
    /// <returns>Its content before.</returns>
    public byte[] Damage(string name, FileFaultKind kind)
    {
        string path = Path.Combine(Attempt, name);
        byte[] content = File.ReadAllBytes(path);
        switch (kind)
        {
            case FileFaultKind.Missing:
                File.Delete(path);
                break;
            case FileFaultKind.Empty:
                File.WriteAllBytes(path, []);
                break;
            case FileFaultKind.Truncated:
                File.WriteAllBytes(path, content[..(content.Length / 2)]);
                break;
            case FileFaultKind.Altered:
                // The least that can be: another white space at the end.
                File.WriteAllBytes(path, [.. content[..^1], (byte)' ']);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }
        return content;
    }

    /// <summary>What is at fault in the case.</summary>
    public IReadOnlyList<CaseDamage> Examine()
    {
        using var regenerator = new Regenerator(Runs.Layout, "test", TimeProvider.System);
        return regenerator.Examine([Case]);
    }

    /// <summary>Rebuilds what needs no sandbox.</summary>
    public IReadOnlyList<Repair> Rebuild()
    {
        using var regenerator = new Regenerator(Runs.Layout, "test", TimeProvider.System);
        return regenerator.Rebuild(regenerator.Examine([Case]));
    }

    /// <summary>Rebuilds what needs one; an agent that is started fails.</summary>
    public Task<IReadOnlyList<Repair>> EvaluateAsync() =>
        new EvaluationRepair(Runs.Open(RunsFixture.Forbidden)).RunAsync(Case, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Runs.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<string> RunAsync()
    {
        string folder = Directory.CreateTempSubdirectory("tandem-original-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        await using var runs = new RunsFixture(folder);
        var isSent = new TaskCompletionSource<string?>();
        RunRecord record = await runs.RecordAsync(Case, RunsFixture.GoldThen(async (context, token) =>
        {
            if (context.AgentId == "agent1")
                isSent.SetResult(await context.SendAsync("agent2", "I do \"iso.py\".", token));
            // Who has ended gets no message any more.
            Assert.Null(await isSent.Task.WaitAsync(token));
            return AgentEnd.Submitted;
        }));
        Assert.True(record.BothPassed, record.Error?.Message);
        Assert.Equal(AgentStatus.Submitted, record.AgentStatus);
        return runs.Store;
    }
}
