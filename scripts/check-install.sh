#!/usr/bin/env bash
# Installs a build into a scratch folder and there builds and runs a small project (tests/consumer) that knows Markhor only
# by find_package, then the same by pkg-config, and each public header alone.
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
# pkg-config, as a user without CMake would: the program runs where the prefix was moved to.
mv "$scratch/prefix" "$scratch/moved" && ln -s moved "$scratch/prefix"
pc=$(dirname "$(find "$scratch/moved" -name markhor.pc)")
export PKG_CONFIG_PATH="$pc${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
# shellcheck disable=SC2046 # flags are words
g++ -std=c++20 tests/consumer/main.cpp -o "$scratch/by_pkg_config" $(pkg-config --cflags --libs markhor)
LD_LIBRARY_PATH="$(dirname "$pc")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" "$scratch/by_pkg_config"
for file in doc/markhor/LICENSE markhor/tsan.supp; do
    [ -s "$scratch/prefix/share/$file" ] || die "share/$file is not installed"
done
# An older language is told in the first line; macros of Xlib and windows.h, before or after, do no harm.
first=$(g++ -std=c++17 -fsyntax-only -I "$scratch/prefix/include" -x c++ - <<< '#include <markhor/markhor.hpp>' 2>&1 |
    grep -m 1 'error:' || true)
[[ $first == *'C++20: compile with -std=c++20'* ]] || die "C++17 is told: $first"
g++ -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I "$scratch/prefix/include" tests/consumer/macros_before.cpp
g++ -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I "$scratch/prefix/include" tests/consumer/macros_after.cpp
# Each public header on its own: none may lean on what another includes, nor on anything that is not installed.
headers() { (cd "$scratch/prefix/include" && find markhor -name '*.hpp' | sort); }
on_its_own() { # on_its_own HEADER
    echo "#include <$1>" | g++ -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I "$scratch/prefix/include" -x c++ - ||
        { echo "$1 does not compile on its own"; return 1; }
}
export -f on_its_own
export scratch
headers | xargs -n 1 -P "$jobs" bash -c 'on_its_own "$1"' header || die "a header does not compile on its own"
# All of them among those macros.
{ cat tests/consumer/foreign_macros.hpp; headers | sed 's/.*/#include <&>/'; } |
    g++ -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I "$scratch/prefix/include" -x c++ - ||
    die "a header does not compile among the macros of Xlib and windows.h"
echo "install: found, linked and ran"
