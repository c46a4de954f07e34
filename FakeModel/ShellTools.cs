using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>Scripts run commands by <c>bash</c>; clients call their shells otherwise.</summary>
internal static class ShellTools
{
    private static readonly string[] s_names = ["bash", "Bash", "exec_command", "run_shell_command", "shell_command", "shell"];

    /// <summary>The call as the client understands it: by the name and the arguments of the shell that the request offers. Another tool's
    /// call, and any call where no shell is offered, stays as it is.</summary>
    public static FakeToolCall For(FakeToolCall call, IReadOnlyList<FakeTool> tools)
    {
        if (call.Name != "bash"
            || s_names.Select(name => tools.FirstOrDefault(tool => tool.Name == name)).FirstOrDefault(tool => tool is not null)
                is not FakeTool shell)
        {
            return call;
        }
        var properties = shell.Schema?["properties"] as JsonObject;
        if (Read(call.Arguments) is not JsonObject given || given["command"] is not JsonNode command || properties is null)
            return call with { Name = shell.Name };
        given.Remove("command");
        string field = properties.ContainsKey("command") || !properties.ContainsKey("cmd") ? "command" : "cmd";
        bool isList = (string?)(properties[field]?["type"] as JsonValue) == "array";
        var arguments = new JsonObject { [field] = isList ? new JsonArray("bash", "-c", command) : command };
        foreach ((string name, JsonNode? value) in given)
            arguments[name] = value?.DeepClone();
        IEnumerable<string> required = (shell.Schema?["required"] as JsonArray ?? []).Select(name => name!.ToString());
        foreach (string name in required.Append("description").Where(name => properties.ContainsKey(name) && !arguments.ContainsKey(name)))
            arguments[name] = Samples.Of(properties[name], "Runs a command of the script");
        return call with { Name = shell.Name, Arguments = arguments.ToJsonString(Samples.Plain) };
    }

    /// <summary>Whether an agent of Tandem's own asks: <c>bash</c> is all it has, and a command is how it says that it is done.</summary>
    public static bool IsBashAlone(IReadOnlyList<FakeTool> tools) => tools.All(tool => tool.Name == "bash");

    private static JsonObject? Read(string arguments)
    {
        try
        {
            return JsonNode.Parse(arguments) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
