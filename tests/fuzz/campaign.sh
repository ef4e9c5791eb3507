#!/bin/sh
# SPDX-License-Identifier: MIT
# A campaign with libFuzzer:   sh tests/fuzz/campaign.sh TARGET SECONDS
# Builds the target with clang and its sanitizers, fuzzes it, and takes what is new into its corpus, smallest first.
set -eu
cd "$(dirname "$0")/../.."
target=${1:?usage: sh tests/fuzz/campaign.sh TARGET SECONDS} seconds=${2:?usage: sh tests/fuzz/campaign.sh TARGET SECONDS}
corpus=tests/fuzz/corpus/$target
[ -d "$corpus" ] || { echo "no such target: $target" >&2 && exit 2; }

. tests/support/install.sh
install_missing clang libclang-rt-14-dev libsodium-dev liblmdb-dev

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
clang -std=gnu11 -D_GNU_SOURCE -DAPITOKEN_BUILDING -O1 -g -fsanitize=fuzzer,address,undefined -Iinclude -Ilib -Itests/support \
    -o "$work/fuzz" "tests/fuzz/$target.c" $(find lib -name "*.c") -lsodium -llmdb -lpthread
mkdir "$work/found"
"$work/fuzz" -max_total_time="$seconds" -print_final_stats=1 "$work/found" "$corpus"
"$work/fuzz" -merge=1 "$corpus" "$work/found"
