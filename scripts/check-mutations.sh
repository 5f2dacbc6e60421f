#!/usr/bin/env bash
# Reads files changed at random (seeds fixed): models, weights, arrays, tables, images, idx sets, files of options. A
# signal, more than 10 seconds or more than 2 GB for one of them is a finding.
#
#   scripts/check-mutations.sh [COUNT [FIRST [KIND...]]]    default: 100000 files in all, from the first, of every kind
#
# What is found lies in build/mutations/found/, named after its kind and number: KIND-NUMBER-what.
. "$(dirname "$0")/common.sh"
build=${BUILD:-build/release}
[ -e "$build/src/libmarkhor.so" ] || die "$build/src/libmarkhor.so is missing; build the preset release first"
total=${1:-100000} first=${2:-0}
kinds=("${@:3}")
[ ${#kinds[@]} -gt 0 ] || kinds=(config keras h5 weights npz csv image idx toml json)

out=build/mutations
mkdir -p "$out/found" "$out/idx"
c++ -std=c++20 -O1 -Iinclude fuzz/mutations.cpp -o "$out/mutations" -L"$build/src" -lmarkhor "-Wl,-rpath,$PWD/$build/src"
export OMP_NUM_THREADS=1 MARKHOR=$PWD/$build/cli/markhor

idx_file() { # idx_file NAME HEADER BYTES
    { printf '%b' "$2"; head -c "$3" /dev/zero | tr '\0' '\1'; } > "$out/idx/$1"
}
for part in train t10k; do
    idx_file $part-images-idx3-ubyte '\0\0\10\3\0\0\0\4\0\0\0\10\0\0\0\10' 256
    idx_file $part-labels-idx1-ubyte '\0\0\10\1\0\0\0\4' 4
done
printf 'head = "gap"\nepochs = 3\nbatch-size = 8\nseed = 1\ncheckpointing = true\nlearning-rate = 1e-3\nthreads = 1\n' \
    > "$out/options.toml"
printf '{"head": "gap", "epochs": 3, "batch-size": 8, "seed": 1, "checkpointing": true, "threads": 1}\n' > "$out/options.json"
printf 'filename,class\n%s,cat\n"%s","dog, big"\n' "$PWD/fuzz/corpus/image_fuzz/png_grey" "$PWD/fuzz/corpus/image_fuzz/gif" > "$out/table.csv"

seeds() { # seeds KIND: the files that are changed
    case $1 in
        config) ls fuzz/corpus/config_fuzz/*.json ;;
        keras) find tests/golden/saved fuzz/corpus/keras_archive_fuzz -type f -size -60k \( -name '*.keras' -o -path '*fuzz*' \) ;;
        h5) find tests/golden/saved fuzz/corpus/legacy_h5_fuzz -type f -size -60k \( -name '*.h5' -o -path '*fuzz*' \) ! -name '*.weights.h5' ;;
        weights) find fuzz/corpus/weights_h5_fuzz tests/golden/hdf5 -type f -size -60k ;;
        npz) find fuzz/corpus/npz_fuzz tests/golden/utils tests/golden/insight -type f -size -60k \( -name '*.npz' -o -path '*fuzz*' \) ;;
        csv) find fuzz/corpus/tables_fuzz "$out/table.csv" -type f ;;
        image) find fuzz/corpus/image_fuzz -type f ;;
        idx) find "$out/idx" -type f ;;
        toml) echo "$out/options.toml" ;;
        json) echo "$out/options.json" ;;
        *) die "there is no kind $1" ;;
    esac | sort
}

found=0
for kind in "${kinds[@]}"; do
    mapfile -t files < <(seeds "$kind")
    [ ${#files[@]} -gt 0 ] || die "$kind has no files to begin with"
    "$out/mutations" "$kind" $((total / ${#kinds[@]})) "$first" "$out/found" "${files[@]}" || found=1
done
exit $found
