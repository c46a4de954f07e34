using System.Globalization;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;

namespace Tandem.Cli.Images;

/// <summary>Does something with the images of tasks, several at once, and prints a line for each and a sum of all.</summary>
/// <param name="output">Gets the lines.</param>
/// <param name="time">The clock.</param>
/// <param name="counts">The words of the sum, in their order; an outcome counts under the word it names.</param>
internal sealed class TaskLines(TextWriter output, TimeProvider time, params string[] counts)
{
    private const string Failed = "failed";
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _counted = counts.Append(Failed).ToDictionary(word => word, _ => 0);

    /// <summary>How many tasks are counted under a word.</summary>
    public int this[string word] => _counted[word];

    /// <summary>Does it; a task that fails does not keep the others from being done.</summary>
    /// <param name="tasks">The tasks.</param>
    /// <param name="most">How many at once.</param>
    /// <param name="work">Does it for one; a <see cref="SandboxException"/> is the task's failure.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether none failed.</returns>
    public async Task<bool> RunAsync(IReadOnlyList<CodingTask> tasks, int most,
        Func<CodingTask, CancellationToken, Task<TaskLine>> work, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = most, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(tasks, parallel, async (task, token) => await DoAsync(task, work, token));
        string counted = string.Join(", ", _counted.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Value} {one.Key}")));
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{tasks.Count} {(tasks.Count == 1 ? "task" : "tasks")}: {counted} in {time.GetElapsedTime(started).TotalSeconds:0.0} s"));
        return _counted[Failed] == 0;
    }

    private async Task DoAsync(CodingTask task, Func<CodingTask, CancellationToken, Task<TaskLine>> work,
        CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        try
        {
            TaskLine line = await work(task, cancellationToken);
            lock (_gate)
            {
                _counted[line.CountsAs ?? line.Word]++;
                Print(line.Word, task, line.Reference, started);
            }
        }
        catch (SandboxException exception)
        {
            lock (_gate)
            {
                _counted[Failed]++;
                Print("FAILED", task, task.Image.Name, started);
                output.WriteLine("  " + exception.Message.ReplaceLineEndings(output.NewLine + "  "));
            }
        }
    }

    private void Print(string outcome, CodingTask task, string reference, long started) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{outcome,-8} {task}  {reference}  {time.GetElapsedTime(started).TotalSeconds:0.0} s"));
}

/// <summary>What came of one task.</summary>
/// <param name="Word">What its line begins with.</param>
/// <param name="Reference">The image.</param>
/// <param name="CountsAs">The word of the sum; null is <paramref name="Word"/>.</param>
internal sealed record TaskLine(string Word, string Reference, string? CountsAs = null);
