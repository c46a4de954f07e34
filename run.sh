#!/bin/sh
# The front door: builds what has changed, then runs Tandem. `./run.sh --help` says what it can do; run.ps1 is its twin.
# Both keep one stamp and one lock.
set -eu
{ : <&0; } 2>/dev/null || exec </dev/null # a closed standard input would become the first file that is opened

script=$0
while [ -L "$script" ]; do
    target=$(readlink "$script")
    case $target in /*) script=$target ;; *) script=$(dirname "$script")/$target ;; esac
done
home=$(cd "$(dirname "$script")" && pwd -P)
program=$home/Cli/bin/Debug/net10.0/Tandem.Cli.dll
stamp=$home/Cli/obj/run.stamp # lists what the last good build was made of, and is as old as its start

command -v dotnet >/dev/null || {
    echo "run.sh: there is no 'dotnet' on the PATH. Install the .NET SDK 10 or newer: https://dotnet.microsoft.com/download" >&2
    exit 4
}

# What a build reads: every file but products, stores, tasks, texts and what Slurm's tasks print. Further arguments narrow the list.
sources() (
    cd "$home" && find . \( -name bin -o -name obj -o -name TestResults -o -path './.*' -type d -o -path ./results -o -path ./tasks -o -path ./experiments -o -path ./agents \) -prune \
        -o -type f ! -name '*.md' ! -name 'run.*' ! -name 'slurm-*.out' "$@" -print | LC_ALL=C sort
)

is_built() {
    [ -f "$program" ] && [ -f "$stamp" ] && sources | cmp -s - "$stamp" && [ -z "$(sources -newer "$stamp")" ]
}

build() {
    sdk=$(cd "$home" && dotnet --version 2>/dev/null) || sdk=none
    [ "${sdk%%.*}" -ge 10 ] 2>/dev/null || {
        echo "run.sh: the .NET SDK 10 or newer is needed, there is: $sdk. Install it: https://dotnet.microsoft.com/download" >&2
        exit 4
    }
    echo "Building ..." >&2
    sources >"$stamp.new"
    # As dotnet build, but says nothing if all is well.
    (cd "$home" && dotnet msbuild Tandem.slnx -restore -v:quiet -nologo) >&2 || {
        echo "run.sh: the build failed; the errors are above." >&2
        exit 1
    }
    mv "$stamp.new" "$stamp"
}

is_built || {
    mkdir -p "$home/Cli/obj"
    # Two builds at once would write the same files: the second waits, and finds nothing to do.
    exec 9>"$home/Cli/obj/run.lock"
    if command -v flock >/dev/null && ! flock -n 9; then
        echo "Waiting for another build ..." >&2
        flock 9
    fi
    is_built || build 9>&-
    exec 9>&-
}
TANDEM_BUILT_BY=run.sh exec dotnet "$program" "$@"
