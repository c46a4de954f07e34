namespace Tandem.Harness.Evaluation;

/// <summary>The shell scripts that take an agent's patch. They run in the repository's folder, in whatever shell and git the image
/// has.</summary>
internal static class PatchScripts
{
    /// <summary>
    /// <c>take-patch BASE WORK MOST CACHES...</c>: leaves in <c>WORK/work_tree.patch</c> what was left out (a word and a path each, with a
    /// NUL behind), another NUL, and the difference of the work tree against the commit. A difference of more bytes than MOST is made again
    /// without what is large. A new file of more bytes is not even read, and no filter of the repository's configuration runs.
    /// </summary>
    // A copy of the index keeps what git knows of unchanged files; the agent's own index stays as it is. New files are added, ignored ones
    // are not. A file that cannot be read must not cost the others.
    public const string Take = """
        set -e
        base=$1 work=$2 most=$3
        shift 3
        index="$work/patch-index"
        rm -f "$index" "$index.lock" "$work/work_tree.patch" "$work/difference"
        own=$(git rev-parse --git-path index)
        git_dir=$(git rev-parse --absolute-git-dir)
        if [ -f "$own" ]; then cp "$own" "$index"; fi
        export GIT_INDEX_FILE="$index"
        : > "$work/left"

        # A filter of the repository's own configuration is a program of the agent's.
        git config -z --name-only --get-regexp '^filter\.' | tr '\0' '\n' > "$work/list" || :
        while IFS= read -r name; do
            export "GIT_CONFIG_KEY_$GIT_CONFIG_COUNT=$name" "GIT_CONFIG_VALUE_$GIT_CONFIG_COUNT="
            export GIT_CONFIG_COUNT=$((GIT_CONFIG_COUNT + 1))
        done < "$work/list"

        # Flags of the index and another work tree hide changes. Files that a sparse checkout left out are not there.
        git config --local --unset-all core.worktree || :
        git ls-files -v -z | tr '\0' '\n' | grep '^[a-zS] ' > "$work/list" || :
        while IFS= read -r entry; do
            git update-index --no-assume-unchanged -- "${entry#? }" || :
            if [ -e "${entry#? }" ] || [ -L "${entry#? }" ]; then git update-index --no-skip-worktree -- "${entry#? }" || :; fi
        done < "$work/list"

        # Notes a path, once.
        leave_out() {
            cut -d' ' -f2- "$work/left" | grep -qFx -e "$2" || printf '%s %s\n' "$1" "$2" >> "$work/left"
        }

        # What is larger than any patch is not read: a file may claim a million times what it takes on the disk. What the commit has so
        # large is the task's.
        find . -name .git -prune -o -type f -size +"${most}c" -print | sed 's:^\./::' > "$work/list" || :
        tr '\n' '\0' < "$work/list" | git check-ignore -z --stdin | tr '\0' '\n' > "$work/ignored" || :
        while IFS= read -r path; do
            if grep -qFx -e "$path" "$work/ignored"; then continue; fi
            size=$(git cat-file -s "$base:$path" 2> /dev/null) || size=0
            if [ "$size" -gt "$most" ]; then continue; fi
            set -- "$@" ":(exclude,literal)$path"
            leave_out too_large "$path"
        done < "$work/list"

        # Adds what can be added; fails only where nothing can.
        complete=yes
        add() {
            code=0
            git add -A --ignore-errors -- "$@" || code=$?
            case $code in 0) ;; 1) complete=no ;; *) return 1 ;; esac
        }
        add . "$@" || { rm -f "$index"; git read-tree "$base"; add . "$@"; }

        # Git as another repository has it.
        git_of() {
            (cd "$1" && shift && unset GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES && git "$@")
        }

        # The submodules of the commit stay as they are: no patch can carry what is inside.
        git ls-tree -r -z "$base" | tr '\0' '\n' | grep '^160000 ' > "$work/list" || :
        tab=$(printf '\t')
        while IFS= read -r entry; do
            path=${entry#*"$tab"}
            commit=${entry%%"$tab"*}
            commit=${commit##* }
            git update-index --add --cacheinfo "160000,$commit,$path" || :
            if [ -e "$path/.git" ]; then
                if [ "$(git_of "$path" rev-parse HEAD)" = "$commit" ] \
                    && [ -z "$(git_of "$path" status -s -uall -- . "$@")" ]; then continue; fi
            elif [ -d "$path" ] && [ -z "$(ls -A "$path")" ]; then
                continue
            fi
            leave_out submodule "$path"
        done < "$work/list"

        # Other repositories inside the work tree, and those inside these: the folder that makes one a repository is put aside, so that its
        # files are files as any others.
        : > "$work/nested"
        number=0
        found=yes
        while [ "$found" = yes ]; do
            found=no
            {
                git diff-index --cached --raw -z --no-renames "$base" -- | tr '\0' '\n' \
                    | while IFS= read -r entry && IFS= read -r path; do
                        case $entry in ":"??????" 160000 "*) printf '%s\n' "$path" ;; esac
                    done
                if [ "$complete" = no ]; then
                    git ls-files --others --exclude-standard --directory -z -- . "$@" | tr '\0' '\n' | sed -n 's:/$::p'
                fi
            } > "$work/list"
            while IFS= read -r path; do
                if [ ! -e "$path/.git" ] || cut -d' ' -f2- "$work/left" | grep -qFx -e "$path"; then continue; fi
                found=yes
                git update-index --force-remove -- "$path"
                if [ -f "$path/.git" ] && grep -q '^gitdir: .*\.git/worktrees/' "$path/.git"; then
                    leave_out linked_work_tree "$path"
                    continue
                fi
                number=$((number + 1))
                if rm -rf "$git_dir/tandem-nested-$number" && mv "$path/.git" "$git_dir/tandem-nested-$number"; then
                    printf '%s\n' "$path" >> "$work/nested"
                    add ":(literal)$path" "$@"
                else
                    leave_out not_readable "$path"
                fi
            done < "$work/list"
        done

        # What could not be added, because of what it is: where a file can be read and not be kept, it is the disk that fails.
        if [ "$complete" = no ]; then
            git ls-files --others --modified --exclude-standard -z -- . "$@" | tr '\0' '\n' > "$work/list"
            while IFS= read -r path; do
                if [ -f "$path" ] && [ -r "$path" ]; then git hash-object -w --no-filters -- "$path" > "$work/probe"; fi
                leave_out not_readable "${path%/}"
            done < "$work/list"
        fi

        # As git diff, but deaf to what the repository configures for people's eyes (context, prefixes, colours).
        make_difference() {
            git diff-index --cached -p --binary --full-index --no-renames --no-ext-diff --no-textconv "$base" -- . "$@" > "$work/difference"
        }
        is_too_large() {
            [ "$(wc -c < "$work/difference")" -gt "$most" ]
        }
        make_difference "$@"
        if is_too_large && [ -s "$work/nested" ]; then
            while IFS= read -r path; do
                git rm --cached -r -q -f --ignore-unmatch -- "$path"
                leave_out too_large "$path"
            done < "$work/nested"
            make_difference "$@"
        fi
        if is_too_large; then
            git diff-index --cached --name-only --diff-filter=A -z --no-renames "$base" -- | tr '\0' '\n' > "$work/list"
            while IFS= read -r path; do
                if [ -f "$path" ] && [ "$(wc -c < "$path")" -gt 1048576 ]; then
                    git update-index --force-remove -- "$path"
                    leave_out too_large "$path"
                fi
            done < "$work/list"
            make_difference "$@"
        fi
        { tr '\n' '\0' < "$work/left"; printf '\0'; cat "$work/difference"; } > "$work/work_tree.patch"
        """;

