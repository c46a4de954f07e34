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

cd "$repo"
trap restore EXIT
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

echo "Running the tests"
$limit python3 -B -m unittest discover -v -s tests -t .
