using Tandem.Harness.Configuration;

namespace Tandem.Harness.Admission.Postgres;

/// <summary>How long a worker's connection lives without a sign of it, and what follows from that.</summary>
/// <param name="Life">The server ends a session that was silent for so long, and with it all claims; a worker that is gone keeps its cases
/// for as long.</param>
/// <param name="Beat">The pause between two signs of life; a small part of <paramref name="Life"/>.</param>
/// <param name="Patience">For how long a worker waits for a server that does not answer.</param>
internal sealed record SessionTimes(TimeSpan Life, TimeSpan Beat, TimeSpan Patience)
{
    /// <summary>20 s, 2 s, and as long as a paused run is patient.</summary>
    public static SessionTimes Of(RunSettings settings) =>
        new(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(settings.PatienceMinutes));
}
