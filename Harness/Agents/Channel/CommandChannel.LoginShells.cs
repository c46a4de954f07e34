using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Agents.Channel;

/// <content>Shells that set PATH anew.</content>
internal sealed partial class CommandChannel
{
    /// <summary>An image whose folders cannot be written even by root keeps its login shells without the commands: the agent's plain shells
    /// have them, and whether it has called one is recorded.</summary>
    private async Task OpenToLoginShellsAsync(string commands, SandboxAbilities abilities, CancellationToken cancellationToken)
    {
        bool isContainer = abilities.HasFlag(SandboxAbilities.Isolation);
        if (!isContainer && !OperatingSystem.IsLinux())
            return;
        await _sandbox.ExecAsync(
            new ExecRequest
            {
                Command = ["/bin/sh", "-c", ChannelScripts.ForLoginShells, "login", commands, isContainer ? "system" : "home"],
                // The image's own user may not be allowed to.
                User = isContainer && abilities.HasFlag(SandboxAbilities.Users) ? "0" : null,
                WorkingDirectory = "/",
                TimeLimit = TimeSpan.FromSeconds(30),
                KeepBytes = 4096,
                RunsNoAgentCode = true,
            },
            cancellationToken);
    }
}
