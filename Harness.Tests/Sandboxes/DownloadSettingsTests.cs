using System.Text;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.Sandboxes.Process;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes;

/// <summary>What downloads get of the host's environment, and what a log shows of it.</summary>
public sealed class DownloadSettingsTests
{
    private const string Registry = "https://user:secret@registry.example/npm/";

    [Fact]
    public void Proxies_registries_and_certificates_go_along_and_nothing_else()
    {
        string certificate = Path.GetTempFileName();
        File.WriteAllText(certificate, "PEM");
        var settings = DownloadSettings.Of(new Dictionary<string, string>
        {
            ["https_proxy"] = "http://proxy.example:3128",
            ["NPM_CONFIG_REGISTRY"] = Registry,
            ["npm_config_//registry.example/:_authToken"] = "token-0123",
            ["npm_config_cache"] = "/srv/cache/npm",
            ["npm_config_strict_ssl"] = "false",
            ["NODE_EXTRA_CA_CERTS"] = certificate,
            ["SSL_CERT_FILE"] = "/no/such/file",
            ["OPENAI_API_KEY"] = "sk-1234567890",
            ["HTTP_PROXY"] = "",
        });
        File.Delete(certificate);

        settings.Environment.Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["DEBIAN_FRONTEND"] = "noninteractive",
            ["https_proxy"] = "http://proxy.example:3128",
            ["NPM_CONFIG_REGISTRY"] = Registry,
            ["npm_config_//registry.example/:_authToken"] = "token-0123",
            ["npm_config_strict_ssl"] = "false",
            ["NODE_EXTRA_CA_CERTS"] = "/run/tandem-certificates/NODE_EXTRA_CA_CERTS.pem",
        });
        settings.Files.Should().ContainSingle().Which.Content.ToArray().Should().Equal("PEM"u8.ToArray());
        settings.Clean($"GET {Registry}x token-0123 strict false").Should().Be("GET [setting]/x [setting] strict false");
    }

    [Fact]
    public void A_log_keeps_lines_without_the_settings_and_knows_the_network_by_its_words()
    {
        var lines = new List<string>();
        var log = new ProgramLog(DownloadSettings.Of(new Dictionary<string, string> { ["npm_config_registry"] = Registry }), lines.Add);
        log.IsAboutNetwork.Should().BeFalse();

        byte[] text = Encoding.UTF8.GetBytes($"first ü\rsecond\n\nnpm ERR! request to {Registry}x failed, EAI_AGAIN");
        foreach (byte one in text)
            log.Append(isError: false, [one]);
        log.Append(isError: true, "beside\n"u8);

        lines.Should().Equal("first ü", "second", "beside");
        log.End.Should().Be("first ü\nsecond\nbeside\nnpm ERR! request to [setting]/x failed, EAI_AGAIN");
        log.IsAboutNetwork.Should().BeTrue();
        for (int i = 0; i < 100; i++)
            log.Append(isError: true, Encoding.UTF8.GetBytes($"line {i}\n"));
        log.End.Split('\n').Should().HaveCount(40);
        log.Whole.Should().StartWith("first ü\nsecond\nbeside\nline 0\n");
    }

    [Fact]
    public async Task A_mark_is_whole_or_none()
    {
        var mark = new ProgramMark("abc", 123, 4.5);
        byte[] json = Encoding.UTF8.GetBytes(mark.ToJson());
        ProgramMark.TryRead(json, "abc").Should().Be(mark);
        ProgramMark.TryRead(json, "abd").Should().BeNull();
        for (int length = 0; length < json.Length; length++)
            ProgramMark.TryRead(json[..length], "abc").Should().BeNull();
        ProgramMark.TryRead(null, "abc").Should().BeNull();
        ProgramMark.TryRead("[]"u8.ToArray(), "abc").Should().BeNull();

        await using var provider = new ProcessSandboxProvider();
        SandboxException refusal = (await FluentActions.Awaiting(() => provider.PrepareProgramsAsync(
            new ProgramRecipe("mine", ["true"], ["x"], "1"), TestContext.Current.CancellationToken))
            .Should().ThrowAsync<SandboxException>()).Which;
        refusal.Fault.Should().Be(SandboxFault.Unsupported);
        refusal.Message.Should().StartWith("The agent 'mine' has programs of its own");
        (await FluentActions.Awaiting(() => provider.CreateAsync(new SandboxSpec
        {
            Image = ProcessSandboxProvider.EmptyImage,
            Name = "x",
            Owner = new SandboxOwner("s", "e", "c", "a", "r"),
            Programs = new ProgramVolume("v", "d"),
        }, TestContext.Current.CancellationToken)).Should().ThrowAsync<SandboxException>()).Which.Fault.Should()
            .Be(SandboxFault.Unsupported);
    }
}
