#!/bin/sh
# SPDX-License-Identifier: MIT
# Four processes share a store for a long time:   sh tests/fault/soak.sh [SECONDS]   (default: 3600)
# Says of memory, descriptors, reader slots and file size whether they are flat, and ends with 1 if one is not. BUILD names a
# build directory with tests (default: build); TEST_DIR where the store lies (default: /var/tmp).
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-3600}
build=${BUILD:-build}

[ -f "$build/build.ninja" ] || meson setup "$build" -Dtests=enabled -Dcli=disabled -Dexamples=disabled -Ddocs=disabled >/dev/null
ninja -C "$build" tests/fault/fault-soak >/dev/null
exec "$build/tests/fault/fault-soak" "$seconds"
