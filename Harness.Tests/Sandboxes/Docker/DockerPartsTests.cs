using System.Text;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Life;
using Tandem.Harness.Sandboxes.Docker.Sessions;
using Tandem.Harness.TaskSets.Images;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>The parts that need no engine.</summary>
public sealed class DockerPartsTests
{
    [Theory]
    [InlineData("debian", "debian", "latest", "docker.io")]
    [InlineData("debian:bookworm-slim", "debian", "bookworm-slim", "docker.io")]
    [InlineData("akhatua/cooperbench-click:task2068", "akhatua/cooperbench-click", "task2068", "docker.io")]
    [InlineData("localhost:5000/a/b", "localhost:5000/a/b", "latest", "localhost:5000")]
    [InlineData("ghcr.io/a/b:c@sha256:00ff", "ghcr.io/a/b", "sha256:00ff", "ghcr.io")]
    public void Image_references_are_taken_apart(string reference, string name, string tag, string registry)
    {
        var parsed = ImageName.Parse(reference);
        (parsed.Name, parsed.Tag, parsed.Registry).Should().Be((name, tag, registry));
    }

    [Theory]
    [InlineData("debian:bookworm-slim", "bookworm")]
    [InlineData("docker.io/library/debian:trixie", "trixie")]
    [InlineData("debian:12", null)]
    [InlineData("python:3.11-slim", null)]
    [InlineData("ghcr.io/debian:bookworm", null)]
    public void Only_Debian_s_suites_can_be_made_here(string reference, string? suite) =>
        BaseImageMaker.SuiteOf(reference).Should().Be(suite);

    [Fact]
    public void A_Dockerfile_tells_what_it_starts_from()
    {
        const string Text =
            """
            # FROM comment
            ARG SUITE=bookworm-slim
            FROM --platform=linux/amd64 debian:${SUITE} AS build
            ARG SUITE=other
            RUN echo FROM nothing
            from python:${VERSION:-3.11}-slim
            FROM scratch
            FROM build
            FROM $UNKNOWN
            FROM \
              golang:1.21-alpine as last
            """;
        DockerfileFacts facts = DockerfileFacts.Read(Text);
        facts.Bases.Should().Equal("debian:bookworm-slim", "python:3.11-slim", "golang:1.21-alpine");
        facts.NeedsBuildKit.Should().BeFalse();
    }

    [Theory]
    [InlineData("# syntax=docker/dockerfile:1\nFROM x", true)]
    [InlineData("FROM x\nRUN --mount=type=cache,target=/c true", true)]
    [InlineData("FROM x\nRUN <<EOF\ntrue\nEOF", true)]
    [InlineData("FROM x\nCOPY --from=y --chmod=755 a b", true)]
    [InlineData("FROM x\nCOPY --from=y a b\nRUN cat <<EOF > f", true)]
    [InlineData("FROM x\nRUN pip install --mount a && echo 1<<2", false)]
    public void The_newer_builder_is_chosen_where_it_is_needed(string text, bool expected) =>
        DockerfileFacts.Read(text).NeedsBuildKit.Should().Be(expected);

    [Theory]
    [InlineData("URIs: http://deb.debian.org/debian", "http://deb.debian.org/debian")]
    [InlineData("deb [signed-by=/x] https://mirror.example/debian bookworm main", "https://mirror.example/debian")]
    [InlineData("deb http://archive.ubuntu.com/ubuntu noble main", null)]
    [InlineData("URIs: http://deb.debian.org/debian-security", null)]
    [InlineData("# deb http://deb.debian.org/debian x", null)]
    public void The_host_s_own_mirror_is_used(string line, string? mirror) => DebootstrapTool.MirrorIn(line).Should().Be(mirror);

    [Fact]
    public void A_secret_is_found_however_the_stream_is_cut()
    {
        const string Secret = "0123456789abcdef";
        byte[] stream = Encoding.ASCII.GetBytes($"data 0123{Secret} X 0\nlate 012345{Secret} R\n01234");
        for (int size = 1; size <= stream.Length; size++)
        {
            var splitter = new SentinelSplitter(Secret);
            var data = new StringBuilder();
            var lines = new List<string>();
            foreach (byte[] piece in stream.Chunk(size))
                splitter.Feed(piece, bytes => data.Append(Encoding.ASCII.GetString(bytes.Span)), lines.Add);
            lines.Should().Equal(" X 0", " R");
            data.ToString().Should().Be("data 0123late 012345", "the last bytes may yet become a secret");
        }
    }

    [Theory]
    [InlineData("HOME", true)]
    [InlineData("GIT_CONFIG_KEY_0", true)]
    [InlineData("a.b", false)]
    [InlineData("1A", false)]
    [InlineData("", false)]
    [InlineData("PPID", false)]
    [InlineData("Ä", false)]
    public void Variables_that_a_shell_cannot_set_go_another_way(string name, bool expected) =>
        SessionScript.CanSet(name).Should().Be(expected);

    [Fact]
    public void Usage_is_read_from_either_kind_of_control_groups()
    {
        SandboxMeter.Parse(" peak=1048576 cpu_ns=1500000000 throttled_ns=250000000 oom=2").Should()
            .Be(new SandboxUsage(1 << 20, 1.5, 0.25, 2));
        SandboxMeter.Parse(" peak=5 cpu_us=1500000 throttled_us=250000 oom=0").Should().Be(new SandboxUsage(5, 1.5, 0.25, 0));
        SandboxMeter.Parse("").Should().Be(SandboxUsage.Unknown);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("CgIIAQ==", "")]
    [InlineData("////", "")]
    // One log line: field 3, with its message in field 4.
    [InlineData("GgciBWhlbGxv", "hello")]
    // A step with name "RUN x" that has started (field 5).
    [InlineData("CgkaBVJVTiB4KgA=", "RUN x\n")]
    public void The_newer_builder_s_progress_is_read(string base64, string text) =>
        BuildKitTrace.TextOf(Convert.FromBase64String(base64)).Should().Be(text);
}
