#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what is missing, builds with warnings as errors, runs all tests:
#   sh tests/run.sh [--quick | --long | --bench [--beside DIR]]
#   --quick   leaves out the slow suites (mutate, process, model, fault, analysis, install, browser), valgrind, sanitizers,
#             coverage
#   --long    all tests, and those of reliability with as many rounds as some hours have: see doc/reliability.md
#   --bench   no tests: the benchmark alone, of a release build in BUILD-release; see doc/performance.md. Up to 50 minutes
#   --beside DIR   the benchmark also compares with an earlier release, whose tree is DIR, built in BUILD-beside
# SLOW_DISK=8 sh tests/run.sh runs them as on a machine whose disk takes 8 ms longer for each sync: tests/support/slow_disk.c.
# BUILD names the build directory (default: build). Beside it BUILD-release is built as README.md installs, BUILD-checked has
# sanitizers, BUILD-threads has ThreadSanitizer, BUILD-coverage counts. BUILD has figures.json: what tests measured, one JSON
# object a line.
set -eu
from=$PWD
cd "$(dirname "$0")/.."

quick=false
bench=false
beside=
usage() {
    echo "usage: sh tests/run.sh [--quick | --long | --bench [--beside DIR]]" >&2
    exit 2
}
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=true ;;
    --long) export APITOKEN_LONG=1 ;;
    --bench) bench=true ;;
    --beside)
        beside=$(cd "$from" && cd "${2:?}" && pwd) || usage
        shift
        ;;
    *) usage ;;
    esac
    shift
done
if [ -n "$beside" ] && ! $bench; then usage; fi
build=${BUILD:-build}

. tests/support/install.sh

# configure DIR OPTION...: an old build directory learns what was installed since, and options that it did not have
configure() {
    dir=$1
    shift
    again=
    if [ -f "$dir/build.ninja" ]; then
        meson configure "$dir" "$@" # setup would not take all of them
        again=--reconfigure
    fi
    mkdir -p "$dir"
    meson setup $again "$dir" "$@" >"$dir/setup.log" 2>&1 || { cat "$dir/setup.log" && exit 1; }
}

# setup DIR OPTION...: configures, and builds all
setup() {
    configure "$@"
    ninja -C "$1" >"$1/build.log" 2>&1 || { cat "$1/build.log" && exit 1; }
}

# As README.md installs it.
release_on="--buildtype=release -Db_lto=true -Dtests=enabled -Dcli=disabled -Dexamples=disabled -Ddocs=disabled -Dwerror=true"

# The earlier release's library alone, with the options of this one.
build_beside() {
    mkdir -p "$build-beside"
    where=$(cd "$build-beside" && pwd)
    # shellcheck disable=SC2086 # the options are words
    (cd "$beside" && configure "$where" $release_on)
    meson compile -C "$where" apitoken:shared_library >"$where/build.log" 2>&1 || { cat "$where/build.log" && exit 1; }
}

# What it leaves in its build directory goes to BUILD, where the tests' own would be.
run_bench() {
    install_stopped gcc libc6-dev libgcc-12-dev binutils meson ninja-build pkg-config python3 util-linux openssl valgrind \
        libsodium-dev liblmdb-dev libcmocka-dev \
        libsqlite3-dev redis-server libhiredis-dev postgresql libpq-dev libjwt-dev libmacaroons-dev
    # shellcheck disable=SC2086 # the options are words
    setup "$build-release" $release_on
    status=0
    rm -f "$build-release/bench.md" "$build-release/bench.json" "$build-release/bench.svg"
    compared=
    if [ -n "$beside" ]; then
        build_beside
        compared="--beside $beside $(cd "$build-beside" && pwd)"
    fi
    meson test -C "$build-release" --benchmark --verbose ${compared:+--test-args="$compared"} || status=1
    mkdir -p "$build"
    for kind in md json svg; do
        if [ -f "$build-release/bench.$kind" ]; then cp "$build-release/bench.$kind" "$build/"; fi
    done
    exit $status
}

