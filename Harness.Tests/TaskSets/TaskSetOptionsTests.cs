using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Xunit;

namespace Tandem.Harness.Tests.TaskSets;

public sealed class TaskSetOptionsTests : IDisposable
{
    private readonly TaskSetFolder _set = new TaskSetFolder().WithTask("llama_index_task", 17244);

    public void Dispose() => _set.Dispose();

    [Fact]
    public void Without_a_file_CooperBenchs_rules_hold()
    {
        TaskSet set = _set.Load();

        set.Options.Name.Should().Be(Path.GetFileName(_set.Root));
        set.Options.AgentNetwork.Should().Be(SandboxNetwork.Bridge);
        set.Options.EvaluationNetwork.Should().Be(SandboxNetwork.Bridge);
        set.Options.Limits.RunnerSeconds.Should().Be(600);
        set.Options.AllowProcessSandbox.Should().BeFalse();
        CodingTask task = set.Tasks.Single();
        task.Language.Should().Be("python");
        task.Image.Name.Should().Be("akhatua/cooperbench-llama-index:task17244");
        task.Image.BuildDigest.Should().BeNull("published images are pulled first");
        task.Image.BuildFolder.Should().Be(task.Folder);
        task.Image.AllowsProcessSandbox.Should().BeFalse();
    }

    [Fact]
    public void A_file_says_what_it_says_and_leaves_the_rest_at_its_default()
    {
        _set.With("taskset.json", """
            {
              "image": "tandem/{name}:task{id}",
              "agent_network": "none",
              "languages": {"llama_index_task": "cobol"},
              "allow_process_sandbox": true
            }
            """);

        TaskSet set = _set.Load();

        set.Options.Name.Should().Be(Path.GetFileName(_set.Root));
        set.Options.AgentNetwork.Should().Be(SandboxNetwork.None);
        set.Options.EvaluationNetwork.Should().Be(SandboxNetwork.Bridge);
        set.Options.Limits.RunnerSeconds.Should().Be(600);
        CodingTask task = set.Tasks.Single();
        task.Language.Should().Be("cobol");
        task.Image.Name.Should().Be("tandem/llama-index:task17244");
        task.Image.BuildDigest.Should().MatchRegex("^[0-9a-f]{64}$");
        task.Image.AllowsProcessSandbox.Should().BeTrue();
    }

    [Fact]
    public void An_empty_file_object_is_all_defaults()
    {
        _set.With("taskset.json", "{}");

        _set.Load().Options.Should().BeEquivalentTo(new TaskSetOptions { Name = Path.GetFileName(_set.Root) });
    }

    [Fact]
    public void Limits_and_the_name_are_taken_from_the_file()
    {
        _set.With("taskset.json", """{"name": "mine", "limits": {"runner_seconds": 90}, "pull_images": false}""");

        TaskSet set = _set.Load();

        set.Options.Name.Should().Be("mine");
        set.Options.Limits.RunnerSeconds.Should().Be(90);
        set.Tasks.Single().Image.Name.Should().Be("akhatua/cooperbench-llama-index:task17244");
        set.Tasks.Single().Image.BuildDigest.Should().NotBeNull("the set says that its images are built");
    }

    [Fact]
    public void A_sandbox_for_each_feature_makes_other_tasks_of_the_same_files()
    {
        string[] digests = [.. ((string[])["{}", """{"sandbox_per_feature": false}""", """{"sandbox_per_feature": true}"""]).Select(json =>
        {
            _set.With("taskset.json", json);
            return _set.Load().Tasks.Single().Digest;
        })];

        digests[1].Should().Be(digests[0]);
        digests[2].Should().NotBe(digests[0]).And.HaveLength(64);
    }

    [Theory]
    [InlineData("""{"sandbox_per_feature": "yes"}""", "sandbox_per_feature")]
    [InlineData("""{"colour": "red"}""", "colour")]
    [InlineData("""{"limits": {"runner_minutes": 3}}""", "runner_minutes")]
    [InlineData("""{"agent_network": "wide"}""", "agent_network: 'wide' is none of none, bridge")]
    [InlineData("""{"agent_network": 1}""", "agent_network")]
    [InlineData("""{"allow_process_sandbox": "yes"}""", "allow_process_sandbox")]
    [InlineData("""{"limits": null}""", "limits")]
    [InlineData("""{"languages": null}""", "languages")]
    [InlineData("""{"limits": {"runner_seconds": 0}}""", "it must be 1 to 86400")]
    [InlineData("""{"image": "tandem:task{id}"}""", "{name}")]
    [InlineData("""{"image": "tandem/{name}"}""", "{id}")]
    [InlineData("""{"name": "a", "name": "b"}""", "name")]
    [InlineData("""{"name": "../elsewhere"}""", "name '../elsewhere' cannot be part of a path")]
    [InlineData("""{"name": ""}""", "name '' cannot be part of a path")]
    [InlineData("null", "one JSON object")]
    [InlineData("[]", "one JSON object")]
    [InlineData("{", "LineNumber")]
    [InlineData("{} // a comment", "LineNumber")]
    [InlineData("", "LineNumber")]
    public void What_is_wrong_in_the_file_is_said_with_its_path(string json, string what)
    {
        _set.With("taskset.json", json);

        _set.Invoking(set => set.Load()).Should().Throw<TaskSetException>().Which.Message.Should()
            .StartWith(_set.In("taskset.json") + ": ").And.Contain(what);
    }
}
