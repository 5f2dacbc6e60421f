#!/usr/bin/env bash
# Installs the Debian packages that Markhor is built from: only those missing, and says which.
#
#   scripts/install-deps.sh           what `make compare` needs
#   scripts/install-deps.sh --test    what `make test` needs on top
#   scripts/install-deps.sh --check   installs nothing: lists what is missing (with --test: of both), exit status 1 if any
set -euo pipefail

product=(g++ cmake ninja-build make pkg-config
    libdnnl-dev libhwy-dev                                              # arithmetic
    libhdf5-dev nlohmann-json3-dev libzip-dev zlib1g-dev                # files of weights and networks
    libpng-dev libjpeg62-turbo-dev libwebp-dev                          # images
    libcli11-dev libfmt-dev libtomlplusplus-dev                         # the command
    dataset-fashion-mnist)                                              # the embedded default data
tests=(libgtest-dev libgmock-dev libbenchmark-dev
    libonnx-dev libprotobuf-dev                                         # ONNX's checker
    clang clang-format clang-tidy libclang-rt-dev)                      # fuzzing, style

die() {
    echo "install-deps: $*" >&2
    exit 1
}

check=false
packages=("${product[@]}")
for argument in "$@"; do
    case $argument in
        --check) check=true ;;
        --test) packages+=("${tests[@]}") ;;
        -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0" && exit 0 ;;
        *) die "unknown argument '$argument' (there are --check, --test, --help)" ;;
    esac
done

command -v apt-get > /dev/null && command -v dpkg-query > /dev/null ||
    die "no apt here: this script knows Debian 12 and its relatives. Elsewhere install by hand: ${packages[*]}"

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null) || status=absent
    [ "$status" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -eq 0 ]; then
    echo "install-deps: all ${#packages[@]} packages are there"
    exit 0
fi
if $check; then
    echo "install-deps: missing: ${missing[*]}"
    exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || die "not root and no sudo; as root run: apt-get install ${missing[*]}"
    as_root=(sudo)
fi
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0)

echo "install-deps: installing ${#missing[@]} of ${#packages[@]} packages with apt-get: ${missing[*]}"
"${apt[@]}" update || die "apt-get update failed; its message is above (network? /etc/apt/sources.list?)"
"${apt[@]}" install --no-install-recommends "${missing[@]}" ||
    die "apt-get install failed; its message is above. Wanted: ${missing[*]}"
echo "install-deps: done"
