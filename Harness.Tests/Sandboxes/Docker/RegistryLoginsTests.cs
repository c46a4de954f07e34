using Docker.DotNet.Models;
using FluentAssertions;
using Tandem.Harness.TaskSets.Images;
using Tandem.Harness.Tests.Models;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>What of the docker CLI's logins reaches a registry, and what is said where there is none. No engine is needed.</summary>
public sealed class RegistryLoginsTests : IDisposable
{
    private const int BackstopMs = 60_000;
    private const string Host = "registry.example:5000";
    private const string Secret = "pa:ss-w0rd";
    private readonly CliConfigFolder _cli = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _cli.Dispose();

    [Theory(Timeout = BackstopMs)]
    [InlineData(Host, Host)]
    [InlineData("https://registry.example:5000", Host)]
    [InlineData("http://registry.example:5000/", Host)]
    [InlineData("https://registry.example:5000/v2/", Host)]
    [InlineData("Registry.Example:5000/group", Host)]
    [InlineData("https://index.docker.io/v1/", "docker.io")]
    [InlineData("https://index.docker.io/v1/", "index.docker.io")]
    [InlineData("docker.io", "docker.io")]
    public async Task A_login_is_found_however_its_key_is_written(string key, string registry)
    {
        _cli.WriteLogin(key, "reader", Secret);
        RegistryLogin login = await FindAsync(registry);
        (login.Credentials!.Username, login.Credentials.Password).Should().Be(("reader", Secret), "only the first colon parts the two");
        login.Credentials.ServerAddress.Should().Be(registry == Host ? Host : "https://index.docker.io/v1/");
        login.Account.Should().Be($"The login in {_cli.File} was shown.");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("registry.example")]
    [InlineData("registry.example:5001")]
    [InlineData("https://index.docker.io/v1/")]
    [InlineData("other.example/registry.example:5000")]
    public async Task No_other_registry_gets_to_see_it(string key)
    {
        _cli.WriteLogin(key, "reader", Secret);
        RegistryLogin login = await FindAsync(Host);
        login.Credentials.Should().BeNull();
        login.Account.Should().Be($"No login was shown: {_cli.File} has none for {Host}.");
        login.Remedy.Should().Be($"If the image is private, run `docker login {Host}`.");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task The_CLIs_own_name_for_a_registry_goes_before_others_of_its_host()
    {
        _cli.Write("""
            { "auths": {
              "https://index.docker.io/v1/access-token": { "auth": "YTpi" },
              "https://index.docker.io/v1/": { "auth": "Yzpk" } } }
            """);
        (await FindAsync("docker.io")).Credentials!.Username.Should().Be("c");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Tokens_of_the_file_are_passed_on()
    {
        _cli.Write($$"""{ "auths": { "{{Host}}": { "auth": "cmVhZGVyOg==", "identitytoken": "id", "registrytoken": "bearer" } } }""");
        AuthConfig credentials = (await FindAsync(Host)).Credentials!;
        (credentials.Username, credentials.Password).Should().Be(("reader", ""));
        (credentials.IdentityToken, credentials.RegistryToken).Should().Be(("id", "bearer"));
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_registrys_own_helper_goes_before_the_store_and_both_before_the_file()
    {
        _cli.AddHelper("own", Host, "own", Secret);
        _cli.AddHelper("all", "other.example", "all", Secret);
        _cli.Write($$"""
            { "auths": {
                "{{Host}}": { "auth": "YTpi" }, "other.example": { "auth": "YTpi" },
                "plain.example": { "auth": "YTpi" }, "third.example": { "auth": "YTpi" } },
              "credHelpers": { "https://{{Host}}": "own", "plain.example": "" }, "credsStore": "all" }
            """);
        (await FindAsync(Host)).Credentials!.Username.Should().Be("own");
        (await FindAsync("other.example")).Credentials!.Username.Should().Be("all");
        (await FindAsync("plain.example")).Credentials!.Username.Should().Be("a", "it has no helper in so many words");
        RegistryLogin none = await FindAsync("third.example");
        none.Credentials.Should().BeNull("the store has none, and the CLI does not look further");
        none.Account.Should().Be($"No login was shown: docker-credential-all, which {_cli.File} names, has none for third.example.");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Helpers_know_Docker_Hub_by_its_address()
    {
        _cli.AddHelper("hub", "https://index.docker.io/v1/", "reader", Secret);
        _cli.Write("""{ "credsStore": "hub" }""");
        RegistryLogin login = await FindAsync("docker.io");
        (login.Credentials!.Password, login.Remedy).Should().Be((Secret, "Run `docker login` with an account that may read the image."));
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_helpers_token_is_no_password()
    {
        _cli.AddHelper("cloud", Host, "<token>", Secret);
        _cli.Write($$"""{ "credHelpers": { "{{Host}}": "cloud" } }""");
        AuthConfig credentials = (await FindAsync(Host)).Credentials!;
        (credentials.Username, credentials.Password).Should().Be((null, null));
        (credentials.IdentityToken, credentials.ServerAddress).Should().Be((Secret, Host));
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("echo nonsense Secret", "printed something else than a login")]
    [InlineData("echo '{\"Username\":\"a\",\"Secret\":\"pa:ss-w0rd'", "printed something else than a login")]
    [InlineData("echo '[\"pa:ss-w0rd\"]'", "printed something else than a login")]
    [InlineData("echo '{\"Username\":\"a\"}'", "printed something else than a login")]
    [InlineData("true", "printed something else than a login")]
    [InlineData("echo the keychain is locked >&2; exit 3", "exited with code 3 (\"the keychain is locked\")")]
    [InlineData("echo the keychain is locked; exit 3", "exited with code 3 (\"the keychain is locked\")")]
    [InlineData("echo '{\"Username\":\"a\",\"Secret\":\"pa:ss-w0rd\"}'; exit 3", "exited with code 3")]
    [InlineData("exec sleep 60", "did not end within 0.3 s and was killed")]
    [InlineData("yes pa:ss-w0rd", "printed more than 65536 bytes and was killed")]
    public async Task A_helper_that_is_broken_is_named_without_its_secret(string script, string trouble)
    {
        _cli.AddHelper("broken", script);
        _cli.HelperLimit = TimeSpan.FromSeconds(script.Contains("sleep", StringComparison.Ordinal) ? 0.3 : 20);
        _cli.Write("""{ "credsStore": "broken" }""");
        RegistryLogin login = await FindAsync(Host);
        login.Credentials.Should().BeNull();
        login.Account.Should().Be(
            $"No login was shown: docker-credential-broken, which {_cli.File} names, {trouble}. "
            + "Repair the helper, or take it out of the file.");
        login.ToString().Should().NotContain(Secret);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("missing", "could not be started: there is no program 'docker-credential-missing' in *")]
    [InlineData("../../bin/sh", "is no program's name.*")]
    public async Task A_helper_that_cannot_be_run_is_named(string name, string trouble)
    {
        _cli.Write($$"""{ "credsStore": "{{name}}" }""");
        (await FindAsync(Host)).Account.Should().Match($"No login was shown: docker-credential-{name}, which {_cli.File} names, {trouble}");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("""{ "auths": {""", "line 1 of * is not as the docker CLI writes it. Repair or remove the file.")]
    [InlineData("\n[\"pa:ss-w0rd\"]", "line 2 of * is not as *")]
    [InlineData("""{ "auths": { "registry.example:5000": { "auth": "pa:ss-w0rd" } } }""", "the entry for * in * cannot be decoded.")]
    [InlineData("""{ "auths": { "registry.example:5000": { "auth": "cGFzc3cwcmQ=" } } }""", "the entry for * in * cannot be decoded.")]
    [InlineData("""{ "auths": { "registry.example:5000": {} } }""", "* has none for registry.example:5000.")]
    [InlineData("null", "* has none for registry.example:5000.")]
    public async Task A_file_that_is_damaged_is_named_and_not_quoted(string json, string why)
    {
        _cli.Write(json);
        RegistryLogin login = await FindAsync(Host);
        login.Credentials.Should().BeNull();
        login.Account.Should().Match($"No login was shown: {why}").And.Contain(_cli.File).And.NotContain("w0rd");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Who_never_logged_in_has_no_file()
    {
        RegistryLogin login = await FindAsync(Host);
        (login.Credentials, login.Account).Should().Be((null, $"No login was shown: there is no file {_cli.File}."));
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_helper_sees_what_it_needs_and_no_key_of_a_model()
    {
        const string key = "TANDEM_TEST_API_KEY";
        Environment.SetEnvironmentVariable(key, Secret);
        try
        {
            _cli.AddHelper("curious", $"env > {_cli.Trace}; echo '{{\"Username\":\"a\",\"Secret\":\"b\"}}'");
            _cli.Write("""{ "credsStore": "curious" }""");
            (await FindAsync(Host)).Credentials.Should().NotBeNull();
            string seen = await File.ReadAllTextAsync(_cli.Trace, Token);
            seen.Should().MatchRegex("(?m)^HOME=.").And.MatchRegex("(?m)^PATH=.").And.NotContain(key);
        }
        finally
        {
            Environment.SetEnvironmentVariable(key, null);
        }
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Each_registry_is_read_once_and_again_after_a_refusal_but_not_at_once()
    {
        _cli.AddHelper("kept", Host, "reader", Secret);
        _cli.Write("""{ "credsStore": "kept" }""");
        var clock = new HandClock();
        RegistryLogins logins = _cli.Logins(clock);
        RegistryLogin[] found = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => logins.FindAsync(Host, Token)));
        found.Distinct().Should().ContainSingle();
        (await logins.RenewAsync(found[0], Token)).Should().BeSameAs(found[0], "it has just been read");
        Asked().Should().Equal("get " + Host);

        clock.Advance(TimeSpan.FromSeconds(10));
        _cli.AddHelper("renewed", Host, "reader", "another");
        _cli.Write("""{ "credsStore": "renewed" }""");
        (await logins.FindAsync(Host, Token)).Should().BeSameAs(found[0], "no registry has refused it");
        RegistryLogin[] renewed = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => logins.RenewAsync(found[0], Token)));
        RegistryLogin now = renewed.Distinct().Should().ContainSingle().Subject;
        now.ShowsTheSameAs(found[0]).Should().BeFalse();
        now.Credentials!.Password.Should().Be("another");
        Asked().Should().HaveCount(2);

        string[] Asked() => File.ReadAllLines(_cli.Trace);
    }

    private Task<RegistryLogin> FindAsync(string registry) => _cli.Logins().FindAsync(registry, Token);
}
