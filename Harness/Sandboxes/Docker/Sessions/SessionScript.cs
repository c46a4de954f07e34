using System.Text;

namespace Tandem.Harness.Sandboxes.Docker.Sessions;

/// <summary>
/// The script of a shell session. Plain POSIX sh, since images bring dash, busybox or bash.
/// <para>
/// The session keeps the reading ends of two FIFOs (3 and 4) whose names are gone. Each command writes into fresh writing ends of them, and
/// two <c>cat</c>s forward them to the session's own output until nobody holds a writing end any more (should somebody kill one, another
/// brings what is left, and the last line says again what may have gone down with it). When the command's main process has ended, the
/// session writes a secret and the exit code behind its output, which shows the harness where that output ends, although a background child
/// may hold the FIFO open and print on. Only when the <c>cat</c>s have ended too does the session take another command; until then the
/// child's pipe stays alive and the harness drops what comes.
/// </para>
/// <para>
/// The command runs in the foreground of a subshell (a background job would ignore SIGINT), in a process session of its own (<c>kill 0</c>
/// must not hit ours), with nothing of ours but the marker in its environment. If the program cannot be started, the shell that was to
/// become it signals the session on its way out, so that this differs from a program that exits with 127 itself (bash forgets to for a
/// path, hence the look before).
/// </para>
/// </summary>
internal static class SessionScript
{
    /// <summary>The variable that marks all processes that a command started.</summary>
    public const string Marker = Processes.ChildProcess.MarkerVariable;

    // What shells keep for themselves.
    private static readonly HashSet<string> Special =
    [
        "PWD", "OLDPWD", "IFS", "PPID", "UID", "EUID", "OPTIND", "OPTARG", "LINENO", "RANDOM", "SHELLOPTS", "BASHOPTS", "BASH_ENV", "ENV",
            "PS1", "PS2", "PS4", "_",
    ];

    /// <summary>Makes the folders that a sandbox has besides its repository, open to all users, and the hosts file of one without a
    /// network.</summary>
    public const string MakeFolders =
        $"umask 0 && mkdir -p {ContainerFolders.Patches} {ContainerFolders.Scratch} && {{ [ -s /etc/hosts ] || printf '{Hosts}' "
            + $">/etc/hosts; }}";

    // The engine's own says localhost for ::1 too, which it has switched off; here it is on, and would come first.
    private const string Hosts = @"127.0.0.1\tlocalhost\n::1\tip6-localhost ip6-loopback\n";

