using System.Buffers.Binary;

namespace Tandem.Harness.Gateway.Relays;

/// <summary>
/// What travels over the input and output of the program in a sandbox: 4 bytes of the connection's number, 1 byte of <see cref="Kind"/>, 4
/// bytes of the payload's length, the payload. Numbers are big-endian. The program counts connections from 1.
/// </summary>
/// <param name="Connection">The connection; 0 is the program itself.</param>
/// <param name="Kind">What it says: one of the constants below.</param>
/// <param name="Payload">At most <see cref="MaxPayload"/> bytes; valid until the next frame is read.</param>
internal readonly record struct RelayFrame(uint Connection, byte Kind, ReadOnlyMemory<byte> Payload)
{
    public const int HeaderSize = 9;

    /// <summary>Bytes in one frame.</summary>
    public const int MaxPayload = 64 * 1024;

    /// <summary>Bytes that each side may send on a connection before the other has passed them on. It bounds what either side keeps of one
    /// whose reader is slow; on an engine 50 ms away it still allows 5 MB/s. The programs hold the same number.</summary>
    public const int Window = 256 * 1024;

    /// <summary>Connections at once. The programs hold the same number.</summary>
    public const int MostConnections = 256;

    /// <summary>From the program, once: it listens. The payload is the port in decimal digits.</summary>
    public const byte Ready = (byte)'P';

    /// <summary>From the program: a client has connected.</summary>
    public const byte Open = (byte)'O';

    /// <summary>Bytes.</summary>
    public const byte Data = (byte)'D';

    /// <summary>No more bytes come in this direction; the other goes on.</summary>
    public const byte End = (byte)'E';

    /// <summary>The connection is gone, in both directions.</summary>
    public const byte Reset = (byte)'R';

    /// <summary>So many bytes more may be sent in the other direction; the payload is the number, in 4 bytes.</summary>
    public const byte Credit = (byte)'C';

    /// <summary>Writes the header of a frame.</summary>
    public static void WriteHeader(Span<byte> target, uint connection, byte kind, int length)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, connection);
        target[4] = kind;
        BinaryPrimitives.WriteInt32BigEndian(target[5..], length);
    }

    /// <summary>A frame of credit, whole.</summary>
    public static byte[] OfCredit(uint connection, int bytes)
    {
        byte[] frame = new byte[HeaderSize + sizeof(int)];
        WriteHeader(frame, connection, Credit, sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(HeaderSize), bytes);
        return frame;
    }

    /// <summary>A frame without a payload, whole.</summary>
    public static byte[] OfKind(uint connection, byte kind)
    {
        byte[] frame = new byte[HeaderSize];
        WriteHeader(frame, connection, kind, 0);
        return frame;
    }
}
