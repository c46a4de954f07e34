using System.Globalization;
using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Sessions;

namespace Tandem.Harness.Sandboxes.Docker.Commands;

/// <summary>
/// Kills all that one command started, and nothing else: every process with its marker in the environment, their children, and the process
/// sessions that they lead. What cleared its environment, left the session and lost its parent escapes.
/// </summary>
internal static class MarkerKill
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    // $1: the marker. Exit code 0: nothing of it lives. All are stopped before the first is killed: what is stopped cannot start another,
    // and remains the parent of those it started. A killed process is a zombie with an empty environment until its parent has taken notice.
    private const string Script =
        """
        marker=$1
        table() {
          for stat in /proc/[0-9]*/stat; do
            read -r line <"$stat" 2>/dev/null || continue
            set -- "${line%% *}" ${line##*) }
            echo "$1 $3 $5"
          done
        }
        grow() {
          for path in $(grep -lszxF "$marker" /proc/[0-9]*/environ); do
            pid=${path#/proc/}; pid=${pid%/environ}
            case $found in *" $pid "*) ;; *) found="$found$pid " ;; esac
          done
          [ "$found" = ' ' ] && return
          table=$(table)
          grown=1
          while [ $grown = 1 ]; do
            grown=0
            while read -r pid parent session; do
              case $found in *" $pid "*) continue ;; esac
              case $found in *" $parent "* | *" $session "*) found="$found$pid "; grown=1 ;; esac
            done <<END
        $table
        END
          done
        }
        round=0
        while [ $round -lt 40 ]; do
          round=$((round + 1))
          found=' '
          stopped=
          while :; do
            grow
            [ "$found" = "$stopped" ] && break
            stopped=$found
            kill -STOP $found 2>/dev/null
          done
          [ "$found" = ' ' ] && exit 0
          kill -KILL $found 2>/dev/null
        done
        exit 1
        """;

    /// <summary>Kills and looks until none is left.</summary>
    /// <returns>False if some may live: no process could be made for it, or they multiply faster than they can be killed.</returns>
    public static async Task<bool> KillAsync(EngineClient engine, TimeProvider time, string containerId, string? user, string marker)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        var request = new ContainerExecCreateParameters
        {
            Cmd = ["/bin/sh", "-c", Script, "sh", string.Create(CultureInfo.InvariantCulture, $"{SessionScript.Marker}={marker}")],
            // The command's own: another user's environment cannot be read without a capability that is dropped, not even by root. Children
            // that changed their user are found by parent and session.
            User = user ?? "",
            WorkingDir = "/",
        };
        var output = new CommandOutput(new ExecRequest { Command = [.. request.Cmd], KeepBytes = 4096 });
        CommandEnd end = await new PlainExec(engine, time).RunAsync(containerId, request, stdin: null, output, limit.Token, limit.Token);
        return end is CommandEnd.Exited { Code: 0 };
    }
}
