using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tandem.Records.Cases;

/// <summary>One of the parts into which an experiment's cases are divided, so that machines which share nothing can run them:
/// <c>3/16</c>.</summary>
public sealed record Shard
{
    /// <summary>The most shards of one experiment.</summary>
    public const int MostShards = 10_000;

    /// <exception cref="FormatException">The count is not from 1 to <see cref="MostShards"/>, or the number not from 1 to the
    /// count.</exception>
    public Shard(int number, int count)
    {
        if (count is < 1 or > MostShards)
            throw new FormatException(string.Create(CultureInfo.InvariantCulture,
                $"{count} is no number of shards: there are from 1 to {MostShards}."));
        if (number < 1 || number > count)
            throw new FormatException(string.Create(CultureInfo.InvariantCulture,
                $"There is no shard {number} of {count}: the first is 1/{count}, the last {count}/{count}."));
        (Number, Count) = (number, count);
    }

    /// <summary>From 1 to <see cref="Count"/>.</summary>
    public int Number { get; }

    /// <summary>How many shards there are.</summary>
    public int Count { get; }

    /// <summary>Reads a shard as <see cref="ToString"/> writes it.</summary>
    /// <exception cref="FormatException">The text is something else; the message says what is wrong with it.</exception>
    public static Shard Parse(string text)
    {
        string[] parts = (text ?? "").Split('/');
        return parts.Length == 2 && TryNumber(parts[0], out int number) && TryNumber(parts[1], out int count)
            ? new Shard(number, count)
            : throw new FormatException($"'{text}' is not a shard. A shard is a number and how many there are, as in 3/16.");
    }

    /// <summary>As <see cref="Parse"/>, without saying what is wrong.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Shard? shard)
    {
        try
        {
            shard = text is null ? null : Parse(text);
        }
        catch (FormatException)
        {
            shard = null;
        }
        return shard is not null;
    }

    /// <summary>
    /// The shard of a case by its id alone: the first 8 bytes of the SHA-256 of the id's UTF-8, read as an unsigned number with the highest
    /// byte first, modulo the count, plus 1. Stores rest on it: it never changes.
    /// </summary>
    /// <param name="caseId">The case's id as text.</param>
    /// <param name="count">How many shards there are, from 1.</param>
    public static int NumberByHash(string caseId, int count) =>
        (int)(BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(caseId))) % (ulong)count) + 1;

    /// <summary>As <c>3/16</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}/{Count}");

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
