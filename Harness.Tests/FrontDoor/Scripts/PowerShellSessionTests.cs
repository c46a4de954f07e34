using FluentAssertions;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor.Scripts;

/// <summary>run.ps1 as a command of a PowerShell session, which goes on afterwards.</summary>
[Slow]
[Long]
public sealed class PowerShellSessionTests : IAsyncLifetime
{
    private ScriptProject? _project;

    private ScriptProject TheProject => _project!;

    public async ValueTask InitializeAsync() => _project = await ScriptProject.CreateAsync(needsPowerShell: true);

    public ValueTask DisposeAsync()
    {
        _project?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Words_arrive_as_typed_and_the_session_stays_as_it_was()
    {
        // One start for all, since it takes a second.
        ChildResult result = await TheProject.RunAsync("pwsh", "-NoProfile", "-Command", $$"""
            Set-StrictMode -Version Latest
            $PSNativeCommandUseErrorActionPreference = $true
            $ErrorActionPreference = 'Stop'
            $run = '{{TheProject.Script("run.ps1")}}'
            Set-Location '{{TheProject.Beside("shells")}}'
            & $run --status failed,missing --pair a,b --seed 0,1
            "`n$LASTEXITCODE by=$env:TANDEM_BUILT_BY in $(Split-Path -Leaf $PWD)"
            & $run '*' "?w*" '~' 'two words' 'it''s "quoted"' '' 'two,words' ; ''
            & $run test '--' -p:Coverage=true '-p:Coverage=true' -v ; ''
            $caught = & $run plan; "caught $caught"
            $piped = 'one', 'two' | & $run read; "caught $($piped -join '+')"
            $env:TANDEM_BUILT_BY = 'another'
            & $run ; "`n$env:TANDEM_BUILT_BY"
            exit $LASTEXITCODE
            """);

        result.Stdout.Text.Should().Be($"""
            {TheProject.Program}[--status][failed,missing][--pair][a,b][--seed][0,1][by=run.ps1]
            7 by= in shells
            {TheProject.Program}[*][?w*][~][two words][it's "quoted"][][two,words][by=run.ps1]
            {TheProject.Program}[test][--][-p:Coverage=true][-p:Coverage=true][-v][by=run.ps1]
            caught {TheProject.Program}[plan][by=run.ps1]
            caught {TheProject.Program}[read][by=run.ps1]one+two
            {TheProject.Program}[by=run.ps1]
            another

            """);
        result.ExitCode.Should().Be(7);
        result.Stderr.Text.Trim().Should().Be("Building ...");
    }

    [Fact]
    public async Task Ctrl_C_ends_the_program_gently_and_the_session_goes_on_with_its_exit_code()
    {
        // Without PSReadLine the session prints no more than a plain terminal does.
        const string Prompt = "Remove-Module PSReadLine; function prompt { \"PS>\" }";
        using var session = RunningProgram.StartInTerminal(TheProject, $"exec pwsh -NoProfile -NoLogo -NoExit -Command '{Prompt}'");
        await session.WaitForAsync("PS>");
        await session.TypeAsync("./run.ps1 wait\r");
        await session.WaitForAsync("ready");
        await session.TypeAsync("\u0003");
        await session.WaitForAsync("ended gently");
        await session.WaitForAsync("PS>");
        await session.TypeAsync("\"$LASTEXITCODE by=$env:TANDEM_BUILT_BY.\"\r");
        await session.WaitForAsync("6 by=.");
        await session.WaitForAsync("PS>");
        await session.TypeAsync("exit 5\r");

        (await session.EndAsync()).Should().Be(5);
    }
}
