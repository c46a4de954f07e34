using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Tandem.Harness.Agents.Simulated;

/// <summary>
/// Numbers that are drawn from a text: the same text gives the same numbers on every machine and with every version of .NET. The generator
/// is xoshiro256**, its state the SHA-256 of the text.
/// </summary>
internal sealed class StableRandom
{
    private readonly ulong[] _state = new ulong[4];

    public StableRandom(string text)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        for (int i = 0; i < _state.Length; i++)
            _state[i] = BinaryPrimitives.ReadUInt64LittleEndian(hash.AsSpan(8 * i));
    }

    /// <summary>The next number, from 0 up to but not 1.</summary>
    public double Next() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    private ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_state[1] * 5, 7) * 9;
        ulong shifted = _state[1] << 17;
        _state[2] ^= _state[0];
        _state[3] ^= _state[1];
        _state[1] ^= _state[2];
        _state[0] ^= _state[3];
        _state[2] ^= shifted;
        _state[3] = BitOperations.RotateLeft(_state[3], 45);
        return result;
    }
}
