#!/usr/bin/env bash
# Every block of C++ in README.md and docs/ stands, but for white space, in a program of examples/, which the tests build.
#
#   scripts/check-docs.sh
. "$(dirname "$0")/common.sh"

programs=$(for program in examples/*.cpp; do tr -d '[:space:]' < "$program"; echo; done)
blocks=0
for document in README.md docs/*.md; do
    while IFS= read -r block; do
        blocks=$((blocks + 1))
        grep -qF -- "$block" <<< "$programs" || die "$document: no program in examples/ has this: ${block:0:120}…"
    done < <(awk '/^```cpp$/ { inside = 1; next } /^```$/ { if (inside) print ""; inside = 0 }
                  inside { gsub(/[[:space:]]/, ""); printf "%s", $0 }' "$document")
done
[ "$blocks" -gt 0 ] || die "no block of C++ was found"
echo "docs: $blocks blocks are in examples/"
