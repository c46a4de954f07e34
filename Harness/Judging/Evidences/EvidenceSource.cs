using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Judging.Evidences;

/// <summary>
/// What the evidence of a run would be made from, by the digests that its record holds: without reading a file of the run, so that
/// thousands of judgements are classified at once. A file that was made again with the same bytes, and an evaluation
/// that was made again with the same counts, change nothing.
/// </summary>
internal static class EvidenceSource
{
    /// <summary>Raised when the builder makes other evidence of the same files.</summary>
    public const int BuilderVersion = 1;

    /// <summary>SHA-256 in lower-case hex.</summary>
    /// <param name="rubric">Says which parts, and how much of each.</param>
    /// <param name="run">The record that counts.</param>
    public static string DigestOf(Rubric rubric, RunRecord run)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"builder {BuilderVersion}\n");
        foreach ((EvidencePart part, int bytes) in rubric.Evidence)
        {
            text.Append(CultureInfo.InvariantCulture, $"{EnumNames.NameOf(part)} {bytes}\n");
            foreach (string line in Lines(part, run))
                text.Append(line).Append('\n');
        }
        foreach (string name in NameBlinder.Shown(run, rubric.Definition.Show))
            text.Append(name).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static IEnumerable<string> Lines(EvidencePart part, RunRecord run) => part switch
    {
        EvidencePart.Task => [run.Provenance.TaskDigest, run.Features.ToString()],
        EvidencePart.Conversation => Files(run, StoreLayout.ConversationFile),
        EvidencePart.Patches => run.Agents.SelectMany(agent => Files(run, StoreLayout.RawPatch(agent.AgentId))),
        EvidencePart.Merge =>
        [
            run.MergeOutcome is MergeOutcome outcome ? EnumNames.NameOf(outcome) : "",
            run.NaiveConflict?.ToString() ?? "",
            .. run.Agents.Select(agent => agent.ApplyStatus is ApplyStatus status ? EnumNames.NameOf(status) : ""),
            .. run.Agents.SelectMany(agent => Files(run, StoreLayout.RawPatch(agent.AgentId))),
        ],
        // Not what the tests printed: times stand in it, and each evaluation prints others.
        EvidencePart.Tests => run.Tests.Select(test => string.Create(CultureInfo.InvariantCulture,
            $"{test.FeatureId} {test.Passed} {test.TestsPassed} {test.TestsFailed} {test.ExitCode} {test.Reason}")),
        EvidencePart.Trajectory => Files(run, StoreLayout.TrajectoryFile),
        _ => throw new ArgumentOutOfRangeException(nameof(part), part, "No such part."),
    };

    private static IEnumerable<string> Files(RunRecord run, string name)
    {
        string counting = Revisions.NameIn(run, name);
        return run.Artifacts.Where(artifact => artifact.Path == counting).Select(artifact => artifact.Sha256).DefaultIfEmpty("none");
    }
}
