using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Processes;
using Tandem.Harness.Tests.Scenarios;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>No message prints a control character that came from an endpoint's answer, nor from the record that keeps it.</summary>
[Slow]
[Long]
public sealed class HostileAnswerTests : IAsyncLifetime
{
    private const string Answer = """
        { "id": "a", "object": "chat.completion", "created": 1, "model": "gpt-4o", "system_fingerprint": "f", "service_tier": "t",
          "choices": [ { "index": 0, "finish_reason": "tool_calls", "message": { "role": "assistant", "content": "I look.",
            "reasoning": "r", "reasoning_content": "r", "refusal": "no",
            "tool_calls": [ { "id": "c", "type": "function", "function": { "name": "find", "arguments": "{\"name\": \"Ada\"}" } } ] } } ],
          "usage": { "prompt_tokens": "9", "completion_tokens": "9", "total_tokens": "18" } }
        """;

    private const string Refusal = """{ "error": { "message": "m", "type": "t", "code": "c", "param": "p" }, "detail": "d" }""";

    private readonly ScenarioFolder _folder = new();
    private readonly List<FakeAnswer> _answers =
    [
        .. HostileText.InEachTextOf(Answer).Select(one => new FakeAnswer.Status(200, null, one.Json)),
        .. new[] { 400, 404, 413, 422 }.SelectMany(code => HostileText.InEachTextOf(Refusal)
            .Select(one => new FakeAnswer.Status(code, null, one.Json))),
        new FakeAnswer.Status(200, null, HostileText.Planted),
        new FakeAnswer.Status(400, null, HostileText.Planted),
        new FakeAnswer.Says(HostileText.Planted),
        new FakeAnswer.Says(null, [new FakeToolCall("find", HostileText.Planted)]),
        new FakeAnswer.Status(418, null, HostileText.Planted),
        new FakeAnswer.Status(503, new Dictionary<string, string> { ["Retry-After"] = "soon" }, HostileText.Planted),
    ];
    private int _asked;
    private FakeModelServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await FakeModelServer.StartAsync(
        _ => _answers[(Interlocked.Increment(ref _asked) - 1) % _answers.Count]);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task No_field_of_an_answer_reaches_the_console_as_it_is()
    {
        string run = await RunAsync("run");

        _asked.Should().BeGreaterThanOrEqualTo(_answers.Count, run);
        run.Should().Contain("X?[31m", "messages of endpoints and failed checks are shown");
        _folder.Records().Should().NotBeEmpty();
        foreach (string verb in new[] { "status -v", "validate", "collect", "report --draft", "run --dry-run" })
            await RunAsync(verb.Split(' '));
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var environment = new Dictionary<string, string>(ChildEnvironment.Usual("DOTNET_ROOT"))
        {
            ["TANDEM_EXPERIMENT"] = _folder.Folder,
            ["TANDEM_STORE"] = _folder.Layout.StoreFolder,
            ["TANDEM__Run__PauseAfter"] = "1000",
            ["TANDEM__Repetitions"] = "9",
        };
        foreach ((string name, string value) in ScenarioFolder.At(_server))
            environment[name] = value;
        ChildResult result = await ChildProcess.RunAsync(
            new ChildCommand("dotnet", [Programs.Built("Cli"), .. arguments])
            { Environment = environment, TimeLimit = TimeSpan.FromMinutes(10) }, Token);
        string printed = result.Stdout.Text + result.Stderr.Text;
        HostileText.ShouldBePrintable(printed, string.Join(' ', arguments));
        return printed;
    }
}
