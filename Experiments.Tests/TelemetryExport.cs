using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Tandem.Harness.Telemetry;

namespace Tandem.Experiments.Tests;

/// <summary>Sends traces and metrics where OpenTelemetry's usual variables say; without them, nothing is collected.</summary>
internal sealed class TelemetryExport : IDisposable
{
    private static readonly string[] s_endpoints =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];
    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;

    private TelemetryExport()
    {
        ResourceBuilder resource = ResourceBuilder.CreateDefault().AddService("tandem", serviceVersion: Instrumentation.HarnessVersion);
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Instrumentation.Name).AddOtlpExporter().Build();
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Instrumentation.Name).AddOtlpExporter().Build();
    }

    /// <summary>Starts, if a variable names an endpoint.</summary>
    public static TelemetryExport? Start() => s_endpoints.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
        ? new TelemetryExport() : null;

    /// <summary>Sends what is left; an endpoint that does not answer holds the end up for some seconds.</summary>
    public void Dispose()
    {
        _traces.Dispose();
        _metrics.Dispose();
    }
}
