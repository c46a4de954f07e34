using System.Collections;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tandem.Cli;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.Dashboard;

/// <summary>
/// Aspire's dashboard as a receiver of OTLP, on loopback and free ports.
/// NuGet gives the program; the folder of the test has all that it writes.
/// </summary>
internal sealed partial class AspireDashboard : IAsyncDisposable
{
    private const string ShowFolder = "-getProperty:DashboardFolder";
    private const string RequireVariable = "TANDEM_REQUIRE_DASHBOARD";
    private static readonly TimeSpan s_fetchTime = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan s_startTime = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan s_life = TimeSpan.FromMinutes(10);

    // A proxy cannot reach this machine.
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly CancellationTokenSource _stop = new();
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<ChildResult> _process;

    private AspireDashboard(string program, string home)
    {
        var command = new ChildCommand(program)
        {
            WorkingDirectory = home,
            Environment = new Dictionary<string, string>(ChildEnvironment.Usual())
            {
                ["HOME"] = home,
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://127.0.0.1:0",
                ["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = "http://127.0.0.1:0",
                ["ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS"] = "true",
            },
            TimeLimit = s_life,
            OnOutput = (_, bytes) => Read(bytes.Span),
        };
        _process = ChildProcess.RunAsync(command, _stop.Token);
    }

    /// <summary>What it printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Where it takes OTLP over gRPC.</summary>
    public string OtlpEndpoint => Grpc().Match(Output).Groups[1].Value;

    /// <summary>Fetches and starts it; skips the test where there is none, unless TANDEM_REQUIRE_DASHBOARD=1 asks for one.</summary>
    /// <param name="home">A folder of the test, for what it writes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<AspireDashboard> StartAsync(string home, CancellationToken cancellationToken)
    {
        Tier.RequireSlow("starts a program");
        (string? program, string? whyNot) = await FetchAsync(cancellationToken);
        if (program is null && Environment.GetEnvironmentVariable(RequireVariable) == "1")
            Assert.Fail($"{RequireVariable}=1 asks for Aspire's dashboard. {whyNot}");
        Assert.SkipWhen(program is null, $"{whyNot} ({RequireVariable}=1 makes that a failure.)");
        var dashboard = new AspireDashboard(program!, home);
        try
        {
            await Task.WhenAny(dashboard._listens.Task, dashboard._process).WaitAsync(s_startTime, cancellationToken);
            Assert.True(dashboard._listens.Task.IsCompleted, "The dashboard ended before it listened.");
            return dashboard;
        }
        catch
        {
            await dashboard.DisposeAsync();
            TestContext.Current.TestOutputHelper?.WriteLine($"The dashboard printed:\n{dashboard.Output}");
            throw;
        }
    }

    /// <summary>What its API gives for <c>resources</c>, <c>traces</c> or <c>spans</c>.</summary>
    public async Task<JsonNode> ReadAsync(string what, CancellationToken cancellationToken) =>
        (await _http.GetFromJsonAsync<JsonNode>($"{Web().Match(Output).Groups[1].Value}/api/telemetry/{what}", cancellationToken))!;

    /// <summary>Ends its process, and whatever that started.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await ((Task)_process).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _stop.Dispose();
        _http.Dispose();
    }

    private void Read(ReadOnlySpan<byte> bytes)
    {
        lock (_output)
            _output.Append(Encoding.UTF8.GetString(bytes));
        if (Grpc().IsMatch(Output) && Web().IsMatch(Output))
            _listens.TrySetResult();
    }

    private static async Task<(string? Program, string? WhyNot)> FetchAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64)
            return (null, "Aspire's dashboard is taken from the package for Linux on x64, and this is another platform.");
        string folder = Path.Combine(Project.Find().Folder, "Harness.Tests", "Dashboard");
        Directory.CreateDirectory(Path.Combine(folder, "obj"));
        // Two runs of the tests must not restore the one project at once.
        using IDisposable? held = await HostLock.AcquireAsync(
            Path.Combine(folder, "obj", "fetch.lock"), s_fetchTime, () => { }, TimeProvider.System, cancellationToken);
        Assert.True(held is not null, $"Another process has fetched the dashboard for {s_fetchTime.TotalMinutes} minutes.");
        ChildResult result = await ChildProcess.RunAsync(
            new ChildCommand("dotnet", "msbuild", Path.Combine(folder, "Dashboard.proj"), "-restore", "-target:Fetch", ShowFolder)
            {
                // As the build that fetched all other packages has it: certificates, proxies, another folder for packages.
                Environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
                    .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? ""),
                TimeLimit = s_fetchTime,
            },
            cancellationToken);
        return result.Succeeded
            ? (Path.Combine(result.Stdout.Text.Trim(), "Aspire.Dashboard"), null)
            : (null, $"Its package could not be fetched: {result.Detail}{result.Stderr.Text.Trim()}");
    }

    [GeneratedRegex(@"OTLP/gRPC listening on: (http://127\.0\.0\.1:[0-9]+)\s")]
    private static partial Regex Grpc();

    [GeneratedRegex(@"Now listening on: (http://127\.0\.0\.1:[0-9]+)\s")]
    private static partial Regex Web();
}
