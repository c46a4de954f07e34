using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Tandem.Records.Cases;

/// <summary>
/// Numbers that are drawn from a text: the same text gives the same numbers on every machine and with every version of .NET, which
/// <see cref="Random"/> does not promise. The generator is xoshiro256**, its state the SHA-256 of the text.
/// </summary>
public sealed class StableRandom
{
    private readonly ulong[] _state = new ulong[4];

    public StableRandom(string text)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        for (int i = 0; i < _state.Length; i++)
            _state[i] = BinaryPrimitives.ReadUInt64LittleEndian(hash.AsSpan(8 * i));
    }

    /// <summary>A number from 0 to below 1, in steps of 2^-53.</summary>
    public double Next() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number from 0 to below the bound; its bias is below bound / 2^64.</summary>
    public int Below(int bound) => (int)Math.BigMul(NextBits(), (ulong)bound, out _);

    private ulong NextBits()
    {
        ulong[] s = _state;
        ulong result = BitOperations.RotateLeft(s[1] * 5, 7) * 9;
        ulong shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = BitOperations.RotateLeft(s[3], 45);
        return result;
    }
}
