using System.Text;
using FluentAssertions;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Sandboxes.Docker;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>Images that are not as others: their user is not root, or they lack what every task needs.</summary>
public sealed class ImageUserTests(TinyTasks tiny) : DockerTestBase, IClassFixture<TinyTasks>
{
    private const string OfAnotherUser = "RUN chown -R 1500 /workspace\nUSER 1500\n";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-user-test-");
    private readonly List<string> _made = [];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
        foreach (string reference in _made)
            await Engine.RemoveImageAsync(reference, evenIfUsed: true, CancellationToken.None);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task An_image_whose_user_is_not_root_gets_patches_and_verdicts()
    {
        const string Link = "RUN cd /workspace/repo && rm .git/index.lock && ln -s /etc/passwd link && git add link && "
            + "git -c user.name=a -c user.email=a@example.invalid -c core.hooksPath=/dev/null -c commit.gpgSign=false commit -qm link\n";
        SandboxImage image = await MakeAsync(Link + OfAnotherUser);
        CodingTask task = tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "TEN"));
        TakenPatch patch;
        await using (ISandbox agent = await CreateAsync(spec => spec with { Image = image }))
        {
            string baseCommit = await ImageCheck.ReadBaseCommitAsync(agent, Token);
            (await PrintAsync(agent, "id -u")).Should().Be("1500\n");
            await PrintAsync(agent, """
                rm -f .git/index.lock; git checkout -q -f .; rm untracked.txt
                sed -i 's/^one$/ONE/; s/^ten$/TEN/' numbers.txt
                echo hidden > hidden.txt; chmod 000 hidden.txt
                """);
            patch = await PatchTaker.TakeAsync(agent, baseCommit, Token);
        }
        Encoding.UTF8.GetString(patch.Content).Should().Contain("+ONE").And.Contain("+TEN").And.NotContain("hidden");
        patch.LeftOut.Should().Equal([new PatchOmission("hidden.txt", OmissionReason.NotReadable)]);

        EvaluationResult result = await new Evaluator(Provider, TimeProvider.System).EvaluateAsync(
            new EvaluationRequest
            {
                CaseId = new CaseId(Setting.Solo, task.Repo, task.TaskId, FeatureSet.Create([1, 2]), 0),
                Task = task,
                Patches = [new AgentPatch("solo", patch.Content)],
                Sandbox = Spec() with { Image = image },
                RunnerTimeLimit = TimeSpan.FromSeconds(60),
            },
            Token);

        result.Error.Should().BeNull();
        result.Report.Tests.Select(test => test.Passed).Should().Equal([true, true], result.Report.MergeOutput);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task Folders_of_files_that_are_put_can_be_written_by_the_images_user()
    {
        await using ISandbox sandbox = await CreateAsync(await MakeAsync(OfAnotherUser));
        string folder = sandbox.Paths.Scratch + "/one/two";

        await sandbox.PutFilesAsync([new SandboxFile(folder + "/file", "text"u8.ToArray())], Token);

        (await PrintAsync(sandbox, $"cd {folder} && echo more > beside && cat file beside && cd .. && touch this"))
            .Should().Be("textmore\n");
    }

    [Theory(Timeout = BackstopMs)]
    [Long]
    [InlineData("RUN rm -f /usr/bin/git\n", "The image has no git, which takes and applies patches.")]
    [InlineData("RUN rm -f /usr/bin/bash\n", "The image has no bash, which runs runner.sh.")]
    [InlineData("RUN rm -f /usr/bin/dash /usr/bin/sh\n", "No program can be run in the image. It must have /bin/sh, timeout and cat")]
    [InlineData("RUN rm -f /usr/bin/timeout\n", "No program can be run in the image. It must have /bin/sh, timeout and cat")]
    // A program of another processor is one that the kernel does not know.
    [InlineData("RUN printf '\\177ELF\\002\\001\\001' > /timeout && chmod 755 /timeout && mv /timeout /usr/bin/timeout\n",
        "No program can be run in the image.")]
    [InlineData("RUN rm -rf /workspace/repo/.git\n", "The image has no git repository with a commit at /workspace/repo")]
    [InlineData("USER 1500\n", "The image's user (1500) cannot write to /workspace/repo, where agents and tests must.")]
    [InlineData(OfAnotherUser + "USER root\nRUN chown root '/workspace/repo/a folder'\nUSER 1500\n",
        "The image's user (1500) cannot write to a folder, where")]
    [InlineData(OfAnotherUser + "USER root\nRUN chown root /workspace/repo/list.txt\nUSER 1500\n",
        "The image's user (1500) cannot write to list.txt, where")]
    public async Task What_an_image_lacks_is_said_before_an_agent_begins(string lines, string expected)
    {
        await using ISandbox sandbox = await CreateAsync(await MakeAsync(lines));

        Func<Task> reading = () => ImageCheck.ReadBaseCommitAsync(sandbox, Token);

        SandboxException fault = (await reading.Should().ThrowAsync<SandboxException>()).Which;
        fault.Fault.Should().Be(SandboxFault.Image, fault.Message);
        fault.Message.Should().StartWith(expected);
    }

    private async Task<ISandbox> CreateAsync(SandboxImage image) => await CreateAsync(spec => spec with { Image = image });

    /// <summary>An image of the tiny repository, with further lines in its Dockerfile.</summary>
    private async Task<SandboxImage> MakeAsync(string lines)
    {
        foreach ((string path, byte[] content) in tiny.ImageFiles())
        {
            string file = Path.Combine(_folder.FullName, "task", path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, content, Token);
        }
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "Dockerfile"),
            $"FROM {DockerEngine.BaseImage}\nCOPY task /opt/task\nRUN bash /opt/task/setup.sh\nWORKDIR /workspace/repo\n{lines}", Token);
        string name = $"tandem-test-{Guid.NewGuid().ToString("N")[..12]}:task1";
        SandboxImage image = await Provider.PrepareImageAsync(
            new SandboxImageSource(name, _folder.FullName, "sha256:0123456789abcdef0123456789abcdef", AllowsProcessSandbox: false), Token);
        _made.Add(image.Reference);
        return image;
    }
}
