#!/bin/sh
# SPDX-License-Identifier: MIT
# A demonstration with real data:   sh examples/demo.sh [--hosts]
#   (nothing)  the main job from start to end: creates tokens, imports tax reports with them over HTTP, revokes one.
#              Exits with 0 only if every step worked as expected
#   --hosts    starts both hosts on one store, for a browser and curl; Ctrl-C stops them
# Installs missing packages (Debian) and builds. BUILD names the build directory (default: build), all that is left behind.
set -eu
cd "$(dirname "$0")/.."

case ${1-} in
"") part=job ;;
--hosts) part=hosts ;;
*) part= ;;
esac
if [ -z "$part" ] || [ $# -gt 1 ]; then
    echo "usage: sh examples/demo.sh [--hosts]" >&2
    exit 2
fi

build=${BUILD:-build}
tool=$build/examples/cli/apitoken
hub=$build/examples/tax-data-hub/tax-data-hub
administration=$build/examples/tax-administration/tax-administration
reports=examples/data/reports.csv

# ---- output -------------------------------------------------------------------------------------------------------

say() { printf '\n%s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
fail() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}

# ---- install and build ---------------------------------------------------------------------------------------------

. tests/support/install.sh
install_missing gcc libc6-dev meson ninja-build pkg-config python3 libsodium-dev liblmdb-dev \
    libmicrohttpd-dev libjansson-dev libcsv-dev libunistring-dev curl

# Shows the output of a command only if it fails.
logged() {
    "$@" >>"$build/demo.log" 2>&1 || { cat "$build/demo.log" >&2 && fail "the build failed"; }
}

mkdir -p "$build"
: >"$build/demo.log"
if [ ! -f "$build/build.ninja" ]; then
    logged meson setup "$build" -Dcli=enabled -Dexamples=enabled
elif ! grep -q '^build examples/tax-administration/tax-administration:' "$build/build.ninja"; then
    # It was configured before the libraries of the hosts were installed.
    logged meson setup --reconfigure "$build" -Dcli=enabled -Dexamples=enabled
fi
logged ninja -C "$build" "${tool#"$build/"}" "${hub#"$build/"}" "${administration#"$build/"}"

# ---- the work directory --------------------------------------------------------------------------------------------

work=$(mktemp -d)
pids=
clean_up() {
    for pid in $pids; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

APITOKEN_STORE=$work/store
APITOKEN_KEYS=$work/keys
export APITOKEN_STORE APITOKEN_KEYS

run_tool() { "$tool" "$@" 2>>"$work/tool.log" || fail "apitoken $1: $(tail -n 1 "$work/tool.log")"; }

# start NAME PROGRAM ARGUMENT...: starts a host and waits until it listens. Sets $url and $pid.
start() {
    name=$1
    shift
    : >"$work/$name.out"
    "$@" --port 0 >"$work/$name.out" 2>"$work/$name.log" &
    pid=$!
    pids="$pid $pids"
    tries=0
    until grep -q '^listening on http://' "$work/$name.out"; do
        tries=$((tries + 1))
        kill -0 "$pid" 2>/dev/null || fail "$name exited: $(cat "$work/$name.log")"
        [ "$tries" -lt 100 ] || fail "$name does not listen after 10 seconds"
        sleep 0.1
    done
    url=$(sed -n 's/^listening on //p' "$work/$name.out")
}

. "examples/demo/$part.sh"
