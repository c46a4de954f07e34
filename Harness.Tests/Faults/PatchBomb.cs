using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Tandem.Harness.Tests.Faults;

/// <summary>A new file of text, so long and so dull that git's binary patch of it takes a thousandth of its length.</summary>
internal sealed class PatchBomb
{
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    private const int BytesOfLine = 52;
    private readonly string _body;

    /// <param name="megabytes">The length of the file.</param>
    public PatchBomb(int megabytes)
    {
        byte[] piece = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string('x', 1023) + "\n", 1024)));
        long size = (long)megabytes * piece.Length;
#pragma warning disable CA5350 // The name of a blob.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {size}\0")));
        using var packed = new MemoryStream();
        using (var zip = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int i = 0; i < megabytes; i++)
            {
                hash.AppendData(piece);
                zip.Write(piece);
            }
        }
        string name = Convert.ToHexStringLower(hash.GetHashAndReset());
        _body = string.Create(CultureInfo.InvariantCulture,
            $"new file mode 100644\nindex {new string('0', 40)}..{name}\nGIT binary patch\nliteral {size}\n{Encode(packed.ToArray())}\n");
    }

    /// <summary>The section of a file.</summary>
    public string File(string path) => $"diff --git a/{path} b/{path}\n{_body}";

    /// <summary>As git does it: each line begins with its length, and four bytes are five digits of base 85.</summary>
    private static string Encode(byte[] bytes)
    {
        var text = new StringBuilder();
        foreach (byte[] line in bytes.Chunk(BytesOfLine))
        {
            text.Append((char)(line.Length <= 26 ? 'A' + line.Length - 1 : 'a' + line.Length - 27));
            foreach (byte[] four in line.Chunk(4))
            {
                uint number = 0;
                for (int i = 0; i < 4; i++)
                    number = (number << 8) | (i < four.Length ? four[i] : 0u);
                char[] five = new char[5];
                for (int i = 4; i >= 0; i--, number /= 85)
                    five[i] = Digits[(int)(number % 85)];
                text.Append(five);
            }
            text.Append('\n');
        }
        return text.ToString();
    }
}
