using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Analysis.Data;

/// <summary>What is known of one case.</summary>
/// <param name="caseId">The case.</param>
/// <param name="isPlanned">Whether the plan has it.</param>
internal sealed class CaseResults(CaseId caseId, bool isPlanned) : CaseHistory<AttemptResult>(caseId)
{
    public bool IsPlanned { get; } = isPlanned;
}
