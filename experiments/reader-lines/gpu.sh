#!/bin/bash
# Trains the reader on lines while they are being made.
#
#     gpu.sh DATA OUT SECONDS FILES "OPTIONS of a run" ...
#
# DATA is what hands.py laid together; MNIST is in shuzi's store, and `shuzi` and Python with
# benchmarks/requirements.txt are on the path. One process a core but three makes FILES
# files of lines; each run of train.py goes beside the others and writes OUT/run-N. The shipped
# weights of then had no prior of digits yet: those of today are given as
# `shuzi export reader --prior none=33` makes them.
set -u
data=$1 out=$2 seconds=$3 files=$4
shift 4
here=$(dirname "$0")
mkdir -p "$data/making" "$out"
hand() { echo "--images $data/single-$1-images.gz --labels $data/single-$1-labels.gz"; }
make_lines() { # worker
    pages=200 # the first files come soon
    for file in $(seq "$files"); do
        seed=$(($1 * 1000 + file))
        made=$data/making/lines-$seed.safetensors
        # shellcheck disable=SC2046
        shuzi data lines --threads 1 --pages $pages --seed $seed --out "$made" \
            $(hand swiss-a) $(hand shaped) 2> "$data/making/log-$1" && mv "$made" "$data"
        pages=1000
    done
}
for worker in $(seq $(($(nproc) > 3 ? $(nproc) - 3 : 1))); do make_lines "$worker" & done
runs=()
for options in "$@"; do
    number=$((${#runs[@]} + 1))
    # shellcheck disable=SC2086
    python3 -u "$here/train.py" "$data" --from "$here/../../models/reader" \
        --out "$out/run-$number" --seconds "$seconds" $options > "$out/run-$number.log" 2>&1 &
    runs+=($!)
done
wait "${runs[@]}"
kill $(jobs -p) 2> /dev/null
tail -n 1 "$out"/*.log
