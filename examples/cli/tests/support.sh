# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What the tests of the tool apitoken share. The program that reads it has set tool, fake_clock and python.
# CASE='PATTERN' in the environment reports only the cases whose names match; the steps before them are still taken. A failed run
# keeps its directory, and so does KEEP=1.
set -u
here=$(dirname "$0")
work=$(mktemp -d) || exit 99
trap 'remove_unless_kept' EXIT
trap 'exit 99' HUP INT TERM
LC_ALL=C TZ=Asia/Tokyo # neither must make a difference
export LC_ALL TZ
unset APITOKEN_STORE APITOKEN_KEYS NO_COLOR POSIXLY_CORRECT

count=0 failed=0
me=tool:$(id -un) # the actor of what the tool does without --actor
now=1767225600 # 2026-01-01T00:00:00Z

# ---- Helpers ----

remove_unless_kept() {
    if [ "$failed" -gt 0 ] || [ "${KEEP:-}" = 1 ]; then
        printf '# kept: %s\n' "$work"
    else
        rm -rf "$work"
    fi
}

result() { # 0 if passed, name of the test
    # shellcheck disable=SC2254 # it is a pattern
    case $2 in
    ${CASE:-*}) ;;
    *) return ;;
    esac
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        printf 'ok %d - %s\n' "$count" "$2"
        return
    fi
    failed=$((failed + 1))
    printf 'not ok %d - %s\n' "$count" "$2"
    [ ! -s "$work/diag" ] || sed 's/^/#   /' "$work/diag"
}

: >"$work/creates"

# Runs the tool at the time $now. Its output goes to the files out and err; the file said collects all messages. Each create
# comes 16 microseconds after the one before, a tick of the ids, as the order of tokens is that of the clock. The file creates
# counts them, also for subshells.
run() {
    case ${1:-} in create) printf . >>"$work/creates" ;; esac
    creates=$(($(wc -c <"$work/creates") % 60))
    env ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" \
        FAKE_NOW="$now.$(printf '%09d' $((creates * 16000)))" \
        LD_PRELOAD="$fake_clock${LD_PRELOAD:+:$LD_PRELOAD}" "$tool" "$@" >"$work/out" 2>"$work/err"
    code=$?
    cat "$work/err" >>"$work/said"
    return "$code"
}

gives() { # exit code, name, arguments of the tool
    want=$1 name=$2
    shift 2
    run "$@"
    got=$?
    { echo "exit $got instead of $want: $*"; cat "$work/err"; } >"$work/diag"
    [ "$got" -eq "$want" ]
    result $? "$name"
}

# Checks for wrong usage or input: exit code 2, nothing on stdout, one line that begins with the name of the tool.
refuses() { # name, arguments
    name=$1
    shift
    run "$@"
    got=$?
    { echo "exit $got: $*"; cat "$work/out" "$work/err"; } >"$work/diag"
    [ "$got" -eq 2 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -q '^apitoken: ' "$work/err"
    result $? "$name"
}

equal() { # name, actual, expected
    printf 'actual:   %s\nexpected: %s\n' "$2" "$3" >"$work/diag"
    [ "$2" = "$3" ]
    result $? "$1"
}

contains() { # name, file, fixed text
    { echo "no \"$3\" in:"; cat "$2"; } >"$work/diag"
    grep -qF -e "$3" "$2"
    result $? "$1"
}

lacks() { # name, file, fixed text
    { echo "found in:"; cat "$2"; } >"$work/diag"
    ! grep -qF -e "$3" "$2"
    result $? "$1"
}

token() { # arguments of create; prints the token, adds its secret part to the file secrets
    run create "$@" || return
    made=$(cat "$work/out")
    secret=${made#*_1????????????}
    printf '%s\n' "${secret%??????}" >>"$work/secrets"
    printf '%s\n' "$made"
}

id_of() { # token
    rest=${1#*_1}
    printf '%.12s\n' "$rest"
}

check() { # exit code, name, text for stdin as a format of printf
    want=$1 name=$2 text=$3
    # shellcheck disable=SC2059 # the text has escapes
    printf "$text" >"$work/in"
    run check <"$work/in"
    got=$?
    cat "$work/out" >>"$work/said"
    { echo "exit $got instead of $want"; cat "$work/out" "$work/err"; } >"$work/diag"
    [ "$got" -eq "$want" ]
    result $? "$name"
}

on_terminal() { # prompt, arguments of the tool; stdin is what to type
    prompt=$1
    shift
    "$python" "$here/terminal.py" "$prompt" "$tool" "$@" >"$work/out" 2>"$work/err"
    got=$?
    cat "$work/out" >>"$work/said"
    return "$got"
}

# The last cases of each program, and its exit code.
finish() {
    lacks 'every error has a name' "$work/said" 'APITOKEN_E_?'
    grep -F -f "$work/secrets" "$work/said" >"$work/diag"
    [ $? -eq 1 ]
    result $? 'no message contains a secret'
    [ "$(wc -l <"$work/secrets")" -gt 10 ]
    result $? 'the search had secrets to look for'

    printf '1..%d\n' "$count"
    [ "$count" -gt 0 ] || echo "no case has a name like $CASE" >&2
    [ "$failed" -eq 0 ] && [ "$count" -gt 0 ]
}
