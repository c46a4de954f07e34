using System.Globalization;
using Tandem.Harness.Messaging;

namespace Tandem.Harness.Agents.Channel;

/// <summary>The shell side of <see cref="CommandChannel"/>. Plain POSIX sh with mkfifo, mktemp and base64, which coreutils and busybox
/// bring. A request is a folder; its FIFO <c>reply</c> says that the answer is there.</summary>
internal static class ChannelScripts
{
    // $1: folder of the commands, $2: folder of the mail, $3 and $4: the commands. Prints the search path that commands of the sandbox
    // have.
    public const string Install = """
        set -e
        umask 0
        mkdir -p "$1" "$2/new"
        [ -p "$2/bell" ] || mkfifo "$2/bell"
        command -v base64 >/dev/null
        command -v mktemp >/dev/null
        printf '%s' "$3" > "$1/send_message"
        printf '%s' "$4" > "$1/read_messages"
        chmod 755 "$1/send_message" "$1/read_messages"
        printf '%s\n' "$PATH"
        """;

    // $1: folder of the commands, $2: 'system' or 'home'. Makes login shells find the commands: /etc/profile of most images sets PATH
    // anew. In a container as root, by a file of profile.d and by links in /usr/local/bin, which is on every usual path; else by the
    // profile of a home that is the sandbox's own. A program of the image's that has the name stays.
    public const string ForLoginShells = """
        set -e
        umask 022
        line="case \":\$PATH:\" in *\":$1:\"*) ;; *) PATH=\"$1:\$PATH\"; export PATH ;; esac"
        if [ "$2" = home ]; then
          printf '%s\n' "$line" >> "$HOME/.profile"
          exit
        fi
        mkdir -p /usr/local/bin
        for name in send_message read_messages; do
          [ -e "/usr/local/bin/$name" ] || [ -L "/usr/local/bin/$name" ] || ln -s "$1/$name" "/usr/local/bin/$name"
        done
        [ ! -d /etc/zsh ] || printf '%s\n' "$line" >> /etc/zsh/zprofile
        if grep -qs profile.d /etc/profile; then
          mkdir -p /etc/profile.d
          printf '%s\n' "$line" > /etc/profile.d/zz-tandem.sh
        else
          printf '\n%s\n' "$line" >> /etc/profile
        fi
        """;

    // $1: folder of the mail, $2: bytes of the longest message. Prints a line per request: name, what is asked (kind, seconds to wait or
    // '-', process), recipient and text, all but the name in base64 (nothing is '='). Whatever runs in the sandbox can write there, so of
    // each file only as much is read as counts, and only of files.
    public const string Listen = """
        mail=$1 most=$2
        exec 3<>"$mail/bell"
        part() {
          if [ -f "$1" ]; then head -c "$2" < "$1" | base64 | tr -d '\n'; fi
        }
        tell() {
          case $1 in '') return ;; *[!A-Za-z0-9]*) printf -- '-\n'; return ;; esac
          new=$mail/new/$1
          [ -e "$new/request" ] && [ ! -e "$new/told" ] || return 0
          asked=$(part "$new/request" 100)
          to=$(part "$new/to" 300)
          text=$(part "$new/text" "$most")
          printf '%s %s %s %s\n' "$1" "${asked:-=}" "${to:-=}" "${text:-=}"
          : 1<> "$new/told"
        }
        echo ready
        for folder in "$mail/new"/*; do [ ! -e "$folder" ] || tell "${folder##*/}"; done
        while read -r name <&3; do tell "$name"; done
        """;

    // $0: the number of a piece or 'end', $1: the request's folder, $2: the piece of the answer in base64, or the exit code. May be run
    // again.
    public const string Answer = """
        [ -d "$1" ] || exit 0
        case $0 in
          end) echo "$2" 1<>"$1/reply" ;;
          *) printf %s "$2" | base64 -d > "$1/answer.$0" ;;
        esac
        """;

    // $0: the request's folder, $1: the process that asked. Whether it still waits: a process that was killed leaves its folder behind.
    public const string Waits = """
        [ -d "$0" ] && { kill -0 "$1" 2>/dev/null || [ -d "/proc/$1" ]; } && ! grep -qs '^State:.Z' "/proc/$1/status"
        """;

    // What somebody may have left in the bell ends before the name. The FIFO is opened before the listener can see the request: an answer
    // that comes before anybody holds the FIFO is lost.
    private const string Ask = """
        mkfifo "$folder/reply" || exit 2
        exec 4<>"$folder/reply"
        new=$mail/new/${folder##*.}
        mv "$folder" "$new" || exit 2
        folder=$new
        printf '\n%s\n' "${folder##*/}" 1<>"$mail/bell"
        read -r code <&4
        cat "$folder"/answer.*
        rm -rf "$folder"
        exit "$code"

        """;

    public static string Send(string mail) => $$"""
        #!/bin/sh
        mail='{{mail}}'
        most={{Mailroom.MaxMessageBytes.ToString(CultureInfo.InvariantCulture)}}
        usage() {
          echo "usage: send_message RECIPIENT [--wait SECONDS] [TEXT ...]" >&2
          echo "Without TEXT, the message is read from standard input. With --wait, an answer is waited for and printed." >&2
          echo "Exit codes: 0 sent (and answered), 1 not sent, 2 wrong use, 3 sent but not answered." >&2
          exit 2
        }
        to='' wait=- has_to='' has_text='' rest=''
        folder=$(mktemp -d "$mail/tmp.XXXXXX") || exit 2
        trap 'rm -rf "$folder"' EXIT
        while [ $# -gt 0 ]; do
          if [ -z "$rest" ]; then
            case $1 in
              --) rest=1; shift; continue ;;
              --wait) [ $# -gt 1 ] || usage; wait=$2; shift 2; continue ;;
              --wait=*) wait=${1#--wait=}; shift; continue ;;
              --help|-h) usage ;;
            esac
          fi
          if [ -z "$has_to" ]; then
            to=$1 has_to=1
          else
            [ -z "$has_text" ] || printf ' ' >> "$folder/text"
            printf '%s' "$1" >> "$folder/text"
            has_text=1
          fi
          shift
        done
        [ -n "$has_to" ] || usage
        case $wait in -) ;; ''|.|*[!0-9.]*|*.*.*) echo "--wait takes a number of seconds, not '$wait'" >&2; exit 2 ;; esac
        [ -n "$has_text" ] || head -c $((most + 1)) > "$folder/text"
        size=$(wc -c < "$folder/text")
        if [ "$size" -gt "$most" ]; then
          echo "not sent: the message is longer than $most bytes, the most that is taken" >&2
          exit 1
        fi
        printf '%s' "$to" > "$folder/to"
        printf 'send %s %s\n' "$wait" "$$" > "$folder/request"

        """ + Ask;

    public static string Read(string mail) => $$"""
        #!/bin/sh
        mail='{{mail}}'
        if [ $# -gt 0 ]; then
          echo "usage: read_messages" >&2
          exit 2
        fi
        folder=$(mktemp -d "$mail/tmp.XXXXXX") || exit 2
        trap 'rm -rf "$folder"' EXIT
        : > "$folder/to"
        : > "$folder/text"
        printf 'read - %s\n' "$$" > "$folder/request"

        """ + Ask;
}
