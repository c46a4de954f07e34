using System.Buffers;
using System.Security.Cryptography;
using Tandem.Records.Store;

namespace Tandem.Analysis.Merging;

/// <summary>How the bytes of two files compare.</summary>
internal enum Likeness
{
    Same,

    /// <summary>The second begins with all of the first, and goes on.</summary>
    FirstIsShorter,

    /// <summary>The first begins with all of the second, and goes on.</summary>
    SecondIsShorter,

    Different,
}

/// <summary>Compares and hashes files, whatever their size.</summary>
internal static class FilePair
{
    private const int BufferBytes = 128 * 1024;

    /// <param name="first">A file.</param>
    /// <param name="firstLength">How much of it is looked at, in bytes.</param>
    /// <param name="second">Another.</param>
    /// <param name="secondLength">How much of it is looked at.</param>
    public static Likeness Compare(string first, long firstLength, string second, long secondLength)
    {
        long common = Math.Min(firstLength, secondLength);
        byte[] one = ArrayPool<byte>.Shared.Rent(BufferBytes);
        byte[] other = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using FileStream from = RegularFile.OpenOwn(first);
            using FileStream to = RegularFile.OpenOwn(second);
            for (long at = 0; at < common;)
            {
                int part = (int)Math.Min(BufferBytes, common - at);
                from.ReadExactly(one, 0, part);
                to.ReadExactly(other, 0, part);
                if (!one.AsSpan(0, part).SequenceEqual(other.AsSpan(0, part)))
                    return Likeness.Different;
                at += part;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(one);
            ArrayPool<byte>.Shared.Return(other);
        }
        return firstLength == secondLength ? Likeness.Same
            : firstLength < secondLength ? Likeness.FirstIsShorter : Likeness.SecondIsShorter;
    }

    /// <summary>The digest of the first bytes of a file, lower-case hex.</summary>
    public static string Sha256(string path, long length)
    {
        using FileStream stream = RegularFile.OpenOwn(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long rest = length; rest > 0;)
            {
                int read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, rest));
                if (read == 0)
                    break;
                hash.AppendData(buffer, 0, read);
                rest -= read;
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Where the last whole line ends, in bytes; 0 if there is none.</summary>
    public static long WholeLines(string path)
    {
        using FileStream stream = RegularFile.OpenOwn(path);
        byte[] buffer = new byte[4096];
        for (long end = stream.Length; end > 0;)
        {
            int part = (int)Math.Min(buffer.Length, end);
            stream.Position = end - part;
            stream.ReadExactly(buffer, 0, part);
            int feed = buffer.AsSpan(0, part).LastIndexOf((byte)'\n');
            if (feed >= 0)
                return end - part + feed + 1;
            end -= part;
        }
        return 0;
    }
}
