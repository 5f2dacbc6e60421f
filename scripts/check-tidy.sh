#!/usr/bin/env bash
# Runs clang-tidy on all our sources, as many at a time as there are cores.
#
#   scripts/check-tidy.sh              all of them, a folder at a time (preset tidy, whose build is joined)
#   scripts/check-tidy.sh FILE...      these alone, as a plain build would compile them
#   scripts/check-tidy.sh --single     all of them, each by itself: an hour; also finds what hides where files are joined
#
# A folder found clean is not looked at again until a file of ours that it reads, its command or the settings change:
# build/tidy/stamps/ keeps a stamp for each.
. "$(dirname "$0")/common.sh"
need clang-tidy

build=build/tidy
options=()
if [ $# -gt 0 ]; then
    build=build/tidy-single
    options=(-DCMAKE_UNITY_BUILD=OFF -B "$build")
fi
cmake --preset tidy "${options[@]}" > /dev/null || die "cannot configure the preset tidy; run: cmake --preset tidy"
root=$PWD
stamps=$build/stamps
mkdir -p "$stamps"

# file<TAB>command of each translation unit with a source of ours (CMake writes one key a line).
awk -v root="$root/" '
    /^ *"command":/ { command = $0 }
    /^ *"file":/ { sub(/^ *"file": "/, ""); sub(/",?$/, ""); if (index($0, root) == 1) print substr($0, length(root) + 1) "\t" command }
' "$build/compile_commands.json" | grep -v '^build/.*/texts\.cpp' | sort -u -t $'\t' -k1,1 > "$stamps/commands"
if [ $# -gt 0 ] && [ "$1" != --single ]; then
    for file in "$@"; do grep "^$file"$'\t' "$stamps/commands" || die "$file is no source of the build"; done > "$stamps/wanted"
else
    cp "$stamps/commands" "$stamps/wanted"
fi
total=$(wc -l < "$stamps/wanted")
[ "$total" -gt 0 ] || die "$build builds no source of ours"

# The files of ours that one reads, itself among them. -MM leaves out the headers of the system.
reads() { # reads COMMAND
    local command
    command=$(sed -e 's/^ *"command": "//' -e 's/",\{0,1\}$//' -e 's/\\"/"/g' -e 's/\\\\/\\/g' -e 's/ -o [^ ]*//' <<< "$1")
    (cd "$build" && eval "$command -MM") | tr -d '\\' | tr ' ' '\n' | grep -E '\.(cpp|hpp|cxx|h)$'
}

settings=$( (clang-tidy --version; find . -name .clang-tidy -not -path './build/*' | sort | xargs cat; cat "$0") | sha256sum)
check() { # check SOURCE COMMAND
    local source=$1 key stamp
    key=$( (echo "$settings$2"; reads "$2" | (cd "$build" && xargs -d '\n' sha256sum)) | sha256sum | cut -c1-32)
    stamp=$stamps/${source//\//_}
    if [ "$(cat "$stamp" 2> /dev/null)" = "$key" ]; then return 0; fi
    if clang-tidy -p "$build" --quiet --checks="$checks" --extra-arg=-Wno-unknown-pragmas \
        "$source" 2> "$stamp.err" > "$stamp.out"; then
        echo "$key" > "$stamp"
        rm -f "$stamp.err" "$stamp.out"
    else
        rm -f "$stamp"
        # One write, so that two sources' findings do not mix.
        printf 'tidy: %s\n%s\n%s\n' "$source" "$(cat "$stamp.out")" "$(grep -vE 'warnings? (generated|treated)' "$stamp.err" || true)"
        return 1
    fi
}
export -f check reads
# Joined sources include sources, and use names that others have in their unnamed namespaces, by their nature.
checks=$([[ $build == *single ]] || echo "-bugprone-suspicious-include,-clang-diagnostic-shadow")
export settings stamps build checks

# The longest first: simd and the large folders are not left for the end, where one core would wait for the other.
while IFS=$'\t' read -r source command; do
    if [[ $source == build/* ]]; then size=$(grep -c '#include' "$source"); else size=1; fi
    if [[ $source == */simd/* ]]; then size=10; fi
    printf '%s\t%s\t%s\n' "$size" "$source" "$command"
done < "$stamps/wanted" | sort -rn -t $'\t' -k1,1 | cut -f 2- | tr '\t' '\n' | tr '\n' '\0' |
    xargs -0 -n 2 -P "$jobs" bash -c 'check "$1" "$2"' tidy || die "clang-tidy has findings above"
echo "tidy: $total translation units clean"
