#!/usr/bin/env bash
# Builds every fuzz target (preset fuzz) and runs each for some seconds from its corpus.
#
#   scripts/run-fuzz.sh [SECONDS [NAME_fuzz...]]    default: 30 seconds (or $FUZZ_SECONDS) each, all of them
#
# What is found lies in build/fuzz/found/; run again with: build/fuzz/fuzz/NAME_fuzz FILE
. "$(dirname "$0")/common.sh"
need clang++

seconds=${1:-${FUZZ_SECONDS:-30}}
shift || true
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
    mapfile -t names < <(find fuzz -maxdepth 1 -name '*_fuzz.cpp' -printf '%f\n' | sed 's/\.cpp$//' | sort)
fi
[ ${#names[@]} -gt 0 ] || die "fuzz/ holds no *_fuzz.cpp: nothing was fuzzed"

cmake --preset fuzz > /dev/null || die "cannot configure the preset fuzz; run: cmake --preset fuzz"
cmake --build --preset fuzz -j "$jobs" | tail -n 80

found=$PWD/build/fuzz/found
mkdir -p "$found"
fuzz_one() { # fuzz_one NAME
    local name=$1 new=build/fuzz/corpus/$1 corpus log=build/fuzz/$1.log
    mkdir -p "$new" # what it learns goes here; the seeds are only read
    corpus=("$new")
    if [ -d "fuzz/corpus/$name" ]; then corpus+=("fuzz/corpus/$name"); fi
    if [ "$name" = hdf5_fuzz ]; then corpus+=(tests/golden/hdf5); fi # each a small file of one feature
    if "build/fuzz/fuzz/$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -print_final_stats=1 \
        -artifact_prefix="$found/$name-" "${corpus[@]}" > "$log" 2>&1; then
        echo "fuzz: $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs in $seconds s, nothing found"
    else
        tail -n 60 "$log"
        echo "fuzz: $name: FAILED; the input lies in $found/, the whole output in $log"
        return 1
    fi
}
export -f fuzz_one
export seconds found
export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=allocator_may_return_null=1
export LSAN_OPTIONS=suppressions=$PWD/cmake/sanitizers/lsan.supp:print_suppressions=0
printf '%s\0' "${names[@]}" | xargs -0 -n 1 -P "$jobs" bash -c 'fuzz_one "$1"' fuzz || die "a fuzz target failed"
echo "fuzz: ${#names[@]} targets clean"
