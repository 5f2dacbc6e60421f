# Shared by the scripts of this folder; not run by itself. Leaves the shell in the repository's root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
jobs=${JOBS:-$(nproc)}
unset MAKEFLAGS MAKELEVEL MFLAGS

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

need() { # need COMMAND: stops with one line where it is missing
    command -v "$1" > /dev/null || die "$1 is missing; scripts/install-deps.sh --test installs it"
}

own_sources() { # our C++ files below the folders given, one a line
    local folder
    for folder in "$@"; do
        if [ -d "$folder" ]; then find "$folder" -type f \( -name '*.cpp' -o -name '*.hpp' -o -name '*.h' \); fi
    done | sort
}
