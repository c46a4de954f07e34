namespace Tandem.Harness.Evaluation;

/// <summary>
/// The shell scripts that work on the repository, one call each, since a call costs more than what git does in it. They take what varies as
/// arguments, work in the repository's folder, print facts to the standard output, one per line, and leave what git says to the standard
/// error.
/// </summary>
internal static class EvaluationScripts
{
    /// <summary><c>reset BASE KIB</c>: the work tree as the commit has it, whatever a runner left there. Leftovers elsewhere are a fault if
    /// they leave less than so much free on the disk.</summary>
    public const string Reset = Functions + """

        # What df does not say is not held against anybody.
        has_room() {
            df -Pk . /tmp | {
                read -r _
                while read -r _ _ _ free _; do
                    [ "$free" -ge "$1" ] || exit 1
                done
            }
        }

        restore "$1" || stop git
        has_room "$2" || stop disk
        report done
        """;

    /// <summary>
    /// <c>merge WORK DIFF AGENT...</c>: applies <c>WORK/patchN.patch</c> of each agent to a commit of its own on top of HEAD, then merges
    /// the others into the last agent's, and leaves the difference to the base in <c>WORK/merged.patch</c>, unless neither merge works, and
    /// in <c>DIFF</c>, unless it is empty.
    /// </summary>
    public const string Merge = Functions + """

        work=$1
        diff=$2
        shift 2
        base=$(git rev-parse --verify --quiet 'HEAD^{commit}') || stop repository
        report base "$base"
        restore "$base" || stop git

        # One commit per agent. Only the patch's own paths are staged; what a failed patch left is removed.
        number=0
        commits=
        for agent; do
            number=$((number + 1))
            patch=$work/patch$number.patch
            echo "# patch of $agent"
            if [ "$number" -gt 1 ]; then
                git checkout --quiet --force --detach "$base" || stop git
            fi
            if [ ! -s "$patch" ]; then
                report patch skipped
            elif git apply --index --whitespace=nowarn "$patch" || git apply --3way --whitespace=nowarn "$patch"; then
                report patch applied
            else
                can_write || stop disk
                restore "$base" || stop git
                report patch failed
            fi
            git commit --quiet --allow-empty --message "$agent" || stop git
            last=$(git rev-parse HEAD) || stop git
            commits="$commits $last"
        done

        # Starts where the last agent's commit was made.
        merge_others() {
            for commit in $commits; do
                if [ "$commit" != "$last" ]; then
                    git merge --no-commit --no-ff "$commit" || return 1
                    git commit --quiet --allow-empty --message merge || stop git
                fi
            done
        }

        # The attributes file of the git folder outweighs every .gitattributes, and is no part of any commit.
        merge_by_union() {
            attributes=$(git rev-parse --git-path info/attributes) || stop git
            mkdir -p "${attributes%/*}" || stop git
            if [ -f "$attributes" ]; then
                cp "$attributes" "$work/attributes" || stop git
                printf '\n' >> "$attributes" || stop git
            fi
            printf '* merge=union\n' >> "$attributes" || stop git
            restore "$last" || stop git
            merge_others
            merged=$?
            if [ -f "$work/attributes" ]; then
                cp "$work/attributes" "$attributes" || stop git
            else
                rm -f "$attributes"
            fi
            return "$merged"
        }

        is_merged=yes
        if [ "$number" -gt 1 ]; then
            echo "# naive merge"
            if merge_others; then
                report naive clean
            else
                can_write || stop disk
                report naive conflict
                echo "# union merge"
                if merge_by_union; then
                    report union clean
                else
                    can_write || stop disk
                    report union conflict
                    is_merged=no
                fi
            fi
        fi

        if [ "$is_merged" = yes ]; then
            # As git diff, but deaf to what the repository configures for people's eyes (context, prefixes, colours).
            git diff-tree -p -M --binary --full-index --no-ext-diff --no-textconv "$base" HEAD > "$work/merged.patch" || stop git
            report size $(wc -c < "$work/merged.patch")
            if [ -s "$work/merged.patch" ]; then
                cp "$work/merged.patch" "$diff" || stop git
            fi
        fi
        report done
        """;

    private const string Functions = """
        set -u
        exec 3>&1 1>&2

        report() {
            printf '%s\n' "$*" >&3
        }

        # A full disk is found by writing, not by reading messages.
        can_write() {
            dd if=/dev/zero of="$git_dir/tandem-probe" bs=65536 count=16 2> /dev/null
            can=$?
            rm -f "$git_dir/tandem-probe"
            return "$can"
        }

        stop() {
            if [ "$1" = git ] && ! can_write; then
                report fault disk
            else
                report fault "$1"
            fi
            exit 1
        }

        # A runner that was killed leaves locks; a runner that merged leaves its merge.
        restore() {
            rm -f "$git_dir"/*.lock
            find "$git_dir/refs" -name '*.lock' -exec rm -f {} +
            git checkout --quiet --force --detach "$1" && git reset --quiet --hard "$1" && { git clean --quiet -fdx || :; }
        }

        # Patches write below this folder: no program is taken from there.
        search_path=
        set -f
        IFS=:
        for folder in $PATH; do
            case $folder in
                "$PWD" | "$PWD"/*) ;;
                /*) search_path=$search_path:$folder ;;
            esac
        done
        unset IFS
        set +f
        PATH=${search_path#:}

        git_dir=$(git rev-parse --absolute-git-dir) || stop repository
        """;
}
