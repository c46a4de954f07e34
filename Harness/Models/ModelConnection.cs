using Tandem.Harness.Configuration;

namespace Tandem.Harness.Models;

/// <summary>The way to the model: one per process, shared by all cases.</summary>
public sealed class ModelConnection : IChatModel, IDisposable
{
    private ModelConnection() => Endpoint = "";

    /// <summary>The endpoint, without anything secret.</summary>
    public string Endpoint { get; }

    /// <summary>Takes the key out of texts.</summary>
    public SecretFilter Secrets { get; } = SecretFilter.None;

    /// <summary>Opens the way; nothing is sent yet.</summary>
    /// <exception cref="SettingsException">The settings are not usable.</exception>
    public static ModelConnection Open(ModelSettings settings, Func<string, string?> variable, PriceTable prices, TimeProvider clock) => throw new NotImplementedException();

    /// <summary>What is missing for a use of the model, as a sentence that says what to set; null if nothing is.</summary>
    public static string? WhyUnusable(ModelSettings settings, Func<string, string?> variable) => throw new NotImplementedException();

    /// <inheritdoc />
    public Task<ChatReply> CompleteAsync(ChatRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc />
    public void Dispose()
    {
    }
}