    /// <summary>The same for a sandbox whose disk is full: what git must write goes into memory, beside the repository's own objects. The
    /// patch is on the standard output.</summary>
    public const string TakeInMemory = """
        memory=$(mktemp -d /dev/shm/tandem-XXXXXX) || exit 1
        trap 'rm -rf "$memory"' EXIT
        export GIT_ALTERNATE_OBJECT_DIRECTORIES="$(cd "$(git rev-parse --git-path objects)" && pwd)" GIT_OBJECT_DIRECTORY="$memory"
        commit=$1
        shift 2
        set -- "$commit" "$memory" "$@"
        exec 3>&1 >&2

        """ + Take + """

        cat "$memory/work_tree.patch" >&3
        """;

    /// <summary><c>check BASE FILE INDEX</c>: exit code 0 if the patch applies to the commit by the rule of the evaluation, 1 if it does
    /// not, another one if that cannot be known.</summary>
    public const string Check = """
        base=$1 file=$2
        export GIT_INDEX_FILE="$3"
        rm -f "$3" "$3.lock"
        git read-tree "$base" || exit 3
        git apply --cached --check --whitespace=nowarn "$file" && exit 0
        said=$(git apply --cached --3way --whitespace=nowarn "$file" 2>&1) && exit 0
        case $said in
            *"cannot be used together"*) exit 3 ;;
            *) exit 1 ;;
        esac
        """;
}
