#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes the ABI of a library as text: abidw.sh LIBRARY IGNORE OUT
set -eu
abidw --exported-interfaces-only --suppressions "$2" --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed \
    --type-id-style hash --out-file "$3" "$1"
# where the build directory was is no part of the promise
sed -i "s| path='[^']*/lib/| path='lib/|" "$3"
