#!/usr/bin/env bash
# Fails where a C++ file is not as .clang-format says; with --fix rewrites those files instead.
. "$(dirname "$0")/common.sh"
need clang-format

mapfile -t files < <(own_sources include src cli examples tests benchmarks fuzz)
[ ${#files[@]} -gt 0 ] || die "no C++ files found"
if [ "${1:-}" = --fix ]; then
    clang-format -i "${files[@]}"
    exit
fi
if ! clang-format --dry-run -Werror "${files[@]}"; then
    die "some of ${#files[@]} files are not formatted; scripts/check-format.sh --fix formats them"
fi
echo "format: ${#files[@]} files as .clang-format says ($(clang-format --version))"