    // Programs are looked up when the session opens: an image's search path may lead into the repository, and what a patch brings there is
    // not to run here. $1: a name nobody guesses, for the FIFOs; $2: the secret of the answer.
    private const string Functions =
        """
        exec 5>&2 2>/dev/null
        tandem__open() {
          tandem__f=ok
          (tandem__folders) || tandem__f=lacks-folders
          for tandem__d in /dev/shm /tmp /tandem; do
            tandem__d=$tandem__d/tandem-$1
            if (umask 077; mkdir "$tandem__d" && mkfifo "$tandem__d/o" "$tandem__d/e"); then
              exec 7<>"$tandem__d/o" 3<"$tandem__d/o" 7>&-
              exec 7<>"$tandem__d/e" 4<"$tandem__d/e" 7>&-
              rm -r "$tandem__d"
              tandem__setsid=$(command -v setsid) || tandem__setsid=
              tandem__cat=$(command -v cat)
              trap 'tandem__n=1' USR1
              echo "$2 X $tandem__f"
              return
            fi
          done
          echo "$2 X unusable"
        }
        tandem__start='
          trap "kill -USR1 $PPID" EXIT
          cd -- "$1" || exit 127
          unset OLDPWD
          shift
          case $1 in
            */*) [ -x "$1" ] && [ ! -d "$1" ] || { echo "$1: no such program" >&2; exit 127; } ;;
          esac
          exec "$@"'
        tandem__read() {
          tandem__k=
          [ -r "$1" ] && while read -r tandem__a tandem__b; do
            [ "$tandem__a" = "$2" ] && tandem__k=$tandem__b
          done <"$1"
        }
        tandem__oom() {
          tandem__read /sys/fs/cgroup/memory/memory.oom_control oom_kill
          [ -n "$tandem__k" ] || tandem__read /sys/fs/cgroup/memory.events oom_kill
        }
        tandem__run() {
          tandem__s=$1; shift
          tandem__n=0
          exec 8>/proc/self/fd/3 9>/proc/self/fd/4
          $tandem__cat <&3 3<&- 4<&- 5>&- 8>&- 9>&- & tandem__p=$!
          $tandem__cat <&4 >&5 3<&- 4<&- 5>&- 8>&- 9>&- & tandem__q=$!
          tandem__oom
          echo "$tandem__s A $tandem__k"
          (
            trap 'kill -USR1 $$' EXIT
            tandem__env
            exec $tandem__setsid /bin/sh -c "$tandem__start" sh "$@" </dev/null >&8 2>&9 3<&- 4<&- 5>&- 8>&- 9>&-
          )
          tandem__r=$?
          tandem__oom
          tandem__r="$tandem__r $tandem__n $tandem__k"
          echo "$tandem__s X $tandem__r" >&8
          echo "$tandem__s X" >&9
          exec 8>&- 9>&-
          wait "$tandem__p" || $tandem__cat <&3 3<&- 4<&- 5>&-
          wait "$tandem__q" || $tandem__cat <&4 >&5 3<&- 4<&- 5>&-
          echo "$tandem__s R $tandem__r"
          echo "$tandem__s R" >&5
        }
        tandem__one() {
          tandem__k=
          [ -r "$1" ] && read -r tandem__k <"$1"
          [ -n "$tandem__k" ] && tandem__u="$tandem__u $2=$tandem__k"
        }
        tandem__field() {
          tandem__read "$1" "$2"
          [ -n "$tandem__k" ] && tandem__u="$tandem__u $3=$tandem__k"
        }
        tandem__use() {
          tandem__u=
          tandem__one /sys/fs/cgroup/memory/memory.max_usage_in_bytes peak
          tandem__one /sys/fs/cgroup/memory.peak peak
          tandem__one /sys/fs/cgroup/cpuacct/cpuacct.usage cpu_ns
          tandem__field /sys/fs/cgroup/cpu.stat usage_usec cpu_us
          tandem__field /sys/fs/cgroup/cpu/cpu.stat throttled_time throttled_ns
          tandem__field /sys/fs/cgroup/cpu.stat throttled_usec throttled_us
          tandem__field /sys/fs/cgroup/memory/memory.oom_control oom_kill oom
          tandem__field /sys/fs/cgroup/memory.events oom_kill oom
          echo "$1 X$tandem__u"
        }

        tandem__dir() {
          if [ -d "$2" ]; then echo "$1 X yes"; else echo "$1 X no"; fi
        }
        tandem__put() {
          tandem__read /proc/self/status Uid:
          case $tandem__k in
            0[!0-9]*)
              tandem__k=$(
                umask 022
                { { printf %s "$2" | base64 -d || echo no >&6; } | tar -xf - -C / >/dev/null || echo no >&6; } 6>&1 3<&- 4<&- 5>&-
              ) && [ -z "$tandem__k" ] && tandem__k=yes || tandem__k=no ;;
            *) tandem__k=no ;;
          esac
          echo "$1 X $tandem__k"
        }

        """;

    /// <summary>Opens the session; it answers with one line.</summary>
    public static string Open(string name, string secret) =>
        $"{Functions}tandem__folders() {{ {MakeFolders}; }}\ntandem__open {name} {secret}\n";

    /// <summary>Asks what the sandbox used; it answers with one line.</summary>
    public static string Use(string secret) => $"tandem__use {secret}\n";

    /// <summary>Asks whether a folder is there; it answers with <c>yes</c> or <c>no</c>.</summary>
    public static string Dir(string secret, string folder) =>
        new StringBuilder("tandem__dir ").Append(secret).Append(' ').AppendQuoted(folder).Append('\n').ToString();

    /// <summary>
    /// Unpacks a tar archive, given in base 64, at the root; it answers with <c>yes</c> or <c>no</c>. Only root's session does: files are
    /// root's, as those of the engine's archives are.
    /// </summary>
    public static string Put(string secret, string archive) => $"tandem__put {secret} {archive}\n";

    public static string Run(string secret, string workingDirectory, IEnumerable<KeyValuePair<string, string>> environment,
        IReadOnlyList<string> command)
    {
        var text = new StringBuilder("tandem__env() { export");
        foreach ((string name, string value) in environment)
            text.Append(' ').Append(name).Append('=').AppendQuoted(value);
        text.Append("; }\ntandem__run ").Append(secret).Append(' ').AppendQuoted(workingDirectory);
        foreach (string argument in command)
            text.Append(' ').AppendQuoted(argument);
        return text.Append('\n').ToString();
    }

    /// <summary>Whether the shell can set a variable of this name without meaning something else by it.</summary>
    public static bool CanSet(string name) =>
        name.Length > 0
        && !char.IsAsciiDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
        && !name.StartsWith("tandem__", StringComparison.Ordinal)
        && !Special.Contains(name);

    private static StringBuilder AppendQuoted(this StringBuilder text, string value) =>
        text.Append('\'').Append(value.Replace("'", "'\\''", StringComparison.Ordinal)).Append('\'');
}
