#!/usr/bin/env bash
# Every block of C++ in README.md and docs/, and every line of the table in FROM_KERAS.md, stands, but for white space, in a
# program of examples/, which the tests build.
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
# So does each piece of code in the last column of the table "here you write".
cells=0
while IFS= read -r cell; do
    cells=$((cells + 1))
    grep -qF -- "$cell" <<< "$programs" || die "docs/FROM_KERAS.md: no program in examples/ has this: $cell"
done < <(awk -F'|' '/^\| in Python you write/ { inside = 1; next } !/^\|/ { inside = 0 }
              inside { n = split($3, parts, "`"); for (i = 2; i <= n; i += 2) print parts[i] }' docs/FROM_KERAS.md |
         grep -v '…' | tr -d ' \t;')
[ "$cells" -gt 30 ] || die "docs/FROM_KERAS.md: the table has $cells pieces of code; it has lost its form"
[ "$blocks" -gt 0 ] || die "no block of C++ was found"
echo "docs: $blocks blocks and $cells lines of the table are in examples/"
