using System.IO.Compression;
using FluentAssertions;
using Tandem.Harness.Admission;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Gateway.Calls;
using Tandem.Harness.Processes;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Admission;

/// <summary>A run goes on in a store that somebody else made: what lies there in the place of its own files neither leads it elsewhere nor
/// keeps it waiting.</summary>
public sealed class StrangeStoreFileTests : IDisposable
{
    private static readonly CaseId Id = new(Setting.Solo, "click_task", 1, [1, 2], 0);

    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-strange-").FullName;

    private StoreLayout Layout => new(_folder, "x");

    private string Mine => Path.Combine(_folder, "mine.txt");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public StrangeStoreFileTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Links and pipes are of Unix.");
        Directory.CreateDirectory(Layout.ClaimsFolder);
        File.WriteAllText(Mine, "a file of this machine");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory(Timeout = 30_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_holder_of_a_claim_is_written_into_no_link_and_no_pipe(bool isPipe)
    {
        string holder = ClaimFiles.HolderOf(ClaimFiles.LockOf(Layout, Id));
        if (isPipe)
            await PipeAsync(holder);
        else
            File.CreateSymbolicLink(holder, Mine);

        using IDisposable? claim = await Task.Run(() => new FileClaimStore(Layout).TryClaim(Id, out _), Token);

        claim.Should().NotBeNull();
        File.ReadAllText(Mine).Should().Be("a file of this machine");
        ClaimFiles.ReadHolder(holder).Should().Be(ProcessIdentity.Current);
    }

    [Theory]
    [InlineData("mine.txt")]
    [InlineData("nowhere.txt")]
    public void A_link_in_the_place_of_a_lock_is_refused_by_name_and_makes_nothing(string target)
    {
        string path = ClaimFiles.LockOf(Layout, Id);
        File.CreateSymbolicLink(path, Path.Combine(_folder, target));

        Action claim = () => new FileClaimStore(Layout).TryClaim(Id, out _);

        claim.Should().Throw<IOException>().WithMessage($"{path} is a link or no regular file*");
        File.Exists(Path.Combine(_folder, "nowhere.txt")).Should().BeFalse();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_pipe_in_the_place_of_a_gold_answer_is_no_answer()
    {
        await PipeAsync(Path.Combine(_folder, "key.json"));
        var golds = new GoldAnswers(_folder, TimeProvider.System);

        GoldAnswer answer = await Task.Run(() => golds.GetAsync("key", GoldNeed.Verdict,
            () => Task.FromResult(new GoldRun(true, 3, "ran")), Token), Token);

        (answer.Passes, answer.TestsPassed).Should().Be((true, 3));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_kept_request_is_read_within_its_bound_and_waits_for_nobody()
    {
        string path = Path.Combine(_folder, GatewayFiles.RequestFile(1));
        foreach (int length in new[] { 1000, GatewayFiles.MostRequestBytes, GatewayFiles.MostRequestBytes + 1 })
        {
            await using (var packed = new GZipStream(File.Create(path), CompressionLevel.Fastest))
                await packed.WriteAsync(new byte[length], Token);
            GatewayFiles.ReadRequest(path)?.Length.Should().Be(length);
            (GatewayFiles.ReadRequest(path) is null).Should().Be(length > GatewayFiles.MostRequestBytes);
        }
        File.Delete(path);
        await PipeAsync(path);
        await PipeAsync(Path.Combine(_folder, GatewayFiles.CallsFile));

        Func<Task> read = () => Task.Run(() => GatewayFiles.ReadRequest(path), Token);
        Func<Task> look = () => Task.Run(() => GatewayFiles.HasLostCall(_folder), Token);

        await read.Should().ThrowAsync<IOException>();
        await look.Should().ThrowAsync<IOException>();
    }

    private static async Task PipeAsync(string path) =>
        (await ChildProcess.RunAsync(new ChildCommand("mkfifo", path) { Environment = ChildEnvironment.Usual() }, Token)).ThrowOnFailure();
}
