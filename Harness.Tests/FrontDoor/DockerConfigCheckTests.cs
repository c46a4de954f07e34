using FluentAssertions;
using Tandem.Cli.Doctor;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

public sealed class DockerConfigCheckTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("""{"auths": {"x": {"auth": "c2VjcmV0"}}, "currentContext": "default"}""", false)]
    [InlineData("""{"auths": {"x": {"auth": "c2VjcmV0"}}, "currentContext": "default",""", true)]
    [InlineData("""{"currentContext": 7}""", true)]
    [InlineData("""{"auths": "c2VjcmV0"}""", true)]
    public void A_damaged_file_is_a_warning_that_does_not_quote_it(string content, bool isDamaged)
    {
        File.WriteAllText(_file, content);

        Finding? finding = DockerConfigCheck.Examine(_file);

        (finding?.Severity).Should().Be(isDamaged ? Severity.Warning : null);
        if (isDamaged)
            finding!.ToString().Should().Contain($"line 1 of {_file} is not as the docker CLI writes it").And.NotContain("c2VjcmV0");
    }

    [Fact]
    public void No_file_is_no_finding() => DockerConfigCheck.Examine(_file + ".none").Should().BeNull();
}
