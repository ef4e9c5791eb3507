#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares a library with the committed baseline: abidiff.sh LIBRARY BASELINE IGNORE
# Where it cannot compare it skips, or fails if APITOKEN_ABI_REQUIRED is set: a guard that skips quietly is none.
set -eu
library=$1 baseline=$2 ignore=$3
echo 1..1

cannot() {
    if [ -n "${APITOKEN_ABI_REQUIRED:-}" ]; then
        echo "not ok 1 - abidiff: $1"
        exit 1
    fi
    echo "ok 1 - abidiff # SKIP $1"
    exit 0
}

command -v abidiff >/dev/null 2>&1 || cannot "abigail-tools is not installed"
grep -q "architecture='elf-amd-x86_64'" "$baseline" || cannot "the baseline is not one of x86-64"
readelf -h "$library" | grep -q 'Machine:.*X86-64' || cannot "the baseline is of another architecture"
# abidiff itself says nothing about a stripped library
readelf -S "$library" | grep -q '\.debug_info' || cannot "the library was built without debug information"

# The exit status is bits, and a removed field in the middle is the same 4 as an added function: only 0 is good.
if report=$(abidiff --exported-interfaces-only --no-default-suppression --suppressions "$ignore" --no-show-locs \
    "$baseline" "$library" 2>&1); then
    echo "ok 1 - the ABI is that of the baseline"
    exit 0
fi
echo "not ok 1 - the ABI is that of the baseline"
echo "$report" | sed 's/^/# /'
echo "# Before 1.0.0, or if it is an addition: run the target abi-baseline, commit what it wrote, add an ABI line to"
echo "# doc/CHANGELOG.md."
exit 1
