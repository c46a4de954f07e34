#!/usr/bin/env bash
# Makes the repository of this task: some history of the library, ending at the task's base commit.
# TANDEM_REPO names the directory to make it in (default /workspace/repo). It must be absent or empty.
set -euo pipefail

base_commit=9d137016095a5ea4d9002f9a44e75c4ac801dee9

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=${TANDEM_REPO:-/workspace/repo}

if [ -e "$repo" ] && [ -n "$(ls -A "$repo")" ]; then
    echo "setup.sh: $repo is not empty; name an empty directory with TANDEM_REPO" >&2
    exit 1
fi

# Nothing of the caller's git may show in the commits, so that their hashes are the same everywhere.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_COMMON_DIR GIT_DEFAULT_HASH
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME="Confsh Maintainers" GIT_AUTHOR_EMAIL="maintainers@confsh.example"
export GIT_COMMITTER_NAME="$GIT_AUTHOR_NAME" GIT_COMMITTER_EMAIL="$GIT_AUTHOR_EMAIL"

hermetic_git() {
    git -C "$repo" -c core.hooksPath=/dev/null -c core.excludesFile=/dev/null -c core.attributesFile=/dev/null \
        -c core.autocrlf=false -c commit.gpgSign=false "$@"
}

commit() { # DATE MESSAGE PATH...
    hermetic_git add -- "${@:3}"
    GIT_AUTHOR_DATE=$1 GIT_COMMITTER_DATE=$1 hermetic_git commit --quiet --message "$2"
}

mkdir -p "$repo"
cp -R "$here/base/." "$repo"
find "$repo" -type f -exec chmod 644 {} +
chmod 755 "$repo/conf"
hermetic_git init --quiet --template= --initial-branch=main

commit "2023-11-06T18:40:00+0000" "Trim text" lib/strings.sh tests/run.sh tests/test_strings.sh
commit "2023-11-09T20:05:00+0000" "Read and write settings" lib tests/test_read.sh tests/test_write.sh
commit "2023-11-12T10:50:00+0000" "Add the command and the README" .

hermetic_git checkout --quiet --detach

made=$(hermetic_git rev-parse HEAD)
if [ "$made" != "$base_commit" ]; then
    echo "setup.sh: made commit $made, expected $base_commit; were the files in base/ changed (line endings)?" >&2
    exit 1
fi
