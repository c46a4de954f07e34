using Tandem.Harness.Sandboxes;

namespace Tandem.Bench.Sandboxes;

/// <summary>What a case asked of one sandbox, cut where processes were reset or a command had a process of its own: enough to do the same
/// work over again without the harness.</summary>
internal sealed class SandboxTrace
{
    private readonly Lock _gate = new();
    private readonly List<Stretch> _stretches = [new Stretch()];

    /// <summary>The stretches, one after the other.</summary>
    public IReadOnlyList<Stretch> Stretches => _stretches;

    public void Put(IReadOnlyList<SandboxFile> files)
    {
        lock (_gate)
            _stretches[^1].Files.AddRange(files);
    }

    public void Run(ExecRequest request)
    {
        lock (_gate)
        {
            if (!request.OwnProcess)
            {
                _stretches[^1].Commands.Add(request);
                return;
            }
            _stretches[^1].OwnProcess = request;
            _stretches.Add(new Stretch());
        }
    }

    public void Reset()
    {
        lock (_gate)
            _stretches[^1].BeginsWithRestart = true;
    }

    /// <summary>Files, the commands that work with them in the session, and what then had a process of its own.</summary>
    internal sealed class Stretch
    {
        public bool BeginsWithRestart { get; set; }

        public List<SandboxFile> Files { get; } = [];

        public List<ExecRequest> Commands { get; } = [];

        public ExecRequest? OwnProcess { get; set; }
    }
}
