using System.Text;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Tests.Matrix;

/// <summary>Sandboxes that only say what a good one would: the agent's change is one line, it applies, and all tests pass. For tests of
/// what stands around sandboxes, with hundreds of cases.</summary>
internal sealed class PaperProvider : ISandboxProvider
{
    public string Kind => "paper";

    public SandboxAbilities Abilities => SandboxAbilities.Isolation | SandboxAbilities.Limits;

    public string Description => "sandboxes on paper";

    public Task<SandboxImage> PrepareImageAsync(SandboxImageSource source, CancellationToken cancellationToken) =>
        Task.FromResult(new SandboxImage(source.Name, "sha256:" + new string('0', 64)));

    public Task<ProgramVolume> PrepareProgramsAsync(ProgramRecipe recipe, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken) =>
        Task.FromResult<ISandbox>(new PaperSandbox(spec.Name));

    public Task<IReadOnlyList<SweptSandbox>> SweepAsync(string? store, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<SweptSandbox>>([]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class PaperSandbox(string name) : ISandbox
    {
        private const string Patch = "diff --git a/paper b/paper\nnew file mode 100644\nindex 0000000000000000000000000000000000000000.."
            + "8baef1b4abc478178b004d62031cf7fe6db6f903\n--- /dev/null\n+++ b/paper\n@@ -0,0 +1 @@\n+abc\n";

        private static readonly string s_commit = new('a', 40);

        public string Id => name;

        public SandboxPaths Paths { get; } = new("/paper/repo", "/paper/patches", "/paper/scratch");

        public Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken)
        {
            string output = request.Command switch
            {
                [_, _, _, "check", ..] => $"commit {s_commit}\n",
                [_, _, _, "merge", ..] => $"base {s_commit}\npatch applied\nsize {Patch.Length}\ndone\n",
                [_, _, _, var runner, ..] when runner.EndsWith("/runner.sh", StringComparison.Ordinal) =>
                    "===== 0 failed, 2 passed in 0.01s =====\n",
                [_, _, var script, ..] when script.Contains("echo TANDEM_SUBMIT", StringComparison.Ordinal) => "TANDEM_SUBMIT\n",
                _ => "",
            };
            byte[] bytes = Encoding.UTF8.GetBytes(output);
            request.OnOutput?.Invoke(false, bytes);
            return Task.FromResult(new ExecResult(ExecOutcome.Exited, 0, new CapturedOutput(bytes, default, bytes.Length),
                CapturedOutput.Empty, TimeSpan.Zero));
        }

        public Task<ISandboxChannel> ConnectAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task PutFilesAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<byte[]?> GetFileAsync(string path, long maxBytes, CancellationToken cancellationToken) => Task.FromResult(
            path.EndsWith("/work_tree.patch", StringComparison.Ordinal) ? Encoding.UTF8.GetBytes("\0" + Patch)
            : path.EndsWith("/merged.patch", StringComparison.Ordinal) ? Encoding.UTF8.GetBytes(Patch) : null);

        public Task ResetProcessesAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<SandboxUsage> ReadUsageAsync(CancellationToken cancellationToken) => Task.FromResult(SandboxUsage.Unknown);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
