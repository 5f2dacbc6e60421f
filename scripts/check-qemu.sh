#!/usr/bin/env bash
# Runs `markhor verify FOLDER` as on other processors, by qemu-user (apt install qemu-user): Haswell has AVX2, Nehalem SSE4.2
# but not the AES and CLMUL that Highway's SSE4 target asks for. qemu 7.2 translates no AVX-512.
# usage: check-qemu.sh FOLDER [CPU…]   (Haswell Nehalem), FOLDER as verify takes it; the build is build/release
. "$(dirname "$0")/common.sh"

[ $# -gt 0 ] || die "expected a folder of .keras and .h5 files, each with an .npz of its name"
folder=$1 && shift
command -v qemu-x86_64 > /dev/null || die "qemu-x86_64 is missing; run: apt install qemu-user"
command=build/release/cli/markhor
[ -x "$command" ] || die "$command is missing; build it with: cmake --build --preset release"
status=0
for cpu in ${*:-Haswell Nehalem}; do
    begin=$SECONDS
    out=$(qemu-x86_64 -cpu "$cpu" "$command" verify "$folder" 2> >(grep -v "TCG doesn't support" >&2)) || status=1
    echo "$out" | sed "s/^/$cpu: /"
    echo "$cpu: $((SECONDS - begin)) s"
done
exit "$status"
