using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tandem.Records.Store;

/// <summary>Separates files from what only looks like one: whoever opens a FIFO waits until somebody else opens its other end, perhaps for
/// ever.</summary>
public static class RegularFile
{
    /// <summary>What to say of one that is none.</summary>
    public const string WhyNot = "It is a FIFO, a socket or a device, not a file.";

    private const int FoldersOfAttempt = 6; // setting, repository, task, features, seed, attempt
    private const long KeptMilliseconds = 100;
    private const int CurrentFolder = -100; // AT_FDCWD
    private const int OfLinkItself = 0x100; // AT_SYMLINK_NOFOLLOW
    private const uint TypeAlone = 0x1; // STATX_TYPE
    private const int StatxBytes = 256;
    private const int ModeOffset = 28; // stx_mode, in every architecture
    private const int TypeMask = 0xF000; // S_IFMT
    private const int Nothing = 0;
    private const int RegularType = 0x8000; // S_IFREG
    private const int FolderType = 0x4000; // S_IFDIR
    private const int LinkType = 0xA000; // S_IFLNK

    private const int NonBlockingOnLinux = 0x800; // O_NONBLOCK
    private const int NonBlockingOnMac = 0x4;
    private const int NoEntry = 2; // ENOENT
    private const int NotAFolder = 20; // ENOTDIR
    private const int NoSuchDevice = 6; // ENXIO: a socket, or a FIFO that nobody reads

    // Files of an attempt are read one after the other, and attempts of a repository too: folders above a file's own that were looked at a
    // moment ago are not looked at again.
    [ThreadStatic]
    private static (HashSet<string> Folders, long Since) t_sound;

    /// <summary>The FIFOs and sockets of a folder, all the way down; links are not followed.</summary>
    public static IEnumerable<string> NotIn(string folder) => new DirectoryInfo(folder)
        .EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
        .Where(file => file.Length == 0 && !Is(file.FullName))
        .Select(file => file.FullName);

    /// <summary>Whether something that is there can be read from its begin to its end. What may not be opened is for its reader to
    /// report.</summary>
    public static bool Is(string path)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return true;
        // Without opening it: that alone can act upon a device.
        if (TypeOf(path) is int type)
            return type is RegularType or FolderType or Nothing;
        int descriptor = Open(path, OperatingSystem.IsLinux() ? NonBlockingOnLinux : NonBlockingOnMac);
        if (descriptor < 0)
            return Marshal.GetLastPInvokeError() != NoSuchDevice;
        using var stream = new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read, bufferSize: 0);
        return stream.CanSeek;
    }

    /// <summary>What a path leads to, or, with <see cref="OfLinkItself"/>, what it is; null if that cannot be found out with one call, as
    /// of what this process may not see.</summary>
    private static int? TypeOf(string path, int flags = 0)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        Span<byte> buffer = stackalloc byte[StatxBytes];
        try
        {
            return Statx(CurrentFolder, path, flags, TypeAlone, ref MemoryMarshal.GetReference(buffer)) == 0
                ? BitConverter.ToUInt16(buffer[ModeOffset..]) & TypeMask
                : Marshal.GetLastPInvokeError() is NoEntry or NotAFolder ? Nothing : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The bytes of a file that a store holds itself.</summary>
    /// <exception cref="IOException">It cannot be read, or is a link, a FIFO, a socket or a device: a store that somebody else made would
    /// show files of this machine, or wait for ever.</exception>
    public static byte[] ReadOwn(string path)
    {
        RequireOwn(path);
        return File.ReadAllBytes(path);
    }

    /// <summary>Opens a file that a store holds itself; others may append to it meanwhile.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bufferSize">In bytes; 0 is none.</param>
    /// <exception cref="IOException">See <see cref="ReadOwn"/>.</exception>
    public static FileStream OpenOwn(string path, int bufferSize = 0)
    {
        RequireOwn(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize);
    }

    /// <summary>Whether a file is there that is neither a link nor anything else that only looks like a file.</summary>
    public static bool IsOwn(string path) => TypeOf(path, OfLinkItself) is int type
        ? type == RegularType && !IsBehindLink(path)
        : new FileInfo(path) is { Exists: true, LinkTarget: null } && Is(path) && !IsBehindLink(path);

    /// <summary>Whether a path may be read, or written where nothing is yet. What is not there, or a folder, is for its reader to
    /// report; a link to nowhere is none of these, since who writes through it makes a file elsewhere.</summary>
    /// <exception cref="IOException">See <see cref="ReadOwn"/>.</exception>
    public static void RequireOwn(string path)
    {
        bool isOwn = TypeOf(path, OfLinkItself) is int type
            ? type is Nothing or FolderType || (type == RegularType && !IsBehindLink(path))
            : new FileInfo(path) is { LinkTarget: null } file && (!file.Exists || (Is(path) && !IsBehindLink(path)));
        if (!isOwn)
            throw new IOException($"{path} is a link or no regular file, and a store holds only files of its own. Take it out.");
    }

    /// <summary>Whether a file of an attempt lies elsewhere than its path says: one of the folders from that of the case's setting down is
    /// a link. The folders above are for the store's owner to put on another disk.</summary>
    private static bool IsBehindLink(string path)
    {
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        int levels = FoldersOfAttempt;
        string? attempt = folder;
        if (Path.GetFileName(Path.GetDirectoryName(folder)) == StoreLayout.GatewayName)
        {
            levels += 2;
            attempt = Path.GetDirectoryName(Path.GetDirectoryName(folder));
        }
        if (Path.GetFileName(attempt)?.StartsWith(StoreLayout.AttemptPrefix, StringComparison.Ordinal) != true)
            return false;
        if (t_sound.Folders is null || Environment.TickCount64 - t_sound.Since > KeptMilliseconds)
            t_sound = ([], Environment.TickCount64);
        string? own = folder;
        for (; levels > 0 && folder is not null; levels--, folder = Path.GetDirectoryName(folder))
        {
            if (folder != own && t_sound.Folders.Contains(folder))
                continue;
            if (TypeOf(folder, OfLinkItself) is int type ? type == LinkType : new DirectoryInfo(folder).LinkTarget is not null)
                return true;
            t_sound.Folders.Add(folder);
        }
        return false;
    }

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, ref byte buffer);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
