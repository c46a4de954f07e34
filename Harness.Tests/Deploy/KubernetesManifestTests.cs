using FluentAssertions;
using k8s;
using k8s.Models;
using Tandem.Harness.Configuration;
using Xunit;
using YamlDotNet.Core;

namespace Tandem.Harness.Tests.Deploy;

/// <summary>
/// The manifests of <c>deploy/kubernetes</c> hold no field that Kubernetes does not know, and fit together. No cluster has seen them.
/// </summary>
public sealed class KubernetesManifestTests
{
    private static readonly string s_folder = Path.Combine(ProjectFolder.Find(), "deploy", "kubernetes");

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(s_folder, "*.yaml").Select(file => Path.GetFileName(file)!)];

    public static TheoryData<string> Workers => ["shards.yaml", "workers.yaml"];

    [Theory]
    [MemberData(nameof(Files))]
    public void Kubernetes_knows_every_field(string file) => Read(Text(file)).Should().NotBeEmpty().And.NotContainNulls();

    [Theory]
    [InlineData("completions:", "completion:")]
    [InlineData("onExitCodes:", "onExitCode:")]
    [InlineData("backoffLimitPerIndex: 3", "backoffLimitPerIndex: three")]
    [InlineData("        privileged: true", "        priviledged: true")]
    public void A_wrong_field_is_found(string right, string wrong)
    {
        string text = Text("shards.yaml");
        text.Should().Contain(right);
        FluentActions.Invoking(() => Read(text.Replace(right, wrong, StringComparison.Ordinal))).Should().Throw<YamlException>();
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_mount_has_its_volume_and_what_is_secret_stands_in_a_secret(string file)
    {
        foreach (V1PodSpec pod in Read(Text(file)).OfType<V1Job>().Select(job => job.Spec.Template.Spec))
        {
            string[] volumes = [.. pod.Volumes.Select(volume => volume.Name)];
            V1Container[] containers = [.. pod.Containers, .. pod.InitContainers ?? []];
            containers.SelectMany(container => container.VolumeMounts ?? []).Select(mount => mount.Name).Distinct().Should()
                .BeEquivalentTo(volumes);
            containers.SelectMany(container => container.Env ?? [])
                .Where(variable => variable.Name.EndsWith("_KEY", StringComparison.Ordinal) || variable.Name == "TANDEM_POSTGRES").Should()
                .NotContain(variable => variable.Value != null || variable.ValueFrom.SecretKeyRef == null);
            pod.RestartPolicy.Should().Be("Never");
            pod.AutomountServiceAccountToken.Should().BeFalse();
        }
    }

    [Theory]
    [MemberData(nameof(Workers))]
    public void The_engine_is_a_sidecar_and_alone_is_privileged(string file)
    {
        V1PodSpec pod = Job(file).Spec.Template.Spec;
        V1Container engine = pod.InitContainers.Should().ContainSingle().Subject;
        engine.RestartPolicy.Should().Be("Always");
        engine.SecurityContext.Privileged.Should().BeTrue();
        engine.StartupProbe.Should().NotBeNull("the run begins when the engine answers");
        V1Container tandem = pod.Containers.Should().ContainSingle().Subject;
        tandem.SecurityContext.Privileged.Should().NotBe(true);
        tandem.SecurityContext.AllowPrivilegeEscalation.Should().BeFalse();
        engine.Args.Should().Contain($"--host={Value(tandem, "DOCKER_HOST")}");
    }

    [Theory]
    [MemberData(nameof(Workers))]
    public void An_interruption_is_recorded_and_only_what_may_pass_is_tried_again(string file)
    {
        V1JobSpec job = Job(file).Spec;
        job.CompletionMode.Should().Be("Indexed");
        job.Completions.Should().Be(job.Parallelism);
        job.PodReplacementPolicy.Should().Be("Failed");
        job.BackoffLimitPerIndex.Should().BePositive("the action FailIndex needs it");
        job.Template.Spec.TerminationGracePeriodSeconds.Should().BeGreaterThan(120, "a run that is stopped takes up to two minutes");
        job.PodFailurePolicy.Rules[0].Action.Should().Be("Ignore");
        job.PodFailurePolicy.Rules[0].OnPodConditions.Should().ContainSingle(condition => condition.Type == "DisruptionTarget");
        job.PodFailurePolicy.Rules.Skip(1).Should().OnlyContain(rule => rule.OnExitCodes.ContainerName == "tandem");
        job.PodFailurePolicy.Rules.SelectMany(rule => rule.OnExitCodes?.Values ?? []).Should().NotContain([1, 4, 130]);
    }

    [Fact]
    public void Shards_are_as_many_as_pods_and_workers_are_none()
    {
        V1Job shards = Job("shards.yaml");
        Value(shards.Spec.Template.Spec.Containers[0], "TANDEM_SHARDS").Should().Be($"{shards.Spec.Completions}");
        V1Container worker = Job("workers.yaml").Spec.Template.Spec.Containers[0];
        Value(worker, "TANDEM_SHARD").Should().Be("1/1");
        Value(worker, "TANDEM__Run__Claims").Should().Be("postgres");
    }

    private static string Text(string file) => File.ReadAllText(Path.Combine(s_folder, file));

    private static V1Job Job(string file) => Read(Text(file)).OfType<V1Job>().Single();

    private static List<object> Read(string text) => KubernetesYaml.LoadAllFromString(text, typeMap: null, strict: true);

    private static string? Value(V1Container container, string name) => container.Env.Single(variable => variable.Name == name).Value;
}
