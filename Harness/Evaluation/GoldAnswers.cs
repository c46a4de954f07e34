using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Evaluation;

/// <summary>
/// Whether the tests of features pass with their gold patches, and how many, kept as long as the store lives: one file for each task,
/// feature, runner and image. Safe for concurrent use, also by several processes.
/// </summary>
/// <param name="folder">Where the files are; it is made when the first is written. Null keeps nothing.</param>
/// <param name="clock">For the times of the answers.</param>
public sealed class GoldAnswers(string? folder, TimeProvider clock)
{
    /// <summary>How often a gold patch must fail before it is not asked again: a network that was down must not decide for good.</summary>
    public const int AsksBeforeFinal = 2;

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new();

    /// <summary>What decides the answer, as one digest. Everything that a run of the tests rests on is in it.</summary>
    internal static string KeyOf(EvaluationRequest request, int featureId, TaskFiles files, ReadOnlyMemory<byte> gold)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string about = string.Create(CultureInfo.InvariantCulture, $"{request.Task.Repo}/{request.Task.TaskId}/f{featureId} "
            + $"{request.Sandbox.Image.Id} {request.Sandbox.Network} {request.Sandbox.Limits} {request.RunnerTimeLimit}");
        ReadOnlyMemory<byte>[] parts = [Encoding.UTF8.GetBytes(about), files.Runner, files.Tests[featureId], gold];
        foreach (ReadOnlyMemory<byte> part in parts)
            digest.AppendData(SHA256.HashData(part.Span));
        return string.Create(CultureInfo.InvariantCulture,
            $"{request.Task.Repo}_{request.Task.TaskId}_f{featureId}_{Convert.ToHexStringLower(digest.GetHashAndReset())[..16]}");
    }

    /// <summary>The answer for a key: the kept one, or the one that <paramref name="ask"/> gives, which is kept. Nobody asks the same
    /// twice at once.</summary>
    /// <param name="key">See <see cref="KeyOf"/>.</param>
    /// <param name="need">What the answer is for.</param>
    /// <param name="ask">Runs the tests on the gold patch.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<GoldAnswer> GetAsync(string key, GoldNeed need, Func<Task<GoldRun>> ask, CancellationToken cancellationToken)
    {
        SemaphoreSlim gate = _gates.GetOrAdd(key, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellationToken);
        try
        {
            GoldAnswer? known = need == GoldNeed.Anew ? null : Find(key);
            if (known is { Passes: true } && (need != GoldNeed.Count || known.TestsPassed is not null)
                || known is { Passes: false, Asked: >= AsksBeforeFinal })
                return known;
            GoldRun run = await ask();
            // Asked for the sake of a count only, a flaky test does not take back that it has passed.
            if (known is { Passes: true } && !run.Passes)
                return known;
            int asked = (known?.Asked ?? 0) + 1;
            var answer = new GoldAnswer(RunRecord.CurrentSchemaVersion, run.Passes, asked, clock.GetUtcNow(), run.Evidence)
            {
                TestsPassed = run.TestsPassed,
            };
            Keep(key, answer);
            return answer;
        }
        finally
        {
            gate.Release();
        }
    }

    private GoldAnswer? Find(string key)
    {
        if (folder is null)
            return null;
        try
        {
            return StoreJson.Read<GoldAnswer>(RegularFile.ReadOwn(FileOf(key)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            // It can be asked for again.
            return null;
        }
    }

    private void Keep(string key, GoldAnswer answer)
    {
        if (folder is null)
            return;
        try
        {
            Directory.CreateDirectory(folder);
            DurableFile.Write(FileOf(key), StoreJson.ToFile(answer));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It can be asked for again.
        }
    }

    private string FileOf(string key) => Path.Combine(folder!, key + ".json");
}

/// <summary>What a gold patch is asked for.</summary>
internal enum GoldNeed
{
    /// <summary>Whether the tests pass with it.</summary>
    Verdict,

    /// <summary>The same, and a kept answer is put aside.</summary>
    Anew,

    /// <summary>How many tests pass with it.</summary>
    Count,
}

/// <summary>What the tests said of a gold patch.</summary>
/// <param name="Passes">Whether the feature passed.</param>
/// <param name="TestsPassed">Tests that passed; null where none were counted.</param>
/// <param name="Evidence">How the run ended, and the end of what it printed.</param>
internal sealed record GoldRun(bool Passes, int? TestsPassed, string Evidence);
