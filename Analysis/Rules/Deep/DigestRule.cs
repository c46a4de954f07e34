using System.Security.Cryptography;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Rules.Deep;

/// <summary>Files are what they were when the record was written.</summary>
internal sealed class DigestRule : DeepRule
{
    public override string Id => "STORE-08";

    public override string Title => "Files have the digests that their records name";

    public override string Remedy =>
        "The file was changed after its record was written. './run.sh regenerate NAME' makes a derived one again, without an agent. A "
        + "patch, a trajectory or attempt.json cannot be made again: put it back from a copy.";

    public override int Look(AttemptFiles attempt, ICollection<Finding> findings)
    {
        int looked = 0;
        foreach (ArtifactDigest artifact in attempt.Record.Artifacts)
        {
            if (attempt.Read(artifact.Path) is not byte[] content)
                continue;
            looked++;
            string digest = Convert.ToHexStringLower(SHA256.HashData(content));
            if (digest != artifact.Sha256)
                findings.Add(Rules.Finding.At(attempt.Facts,
                    $"{artifact.Path} has the digest {digest[..12]}..., not {artifact.Sha256[..Math.Min(12, artifact.Sha256.Length)]}..."));
        }
        return looked;
    }

    public override string Note(int looked) => $"{looked} files hashed";
}