if $bench; then run_bench; fi

install_missing gcc g++ libc6-dev libgcc-12-dev binutils meson ninja-build pkg-config python3 git xz-utils util-linux \
    libsodium-dev liblmdb-dev libcmocka-dev zlib1g-dev tzdata unicode-data \
    libmicrohttpd-dev libjansson-dev libcsv-dev libunistring-dev curl mandoc abigail-tools gcovr valgrind strace \
    clang-tidy cppcheck clang-format-14
install_stopped nginx-light
if ! $quick; then
    install_missing e2fsprogs xfsprogs btrfs-progs mount
    # Node.js from elsewhere will do: Debian's npm does not install beside it.
    node=
    command -v node >/dev/null && command -v npm >/dev/null || node="nodejs npm"
    # shellcheck disable=SC2086 # the packages are words
    install_missing chromium $node
fi

# A guard that skips quietly is none.
export APITOKEN_ABI_REQUIRED=1

all_on="-Dtests=enabled -Dcli=enabled -Dexamples=enabled -Ddocs=enabled -Dwerror=true"
# shellcheck disable=SC2086 # the options are words
setup "$build" $all_on

if [ -n "${SLOW_DISK:-}" ]; then
    LD_PRELOAD=$(cd "$build" && pwd)/tests/support/slow_disk.so
    ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 # it wants to be the first library
    export LD_PRELOAD ASAN_OPTIONS
fi

failed=0

# run BUILD LOG OPTION...: some suites, reported in BUILD/meson-logs/LOG.*
run() {
    dir=$1 log=$2
    shift 2
    # shellcheck disable=SC2086 # the command before it is words
    ${polite:-} ${steady:-} meson test -C "$dir" --logbase "$log" --print-errorlogs \
        ${APITOKEN_LONG:+--timeout-multiplier 1000} "$@" || return 1
}

if $quick; then
    run "$build" testlog --no-suite mutate --no-suite process --no-suite model --no-suite fault --no-suite analysis \
        --no-suite install --no-suite browser || failed=1
    python3 tests/support/count.py "$build/meson-logs/testlog" || failed=1
    exit $failed
fi

# What some tests look for does not depend on a disk, so they need not wait for one.
in_memory=${TEST_DIR:-/var/tmp}
if [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'END { print $4 }')" -gt 2000000 ]; then in_memory=/dev/shm; fi

# Beside the main build only what the tests that run there need is built: meson does that when it runs them.
run_checked() {
    # shellcheck disable=SC2086
    configure "$build-checked" $all_on -Db_sanitize=address,undefined
    echo "unit and api under the address and undefined behaviour sanitizers:"
    TEST_DIR=$in_memory run "$build-checked" lib --suite unit --suite api || failed=1
    echo "tool and hosts under the sanitizers:"
    run "$build-checked" examples --suite examples || failed=1
}

# Where addresses are spread widely ThreadSanitizer of GCC 12 does not start.
run_threads() {
    echo "threads under ThreadSanitizer:"
    configure "$build-threads" -Dtests=enabled -Dcli=disabled -Dexamples=disabled -Ddocs=disabled -Dwerror=true \
        -Db_sanitize=thread
    steady=
    setarch -R true 2>/dev/null && steady="setarch -R"
    TSAN_OPTIONS="halt_on_error=1 exitcode=66" TEST_DIR=$in_memory run "$build-threads" threads eight_threads \
        eight_threads-racing recent_threads recent_threads-racing reload_keys reload_keys-racing host_files \
        host_files-racing threads group recent counters aliases dlopen lmdb/group lmdb/pool lmdb/descriptors || failed=1
    steady=
}

# What is installed: unit and api, and of the slower tests those of what optimising might undo.
run_release() {
    # shellcheck disable=SC2086
    configure "$build-release" $release_on
    echo "unit and api of a release, and what optimising might undo:"
    TEST_DIR=$in_memory run "$build-release" lib --suite unit --suite api || failed=1
    TEST_DIR=$in_memory run "$build-release" secrets secrets timing hot_path instructions || failed=1
}

