using Tandem.Analysis.Data;

namespace Tandem.Analysis.Rules.Deep;

/// <summary>A rule about records and the files of their attempts, looked at one by one.</summary>
internal abstract class DeepRule : IRule
{
    public abstract string Id { get; }

    public abstract string Title { get; }

    public abstract string Remedy { get; }

    public bool IsDeep => true;

    public RuleOutcome Check(Dataset dataset) => DeepPass.Run(dataset, [this])[0];

    /// <summary>Looks at one record. Called from several threads at once.</summary>
    /// <param name="attempt">The record and its files.</param>
    /// <param name="findings">Takes what is at fault.</param>
    /// <returns>How much was looked at: what <see cref="Note"/> counts.</returns>
    public abstract int Look(AttemptFiles attempt, ICollection<Finding> findings);

    /// <summary>Says how much was looked at.</summary>
    public abstract string Note(int looked);
}
