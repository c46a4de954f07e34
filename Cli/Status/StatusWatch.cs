using Tandem.Cli.Live;

namespace Tandem.Cli.Status;

/// <summary><c>--watch</c>: looks again every second.</summary>
internal static class StatusWatch
{
    /// <summary>It ends when it has found nothing running so many times in a row: between two cases there is a moment in which none
    /// runs.</summary>
    private const int IdleLooks = 3;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>Until nothing runs, or Ctrl-C.</summary>
    /// <param name="output">Where a terminal is drawn over; elsewhere each look is written below the last.</param>
    /// <param name="isJson">Whether the looks are lines for programs.</param>
    /// <param name="look">Gives the text of one look, and whether something runs.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    public static async Task<int> RunAsync(TextWriter output, bool isJson, Func<CancellationToken, Task<(string Text, bool Runs)>> look,
        CancellationToken cancellationToken)
    {
        LiveRegion? region = Terminal.IsLive(output) && !isJson ? new LiveRegion(output, Terminal.Size) : null;
        try
        {
            for (int idle = 0; idle < IdleLooks;)
            {
                (string text, bool runs) = await look(cancellationToken);
                idle = runs ? 0 : idle + 1;
                if (region is not null)
                    region.Draw(LiveRegion.TextOf(text));
                // Where nothing is drawn over, the same lines are not printed again.
                else if (idle is 0 or 1)
                    await output.WriteAsync(text);
                await output.FlushAsync(cancellationToken);
                if (idle < IdleLooks)
                    await Task.Delay(s_pause, TimeProvider.System, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C is how one leaves; what is watched goes on.
        }
        finally
        {
            region?.Close(keep: true);
        }
        return ExitCodes.Ok;
    }
}
