using System.Globalization;
using System.Text;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes;

/// <summary>
/// What every sandbox promises, whoever makes it. A derived class gives the provider and an image (made once, for all of its tests); each
/// test makes and removes a sandbox of its own. The image needs <c>/bin/sh</c>, coreutils and <c>setsid</c>; a repository in it is not
/// assumed.
/// </summary>
public abstract partial class SandboxContract
{
    /// <summary>After this many milliseconds a test has hung; far above what any needs.</summary>
    protected const int BackstopMs = 600_000;

    private readonly string _store = "contract" + Guid.NewGuid().ToString("N")[..12];

    /// <summary>What is tested. Asked once by each test, so make it once; may skip the test with <see cref="Assert.Skip"/>.</summary>
    protected abstract Task<SandboxSubject> SubjectAsync();

    /// <summary>Where process sandboxes are made; null where an engine makes them.</summary>
    protected virtual string? Folder => null;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected async Task<ISandbox> CreateAsync(Func<SandboxSpec, SandboxSpec>? with = null)
    {
        SandboxSubject subject = await SubjectAsync();
        var spec = new SandboxSpec
        {
            Image = subject.Image,
            Name = "contract-" + Guid.NewGuid().ToString("N")[..16],
            Owner = new SandboxOwner(_store, "contract", "solo/none/0/f1/seed0", "attempt1", "agent1"),
            TimeToLive = TimeSpan.FromMinutes(5),
        };
        return await subject.Provider.CreateAsync(with?.Invoke(spec) ?? spec, Token);
    }

    /// <summary>Runs a script that must work, and gives its output.</summary>
    protected static async Task<string> PrintAsync(ISandbox sandbox, string script)
    {
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell(script), Token);
        result.Succeeded.Should()
            .BeTrue("`{0}` should work, but: {1} {2} {3} {4}", script, result.Outcome, result.ExitCode, result.Detail, result.Stderr.Text);
        return result.Stdout.Text;
    }

    /// <summary>A script that appends to the file <c>$0</c> for ever, deaf to polite signals, in a session of its own and without the
    /// command's output.</summary>
    private const string GrowForEver =
        """setsid sh -c 'trap "" TERM HUP INT; while :; do echo x >> "$0"; sleep 0.05; done' "$0" < /dev/null > /dev/null 2>&1 & """;

    private static async Task WaitForFileAsync(ISandbox sandbox, string path)
    {
        while (await SizeAsync(sandbox, path) == 0)
            await Task.Delay(50, Token);
    }

    private static async Task<bool> IsGrowingAsync(ISandbox sandbox, string path)
    {
        long before = await SizeAsync(sandbox, path);
        await Task.Delay(500, Token);
        return await SizeAsync(sandbox, path) > before;
    }

    private static async Task<long> SizeAsync(ISandbox sandbox, string path) =>
        (await sandbox.GetFileAsync(path, 1 << 20, Token))?.Length ?? 0;

    /// <summary>Bytes that no text codec would leave alone, the same in every run.</summary>
    private static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(20240229).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What a contract is tested on.</summary>
/// <param name="Provider">Lives as long as the test class.</param>
/// <param name="Image">Ready to use.</param>
public sealed record SandboxSubject(ISandboxProvider Provider, SandboxImage Image);
