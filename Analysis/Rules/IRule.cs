using Tandem.Analysis.Data;

namespace Tandem.Analysis.Rules;

internal enum Severity
{
    /// <summary>To be known; the rule still holds.</summary>
    Warning,

    /// <summary>The rule does not hold.</summary>
    Error,
}

/// <summary>One thing that a rule found.</summary>
/// <param name="Where">A case id, or <c>file(line)</c>.</param>
/// <param name="What">What is the matter there.</param>
/// <param name="Severity">How much it matters.</param>
internal sealed record Finding(string Where, string What, Severity Severity = Severity.Error)
{
    /// <summary><c>where: what</c>.</summary>
    public override string ToString() => $"{Where}: {What}";

    /// <summary>Whether it may be only that a part of the plan was not run yet.</summary>
    public bool IsUnfinished { get; init; }

    /// <summary>A finding about one record, with the place where it stands.</summary>
    public static Finding At(AttemptResult record, string what) => new(record.CaseId.ToString(), $"{what} [{record.Place}]");
}

/// <summary>What a rule says about a dataset.</summary>
/// <param name="Findings">In the order of the cases.</param>
/// <param name="Note">The figures that belong to the rule, in half a line.</param>
/// <param name="Details">Further lines: tables.</param>
internal sealed record RuleOutcome(IReadOnlyList<Finding> Findings, string Note, IReadOnlyList<string> Details)
{
    public RuleOutcome(IEnumerable<Finding> findings, string note, params IReadOnlyList<string> details)
        : this([.. findings], note, details)
    {
    }

    /// <summary>Whether the rule holds: warnings do not break it.</summary>
    public bool Passed => Errors == 0;

    public int Errors => Findings.Count(f => f.Severity == Severity.Error);
}

/// <summary>What every rule says of itself.</summary>
internal interface INamedRule
{
    /// <summary>Its name in reports and tests, for example <c>DATA-01</c>.</summary>
    string Id { get; }

    /// <summary>What must be true, as a sentence without its full stop.</summary>
    string Title { get; }

    /// <summary>What to do where it is not.</summary>
    string Remedy { get; }

    /// <summary>Whether it reads the attempts' files, and not only the run files and the names and sizes of what they name.</summary>
    bool IsDeep => false;
}

/// <summary>A rule about what was collected, which is stale as soon as a record is added.</summary>
internal interface IResultsRule;

/// <summary>Something that must be true of every store of pair runs.</summary>
internal interface IRule : INamedRule
{
    RuleOutcome Check(Dataset dataset);
}
