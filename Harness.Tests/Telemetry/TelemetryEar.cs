using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Tandem.Harness.Telemetry;

namespace Tandem.Harness.Tests.Telemetry;

/// <summary>Hears the spans that a test causes, and all metrics of the process: other tests run beside it.</summary>
internal sealed class TelemetryEar : IDisposable
{
    private readonly Activity _root;
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ConcurrentQueue<Measured> _measured = new();
    private readonly ActivityListener _traces = new()
    {
        ShouldListenTo = source => source.Name == Instrumentation.Name,
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
    };

    private readonly MeterListener _metrics = new();

    /// <summary>Listens from now on to what its caller's flow does.</summary>
    public TelemetryEar()
    {
        // Before the listener: spans of tests beside this one may end at once.
        _root = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        _traces.ActivityStopped = span =>
        {
            if (span.TraceId == _root.TraceId)
                _spans.Enqueue(span);
        };
        ActivitySource.AddActivityListener(_traces);
        _metrics.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != Instrumentation.Name)
                return;
            Instruments[instrument.Name] = instrument;
            listener.EnableMeasurementEvents(instrument);
        };
        _metrics.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _metrics.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _metrics.Start();
    }

    /// <summary>The meter's instruments by name.</summary>
    public ConcurrentDictionary<string, Instrument> Instruments { get; } = new();

    /// <summary>Spans of this test that have ended.</summary>
    public IReadOnlyList<Activity> Spans => [.. _spans];

    /// <summary>What any test measured meanwhile.</summary>
    public IReadOnlyList<Measured> Measurements => [.. _measured];

    /// <summary>Spans whose names begin with a word.</summary>
    public IReadOnlyList<Activity> Named(string word) => [.. Spans.Where(span => span.OperationName.Split(' ')[0] == word)];

    /// <summary>What one metric counted for one model.</summary>
    public IReadOnlyList<Measured> Of(string metric, string model) =>
        [.. Measurements.Where(one => one.Name == metric && Equals(one.Tags.GetValueOrDefault("gen_ai.request.model"), model))];

    public void Dispose()
    {
        _root.Stop();
        _traces.Dispose();
        _metrics.Dispose();
    }

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _measured.Enqueue(new Measured(instrument.Name, value, tags.ToArray().ToDictionary()));

    /// <summary>One measurement.</summary>
    public sealed record Measured(string Name, double Value, IReadOnlyDictionary<string, object?> Tags);
}
