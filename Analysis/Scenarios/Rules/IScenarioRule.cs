using Tandem.Analysis.Rules;

namespace Tandem.Analysis.Scenarios.Rules;

/// <summary>Something that must be true of every store of scenarios.</summary>
internal interface IScenarioRule : INamedRule
{
    RuleOutcome Check(ScenarioDataset dataset);
}
