#!/usr/bin/env bash
# Runs the tests of kernels, layers and models at each instruction set that this machine has (MARKHOR_MAX_ISA) and prints how
# many passed. usage: check-isa.sh [--cheap] [BUILD] [ISA…]
# --cheap: a selection of seconds, at the sets below the machine's best, which the tests themselves run at; exit status 77 where
# there is none of those named.
. "$(dirname "$0")/common.sh"

cheap=
if [ "${1:-}" = --cheap ]; then cheap=1 && shift; fi
build=build/release
if [ -d "${1:-}" ]; then build=$1 && shift; fi
wanted=${*:-sse4 avx2 avx512 avx512_bf16 amx}

has() { # has FLAG…: the processor has them all
    local flag
    for flag in "$@"; do grep -m1 '^flags' /proc/cpuinfo | grep -qw "$flag" || return 1; done
}
[ "$(uname -m)" = x86_64 ] || die "instruction sets are told apart on x86-64 alone; this is $(uname -m)"
there=()
if has sse4_1 sse4_2; then there+=(sse4); fi
if has avx2 fma; then there+=(avx2); fi
if has avx512f avx512bw avx512dq avx512vl; then there+=(avx512); fi
if has avx512_bf16; then there+=(avx512_bf16); fi
if has amx_bf16 amx_tile; then there+=(amx); fi

run() { # run ISA FOLDER [FILTER]: FOLDER_test's tests; prints a line
    local isa=$1 folder=$2 filter=${3:-*} status=0 log
    local program=$build/tests/${folder}_test
    [ -x "$program" ] || die "$program is missing; build it with: cmake --build --preset release"
    log=$(mktemp)
    (cd "$build/tests" && MARKHOR_MAX_ISA=$isa OMP_WAIT_POLICY=passive "./${folder}_test" "--gtest_filter=$filter") > "$log" 2>&1 || status=$?
    local passed failed
    passed=$(grep -c '^\[       OK' "$log") || true
    failed=$(grep -c '^\[  FAILED  \].*ms)$' "$log") || true
    echo "$isa: ${folder}_test: $passed passed, $failed failed$([ "$status" -lt 128 ] || echo ", ended by signal $((status - 128))")"
    if [ "$status" -ne 0 ]; then
        grep -v '^\[ RUN\|^\[       OK' "$log" | tail -n 40
        failures=$((failures + 1))
    fi
    rm -f "$log"
}

failures=0 ran=0
for isa in $wanted; do
    case $isa in sse4 | avx2 | avx512 | avx512_bf16 | amx) ;; *) die "$isa is no instruction set; expected sse4, avx2, avx512, avx512_bf16 or amx" ;; esac
    if [[ " ${there[*]} " != *" $isa "* ]]; then
        echo "$isa: not on this processor"
    elif [ -z "$cheap" ]; then
        for folder in engine ops layers model; do run "$isa" $folder; done
        ran=1
    elif [ "$isa" != "${there[-1]}" ]; then
        run "$isa" engine '-*Threads*:*EachTime*'
        run "$isa" layers '*Dense*:*Conv2D*:*Activation*:*Pooling2D*:*BatchNormalization*:SpecialValues*'
        ran=1
    else
        echo "$isa: this processor's best; the tests themselves run at it"
    fi
done
[ "$failures" -eq 0 ] || die "$failures of the programs failed"
if [ "$ran" -eq 0 ] && [ -n "$cheap" ]; then exit 77; fi
