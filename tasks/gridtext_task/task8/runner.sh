#!/usr/bin/env bash
# Runs the tests of one feature: runner.sh TESTS_PATCH [FEATURE_PATCH]
# The names are relative to TANDEM_PATCHES (default /patches); the repository is TANDEM_REPO (default /workspace/repo).
# Leaves the repository as it was committed. Exit status 0: the patches applied and all tests passed.
set -e

tests_patch=$1
feature_patch=$2
repo=${TANDEM_REPO:-/workspace/repo}
patches=${TANDEM_PATCHES:-/patches}

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export PYTHONDONTWRITEBYTECODE=1

if [ -z "$tests_patch" ]; then
    echo "usage: runner.sh TESTS_PATCH [FEATURE_PATCH]" >&2
    exit 1
fi
for name in "$tests_patch" ${feature_patch:+"$feature_patch"}; do
    if [ ! -f "$patches/$name" ]; then
        echo "runner.sh: no patch $patches/$name" >&2
        exit 1
    fi
done

restore() {
    git reset --quiet --hard HEAD
    git clean --quiet -fdx
}

apply() {
    echo "Applying $1"
    git apply "$patches/$1" || git apply --3way "$patches/$1"
}

scratch=$(mktemp -d)
finish() {
    restore
    rm -rf "$scratch"
}

cd "$repo"
trap finish EXIT
restore
if [ -n "$feature_patch" ]; then
    apply "$feature_patch"
fi
apply "$tests_patch"

# The harness has a time limit of its own, so that systems without timeout(1) can run the tests too.
limit=
if command -v timeout > /dev/null; then
    limit="timeout 300"
fi

# Exit status 0 is no proof: the library runs in the same process and can end it, with a summary that it has printed itself. So the tests have
# passed only if this program has come to its end: it then hands a token back by descriptor 8, which it has read from 9. It is the first to
# import the test program, without the repository in the path, and leaves before anything of the library's runs at exit.
run_tests=$(cat << 'END'
import os, sys, unittest
leave, read, write = os._exit, os.read, os.write
sys.path.insert(0, os.getcwd())
arguments = ["python -m unittest", "discover", "-v", "-s", "tests", "-t", "."]
result = unittest.main(module=None, argv=arguments, exit=False).result
sys.stdout.flush()
sys.stderr.flush()
if not result.wasSuccessful() or result.testsRun == 0:
    leave(1)
write(8, read(9, 100))
leave(0)
END
)
token=$(od -An -N16 -tx1 /dev/urandom)

echo "Running the tests"
$limit python3 -I -B -c "$run_tests" 8> "$scratch/finished" 9<<< "$token"
if [ -z "$token" ] || [ "$(cat "$scratch/finished")" != "$token" ]; then
    echo "runner.sh: the tests ended before they were done" >&2
    exit 1
fi
