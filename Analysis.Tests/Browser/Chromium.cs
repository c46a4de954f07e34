using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace Tandem.Analysis.Tests.Browser;

/// <summary>A headless browser, driven through its DevTools protocol over a web socket: what the base library has is enough for
/// that.</summary>
internal sealed partial class Chromium : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(240);
    private readonly Process _process;
    private readonly DirectoryInfo _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly List<JsonNode> _events = [];
    private string? _session;
    private int _calls;

    private Chromium(Process process, DirectoryInfo profile) => (_process, _profile) = (process, profile);

    /// <summary>Errors that the pages' console, scripts and policies reported since the last navigation.</summary>
    public IReadOnlyList<string> Errors =>
    [
        .. _events.Where(one => MethodOf(one) == "Runtime.exceptionThrown"
                || (MethodOf(one) == "Runtime.consoleAPICalled" && (string?)one["params"]!["type"] is "error" or "warning")
                || (MethodOf(one) == "Log.entryAdded" && (string?)one["params"]!["entry"]!["level"] is "error" or "warning"))
            .Select(one => one["params"]!.ToJsonString()),
    ];

    /// <summary>The program on the PATH; null if there is none.</summary>
    public static string? Find() => new[] { "chromium", "chromium-browser", "google-chrome" }
        .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <summary>Starts one with an empty profile, and opens a page; skips the test where there is no browser, unless TANDEM_REQUIRE_BROWSER
    /// asks for one.</summary>
    public static async Task<Chromium> StartAsync(CancellationToken cancellationToken)
    {
        Assert.True(TestContext.Current.Test!.Traits.TryGetValue("Tier", out IReadOnlyCollection<string>? tiers) && tiers.Contains("Slow"),
            "A test that starts a browser is marked with [Trait(\"Tier\", \"Slow\")].");
        string? program = Find();
        if (program is null && Environment.GetEnvironmentVariable("TANDEM_REQUIRE_BROWSER") == "1")
            Assert.Fail("TANDEM_REQUIRE_BROWSER=1 asks for a browser, and neither chromium nor google-chrome is on the PATH. On Debian: "
                + "apt-get install -y --no-install-recommends chromium fonts-dejavu-core");
        Assert.SkipWhen(program is null,
            "Neither chromium nor google-chrome is on the PATH (TANDEM_REQUIRE_BROWSER=1 makes that a failure).");
        DirectoryInfo profile = Directory.CreateTempSubdirectory("tandem-browser-");
        var start = new ProcessStartInfo(program!,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
            $"--user-data-dir={profile.FullName}", "--window-size=1280,900", "--remote-debugging-port=0", "about:blank",
        ])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        var browser = new Chromium(Process.Start(start)!, profile);
        try
        {
            await browser.ConnectAsync(cancellationToken);
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a file, and waits until it is loaded.</summary>
    /// <returns>How long that took, in the page's own reckoning.</returns>
    public async Task<TimeSpan> OpenAsync(string path, CancellationToken cancellationToken)
    {
        _events.Clear();
        await CallAsync("Page.navigate", new JsonObject { ["url"] = new Uri(path).AbsoluteUri }, cancellationToken);
        return await LoadedAsync(cancellationToken);
    }

    /// <summary>Does something that leads to another page, and waits until that is loaded.</summary>
    public async Task FollowAsync(string statement, CancellationToken cancellationToken)
    {
        // Later, so that the answer to this call is not lost with the page that it comes from.
        await EvaluateAsync($"setTimeout(() => {{ {statement}; }}, 100)", cancellationToken);
        await LoadedAsync(cancellationToken);
    }

    private async Task<TimeSpan> LoadedAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = Limit(cancellationToken);
        while (_events.RemoveAll(one => MethodOf(one) == "Page.loadEventFired") == 0)
            Keep(await ReceiveAsync(limit.Token));
        return TimeSpan.FromMilliseconds(
            (await EvaluateAsync("performance.getEntriesByType('navigation')[0].domComplete", cancellationToken)).GetValue<double>());
    }

    /// <summary>What an expression is on the page; a promise is waited for.</summary>
    public async Task<JsonNode> EvaluateAsync(string expression, CancellationToken cancellationToken)
    {
        JsonNode answer = await CallAsync("Runtime.evaluate",
            new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true }, cancellationToken);
        return answer["exceptionDetails"] is { } thrown ? throw new InvalidOperationException(thrown.ToJsonString())
            : answer["result"]!["value"]!;
    }

    /// <summary>The text of an element.</summary>
    public async Task<string> TextAsync(string selector, CancellationToken cancellationToken) =>
        (await EvaluateAsync($"document.querySelector({JsonSerializer.Serialize(selector)}).innerText", cancellationToken))
            .GetValue<string>();

    /// <summary>Calls a method of the protocol, for the page.</summary>
    public async Task<JsonNode> CallAsync(string method, JsonObject parameters, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = Limit(cancellationToken);
        var call = new JsonObject { ["id"] = ++_calls, ["method"] = method, ["params"] = parameters };
        if (_session is not null)
            call["sessionId"] = _session;
        await _socket.SendAsync(Encoding.UTF8.GetBytes(call.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, limit.Token);
        while (true)
        {
            JsonNode answer = await ReceiveAsync(limit.Token);
            if ((int?)answer["id"] != _calls)
                Keep(answer);
            else
                return answer["result"] ?? throw new InvalidOperationException($"{method}: {answer["error"]?.ToJsonString()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        try
        {
            _profile.Delete(recursive: true);
        }
        catch (IOException)
        {
            // Its last children may still be at their caches; the folder is a temporary one.
        }
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = Limit(cancellationToken);
        var said = new StringBuilder();
        string? address = null;
        while (address is null)
        {
            string line = await _process.StandardError.ReadLineAsync(limit.Token)
                ?? throw new InvalidOperationException($"The browser ended before it listened: {said}");
            said.AppendLine(line);
            address = Listening().Match(line) is { Success: true } match ? match.Groups[1].Value : null;
        }
        // Nobody reads the rest, and a full pipe would stop the browser.
        _ = _process.StandardError.ReadToEndAsync(CancellationToken.None);
        _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await _socket.ConnectAsync(new Uri(address), limit.Token);
        JsonNode target = await CallAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" }, cancellationToken);
        JsonNode session = await CallAsync("Target.attachToTarget",
            new JsonObject { ["targetId"] = (string)target["targetId"]!, ["flatten"] = true }, cancellationToken);
        _session = (string)session["sessionId"]!;
        foreach (string domain in new[] { "Page", "Runtime", "Log" })
            await CallAsync(domain + ".enable", [], cancellationToken);
    }

    private async Task<JsonNode> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var message = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            WebSocketReceiveResult part = await _socket.ReceiveAsync(buffer, cancellationToken);
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
                return JsonNode.Parse(message.ToArray())!;
        }
    }

    private void Keep(JsonNode message)
    {
        if (MethodOf(message) is not null)
            _events.Add(message);
    }

    private static string? MethodOf(JsonNode message) => (string?)message["method"];

    private static CancellationTokenSource Limit(CancellationToken cancellationToken)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_patience);
        return limit;
    }

    [GeneratedRegex("^DevTools listening on (ws://\\S+)")]
    private static partial Regex Listening();
}
