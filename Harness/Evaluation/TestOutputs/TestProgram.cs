namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>The summary of one kind of test program, looked for in the lines of an output as they come.</summary>
internal abstract class TestProgram
{
    /// <summary>The sessions so far, added up; null if there was none.</summary>
    public virtual TestCounts? Counts { get; private set; }

    /// <summary>Takes the next line.</summary>
    public abstract void Read(string line);

    /// <summary>Adds a session.</summary>
    protected void Add(TestCounts session) => Counts = Counts?.Plus(session) ?? session;
}
