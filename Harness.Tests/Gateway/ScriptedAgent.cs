using System.Text.Json;
using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Defined;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Configuration;

namespace Tandem.Harness.Tests.Gateway;

/// <summary>A small command-line agent by definition, for images with Python: one loop with a shell, and tools over MCP.</summary>
internal static class ScriptedAgent
{
    // Arguments: address, token, model, stubborn or not.
    private const string Program = """
        import json, subprocess, sys, time, urllib.request, urllib.error
        url, token, model, stubborn = sys.argv[1:5]
        def post(path, body):
            request = urllib.request.Request(url + path, json.dumps(body).encode(), {"Content-Type": "application/json",
                "Accept": "application/json, text/event-stream", "Authorization": "Bearer " + token})
            return urllib.request.urlopen(request, timeout=300)
        def ask(messages):
            body = {"model": model, "messages": messages, "tools": [{"type": "function", "function": {"name": n, "parameters": {"type":
                "object", "properties": {}}}} for n in ("bash", "mcp")]}
            for attempt in range(6):
                try:
                    with post("/v1/chat/completions", body) as answer:
                        return json.load(answer)["choices"][0]["message"]
                except urllib.error.HTTPError as error:
                    print("error", error.code, error.read().decode())
                    while stubborn == "stubborn":
                        time.sleep(0.5)
                    sys.exit(1)
                except (OSError, ValueError, urllib.error.URLError) as error:
                    print("again", error)
                    time.sleep(0.2)
            sys.exit(1)
        def run(call):
            arguments = json.loads(call["function"]["arguments"])
            if call["function"]["name"] == "mcp":
                with post("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": arguments}) as answer:
                    return answer.read().decode()
            done = subprocess.run(["/bin/sh", "-c", arguments["command"]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            return done.stdout.decode(errors="replace")
        messages = [{"role": "user", "content": sys.stdin.read()}]
        while True:
            message = ask(messages)
            messages.append(message)
            if not message.get("tool_calls"):
                break
            for call in message["tool_calls"]:
                messages.append({"role": "tool", "tool_call_id": call["id"], "content": run(call)})
        print(json.dumps({"type": "result", "calls": len(messages) // 2}))
        """;

    /// <summary>The agent's kind.</summary>
    /// <param name="delivery">How messages reach it.</param>
    /// <param name="isStubborn">Whether it stays when it is answered no more.</param>
    /// <param name="command">What is started in its place; null is the agent.</param>
    public static AgentKind Kind(MessageDelivery delivery = MessageDelivery.Tool, bool isStubborn = false, string? command = null) =>
        DefinedAgents.Of(new AgentDefinition
        {
            Name = "scripted",
            Digest = new string('a', 64),
            Description = "A small agent for tests.",
            Dialect = ModelDialect.OpenAiChat,
            Install = new AgentInstall
            {
                Run =
                [
                    "mkdir -p {programs}/bin", $"cat > {{programs}}/bin/agent.py <<'END'\n{Program}\nEND",
                    "echo 'echo scripted 1' > {programs}/bin/version",
                ],
                Check = ["/bin/sh", "{programs}/bin/version"],
                Says = "scripted 1",
                SizeMb = 1,
            },
            Command = command is null
                ? ["python3", "{programs}/bin/agent.py", "{url}", "{token}", "{model}", isStubborn ? "stubborn" : "plain"]
                : ["/bin/sh", "-c", command],
            Environment = new Dictionary<string, string> { ["HOME"] = "{home}" },
            Files = new Dictionary<string, JsonElement>
            { ["{home}/settings.json"] = JsonSerializer.SerializeToElement(new { key = "{token}" }) },
            Messages = new AgentMessages { Delivery = delivery },
            Keep = ["{home}"],
        });
}
