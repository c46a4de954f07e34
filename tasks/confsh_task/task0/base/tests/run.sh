#!/bin/sh
# Runs the tests: every function test_* of the files tests/test_*.sh, each in a shell and an empty directory of its own.
# Prints the result of each test and a summary; the status is 1 if a test failed or none was found.
# A test has passed when it has come to its end: its shell then hands back a token. A library that ends the shell passes nothing.
ROOT=$(cd "$(dirname "$0")/.." && pwd)
CONFSH_LIB=$ROOT/lib

# In the shell of one test: run.sh --one FILE FUNCTION. The token is read from descriptor 9 and handed back by 8.
if [ "${1-}" = --one ]; then
    . "$CONFSH_LIB/all.sh"

    # Whatever the library calls so, the tests mean the commands.
    unalias -a
    unset -f [ cat cd cp echo false grep kill ls mkdir mv printf read rm sed sh sort test tr true wc 2> /dev/null

    fail() { # MESSAGE
        printf '%s\n' "$1"
        exit 1
    }

    assert_equal() { # EXPECTED ACTUAL
        [ "$1" = "$2" ] || fail "expected: $1
but got:  $2"
    }

    assert_status() { # EXPECTED COMMAND...
        expected=$1
        shift
        "$@" > /dev/null 2>&1
        actual=$?
        [ "$expected" = "$actual" ] || fail "expected status $expected of: $*
but got: $actual"
    }

    . "$2"
    "$3"
    IFS= read -r token <&9
    printf '%s\n' "$token" >&8
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run_test() { # FILE FUNCTION
    rm -rf "$work/test"
    mkdir "$work/test"
    token=$(od -An -N16 -tx1 /dev/urandom)
    [ -n "$token" ] || return 1
    (
        cd "$work/test" || exit 1
        exec sh "$ROOT/tests/run.sh" --one "$1" "$2"
    ) > "$work/output" 2>&1 8> "$work/finished" 9<<END || return 1
$token
END
    [ "$(cat "$work/finished")" = "$token" ]
}

passing=0
failing=0
: > "$work/failures"
for file in "$ROOT"/tests/test_*.sh; do
    group=$(basename "$file" .sh)
    printf '\n  %s\n' "${group#test_}"
    for name in $(sed -n 's/^\(test_[a-z0-9_]*\)().*/\1/p' "$file"); do
        title=$(printf '%s' "${name#test_}" | tr _ ' ')
        if run_test "$file" "$name"; then
            passing=$((passing + 1))
            printf '    ✓ %s\n' "$title"
        else
            failing=$((failing + 1))
            printf '    %s) %s\n' "$failing" "$title"
            {
                printf '\n  %s) %s: %s\n' "$failing" "${group#test_}" "$title"
                sed 's/^/     /' "$work/output"
            } >> "$work/failures"
        fi
    done
done

printf '\n  %s passing\n' "$passing"
if [ "$failing" -gt 0 ]; then
    printf '  %s failing\n' "$failing"
    cat "$work/failures"
fi
[ "$failing" -eq 0 ] && [ "$passing" -gt 0 ]
