#!/usr/bin/env bash
# Builds everything under AddressSanitizer and UBSan (preset asan) and runs its tests. Arguments go to ctest.
. "$(dirname "$0")/common.sh"

cmake --preset asan > /dev/null || die "cannot configure the preset asan; run: cmake --preset asan"
cmake --build --preset asan -j "$jobs" | tail -n 80
# Marked, so that this summary is not taken for the one of the ctest run around it.
ctest --preset asan -j "$jobs" "$@" 2>&1 | sed 's/^/asan| /'
