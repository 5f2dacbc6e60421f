#!/usr/bin/env bash
# Reads files changed at random (seeds fixed): models, weights, arrays, tables, images, idx sets, files of options, what
# an unfinished and a finished run left. A signal, more than 10 seconds or more than 2 GB for one of them is a finding.
#
#   scripts/check-mutations.sh [COUNT [FIRST [KIND...]]]    default: 100000 files in all, from the first, of every kind
#
# What is found lies in build/mutations/found/, named after its kind and number: KIND-NUMBER-what.
. "$(dirname "$0")/common.sh"
build=${BUILD:-build/release}
[ -e "$build/src/libmarkhor.so" ] || die "$build/src/libmarkhor.so is missing; build the preset release first"
total=${1:-100000} first=${2:-0}
kinds=("${@:3}")
[ ${#kinds[@]} -gt 0 ] || kinds=(config keras h5 weights npz csv image idx toml json state)

out=build/mutations
mkdir -p "$out/found"
c++ -std=c++20 -O1 -Iinclude fuzz/mutations.cpp -o "$out/mutations" -L"$build/src" -lmarkhor "-Wl,-rpath,$PWD/$build/src"
export OMP_NUM_THREADS=1 MARKHOR=$PWD/$build/cli/markhor

idx_file() { # idx_file NAME HEADER BYTES
    { printf '%b' "$2"; head -c "$3" /dev/zero | tr '\0' '\1'; } > "$out/$1"
}
idx_set() { # idx_set FOLDER SIDE: 4 images in it, SIDE (in octal) pixels square
    mkdir -p "$out/$1"
    for part in train t10k; do
        idx_file "$1/$part-images-idx3-ubyte" "\0\0\10\3\0\0\0\4\0\0\0\\$2\0\0\0\\$2" $((4 * 8#$2 * 8#$2))
        idx_file "$1/$part-labels-idx1-ubyte" '\0\0\10\1\0\0\0\4' 4
    done
}
idx_set idx 10
printf 'head = "gap"\nepochs = 3\nbatch-size = 8\nseed = 1\ncheckpointing = true\nlearning-rate = 1e-3\nthreads = 1\n' \
    > "$out/options.toml"
printf '{"head": "gap", "epochs": 3, "batch-size": 8, "seed": 1, "checkpointing": true, "threads": 1}\n' > "$out/options.json"
printf 'filename,class\n%s,cat\n"%s","dog, big"\n' "$PWD/fuzz/corpus/image_fuzz/png_grey" "$PWD/fuzz/corpus/image_fuzz/gif" > "$out/table.csv"

# Runs to go on with, the data beside them: one killed in its middle, one finished.
state_runs() {
    rm -rf "$out/runs" && mkdir -p "$out/runs/killed" "$out/runs/finished"
    idx_set runs/killed/data 34
    idx_set runs/finished/data 34
    (cd "$out/runs/finished" && "$MARKHOR" train --data data --epochs 1 --batch-size 2 --threads 1 --seed 1 --out x > /dev/null)
    for _ in {1..20}; do
        (cd "$out/runs/killed" && rm -rf x x.run && exec "$MARKHOR" train --data data --epochs 20 --batch-size 2 \
            --save-every 1 --threads 1 --seed 1 --out x > /dev/null) &
        local pid=$!
        until [ -e "$out/runs/killed/x.run/training.backup" ] || ! kill -0 $pid 2> /dev/null; do :; done
        kill -KILL $pid 2> /dev/null || true
        wait $pid 2> /dev/null || true
        [ -e "$out/runs/killed/x.run/training.backup" ] && return
    done
    die "no run could be killed in its middle"
}

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
        state) find "$PWD/$out/runs" -path '*/x*' \( -name '*.json' -o -name '*.backup' -o -name lock -o -path '*/finished/x/model.keras' \) -type f ;;
        *) die "there is no kind $1" ;;
    esac | sort
}

found=0
state_runs
for kind in "${kinds[@]}"; do
    mapfile -t files < <(seeds "$kind")
    [ ${#files[@]} -gt 0 ] || die "$kind has no files to begin with"
    "$out/mutations" "$kind" $((total / ${#kinds[@]})) "$first" "$out/found" "${files[@]}" || found=1
done
exit $found
