using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Sessions;

/// <summary>
/// Puts small files in through a shell session: an archive as text, unpacked by the sandbox's own <c>tar</c>. The engine starts itself anew
/// for each archive that it unpacks, which takes 60 ms of the processor; this takes 5. Only for sandboxes whose programs can be trusted.
/// Whatever is odd or fails is left to the engine's archive, which replaces what came half and says why it cannot be put either.
/// </summary>
internal static class SessionFileWriter
{
    // A bash that serves as sh reads its input byte by byte: beyond this the engine's archive is the cheaper way. As text it is one
    // argument, of at most 128 KiB, where printf is a program.
    private const int MostBytes = 96_000;
    // The heads and the rounding of an entry.
    private const int BytesOfEntry = 2560;
    private const int LongestName = 100;

    /// <summary>Whether they are few enough, and have names that every tar reads alike.</summary>
    public static bool CanTake(IReadOnlyList<SandboxFile> files) =>
        files.Sum(file => (long)file.Content.Length + BytesOfEntry) <= MostBytes
        && files.All(file => file.Path.Length <= LongestName && file.Path.All(c => c is > ' ' and <= '~'));

    /// <returns>False if that could not be done, or not be seen through: some may be there, whole or not.</returns>
    public static async Task<bool> TryPutAsync(
        ShellSessionPool sessions, IReadOnlyList<SandboxFile> files, DateTimeOffset modified, CancellationToken cancellationToken)
    {
        Stream archive = await new SandboxFilesTar(files, modified).PackAsync(cancellationToken);
        byte[] bytes = new byte[archive.Length];
        await using (archive) await archive.ReadExactlyAsync(bytes, cancellationToken);
        string text = Convert.ToBase64String(bytes);
        bool? isWhole = await sessions.AskAsync<bool?>(async (session, token) => await session.UnpackAsync(text, token), cancellationToken);
        return isWhole == true;
    }
}
