#!/usr/bin/env bash
# Runs clang-tidy on every source of a build, as many at a time as there are cores.
#
#   scripts/check-tidy.sh [BUILD_DIR [FILE...]]    default build/release, all its sources
#
# A source found clean is not looked at again until it, a header of ours that it includes, its command or the settings
# change: BUILD_DIR/tidy/ keeps a stamp for each.
. "$(dirname "$0")/common.sh"
need clang-tidy

build=${1:-build/release}
shift || true
[ -f "$build/compile_commands.json" ] || die "$build has no compile_commands.json; run: cmake --preset release"
root=$PWD
stamps=$build/tidy
mkdir -p "$stamps"

# file<TAB>command of each of our sources (CMake writes one key a line).
awk -v root="$root/" '
    /^ *"command":/ { command = $0 }
    /^ *"file":/ { sub(/^ *"file": "/, ""); sub(/",?$/, ""); if (index($0, root) == 1) print substr($0, length(root) + 1) "\t" command }
' "$build/compile_commands.json" | grep -v '^build/' | sort -u -t $'\t' -k1,1 > "$stamps/commands"
if [ $# -gt 0 ]; then
    for file in "$@"; do grep "^$file"$'\t' "$stamps/commands" || die "$file is not built in $build"; done > "$stamps/wanted"
else
    cp "$stamps/commands" "$stamps/wanted"
fi
total=$(wc -l < "$stamps/wanted")
[ "$total" -gt 0 ] || die "$build builds no source of ours"

# source<TAB>header of ours, from what Ninja learned when it compiled.
ninja -C "$build" -t deps 2> /dev/null | awk -v root="$root/" '
    /^[^ ]/ { source = ""; next }
    NF { file = $1; if (index(file, root) == 1) file = substr(file, length(root) + 1); else if (file ~ /^(\/|\.\.)/) next
         if (source == "") source = file; else print source "\t" file }
' > "$stamps/headers" || true

settings=$( (clang-tidy --version; find . -name .clang-tidy -not -path './build/*' | sort | xargs cat; cat "$0") | sha256sum)
check() { # check SOURCE COMMAND
    local source=$1 key stamp
    key=$( (echo "$settings$2"; { echo "$source"; awk -F '\t' -v s="$source" '$1 == s { print $2 }' "$stamps/headers"; } |
        sort -u | xargs -d '\n' sha256sum) | sha256sum | cut -c1-32)
    stamp=$stamps/${source//\//_}
    if [ "$(cat "$stamp" 2> /dev/null)" = "$key" ]; then return 0; fi
    # Without OpenMP, because its header is GCC's and clang has none; GCC's own warning switches are not clang's.
    if clang-tidy -p "$build" --quiet --extra-arg=-fno-openmp --extra-arg=-Wno-unknown-warning-option \
        --extra-arg=-Wno-unknown-pragmas --extra-arg=-Wshadow "$source" 2> "$stamp.err" > "$stamp.out"; then
        echo "$key" > "$stamp"
        rm -f "$stamp.err" "$stamp.out"
    else
        rm -f "$stamp"
        # One write, so that two sources' findings do not mix.
        printf 'tidy: %s\n%s\n%s\n' "$source" "$(cat "$stamp.out")" "$(grep -vE 'warnings? (generated|treated)' "$stamp.err" || true)"
        return 1
    fi
}
export -f check
export settings stamps build

tr '\t' '\n' < "$stamps/wanted" | tr '\n' '\0' | xargs -0 -n 2 -P "$jobs" bash -c 'check "$1" "$2"' tidy ||
    die "clang-tidy has findings above, in a build of $total sources"
echo "tidy: $total sources clean"