run_valgrind() {
    echo "unit and api under valgrind:"
    TEST_DIR=$in_memory run "$build" memory --setup valgrind --suite unit --suite api || failed=1
}

# Neither optimised nor with sanitizers: both have branches of their own. What earlier runs counted does not count.
run_coverage() {
    # shellcheck disable=SC2086
    configure "$build-coverage" $all_on -Dcli=disabled -Dexamples=disabled -Doptimization=0 -Db_coverage=true
    find "$build-coverage" -name '*.gcda' -delete
    echo "for coverage: unit, api, compat and the faults of memory and LMDB:"
    TEST_DIR=$in_memory run "$build-coverage" lib --suite unit --suite api --suite compat || failed=1
    TEST_DIR=$in_memory run "$build-coverage" fault --suite fault alloc lmdb || failed=1
}

# Has the machine nothing else to do? Somebody who is polite gets most of a processor then.
is_idle() {
    nice -n 10 python3 -c 'import time
end, begin = time.monotonic() + 1, time.process_time()
while time.monotonic() < end:
    pass
raise SystemExit(time.process_time() - begin < 0.8)'
}

# What runs beside the tests of BUILD, in lanes: much of it waits, for disks, for clocks or for each other, and it takes all of
# them to use the processors. It fills what time the tests in front leave. On a busy machine it would get next to nothing
# that way: there it takes its share.
run_parts() {
    failed=0
    if $idle; then polite="nice -n 10"; fi
    for part in "$@"; do
        case $part in
        checked) run_checked ;;
        release) run_release ;;
        threads) run_threads ;;
        valgrind) run_valgrind ;;
        coverage) run_coverage ;;
        mutants) run "$build" mutate --suite mutate || failed=1 ;;
        faults) run "$build" faults --suite fault || failed=1 ;;
        esac
    done
    return $failed
}

lanes=
logs=

# lane LOG PART...: in the background
lane() {
    log=$1
    shift
    run_parts "$@" >"$build/$log.log" 2>&1 &
    lanes="$lanes $!"
    logs="$logs $build/$log.log"
}

idle=false
if is_idle; then idle=true; fi

# The browser mostly waits, and so do some tests of the other builds: both run beside the tests of this one.
run "$build" browser --suite browser >"$build/browser.log" 2>&1 &
browser=$!
lane checked checked
lane beside release threads valgrind
lane counted coverage mutants
lane faults faults

run "$build" testlog --no-suite browser --no-suite mutate --no-suite fault || failed=1

for lane in $lanes; do wait "$lane" || failed=1; done
# shellcheck disable=SC2086 # the logs are words
sed '/^\[[0-9]*\/[0-9]*\] /d' $logs # without the progress of ninja
echo "My Profile in a browser:"
wait "$browser" || failed=1
cat "$build/browser.log"

for log in testlog faults mutate; do
    python3 tests/support/figures.py "$build" "$build/meson-logs/$log" || failed=1
done
python3 tests/support/reports.py "$build" valgrind "$build/meson-logs/memory-valgrind" || failed=1
python3 tests/support/reports.py "$build" TSan "$build-threads/meson-logs/threads" || failed=1
python3 tests/support/coverage.py "$build" "$build-coverage" || failed=1

echo "under the sanitizers:"
python3 tests/support/count.py "$build-checked/meson-logs/lib" "$build-checked/meson-logs/examples" || failed=1
echo "of a release:"
python3 tests/support/count.py "$build-release/meson-logs/lib" "$build-release/meson-logs/secrets" || failed=1
echo "under valgrind:"
python3 tests/support/count.py "$build/meson-logs/memory-valgrind" || failed=1
echo "under ThreadSanitizer:"
python3 tests/support/count.py "$build-threads/meson-logs/threads" || failed=1
echo "all others:"
python3 tests/support/count.py "$build/meson-logs/testlog" "$build/meson-logs/faults" "$build/meson-logs/mutate" \
    "$build/meson-logs/browser" || failed=1
exit $failed
