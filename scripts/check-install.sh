#!/usr/bin/env bash
# Installs a build into a scratch folder and there builds and runs a small project (tests/consumer) that knows Markhor only
# by find_package.
#
#   scripts/check-install.sh [BUILD_DIR]    default build/release
. "$(dirname "$0")/common.sh"

build=${1:-build/release}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/markhor-consumer.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cmake --install "$build" --prefix "$scratch/prefix" > /dev/null
cmake -G Ninja -S tests/consumer -B "$scratch/build" -DCMAKE_PREFIX_PATH="$scratch/prefix" -DCMAKE_BUILD_TYPE=Release
cmake --build "$scratch/build" -j "$jobs"
"$scratch/build/consumer"
if [ -x "$scratch/prefix/bin/markhor" ]; then "$scratch/prefix/bin/markhor" --help > /dev/null; fi
# Each public header on its own: none may lean on what another includes, nor on anything that is not installed.
while IFS= read -r header; do
    echo "#include <$header>" | g++ -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I "$scratch/prefix/include" -x c++ - ||
        die "$header does not compile on its own"
done < <(cd "$scratch/prefix/include" && find markhor -name '*.hpp')
echo "install: found, linked and ran"
