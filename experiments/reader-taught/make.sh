#!/bin/bash
# Makes writers, and crops and lines of them, on and on, till it is killed.
#
#     make.sh DATA MNIST NUMBERS-CH
#
# MNIST is in shuzi's store, too; MNIST and NUMBERS-CH are folders of IDX files; `shuzi`, shuzi-data's
# example `distort` and Python with benchmarks/requirements.txt are on the path. First come six hands
# (hands.py, seeds 11 to 16), then from every core but three in turn crops and lines of them.
set -u
data=$1 mnist=$2 swiss=$3
here=$(dirname "$0")
mkdir -p "$data/making"
swiss_hand="--images $swiss/train-images-idx3-ubyte.gz --labels $swiss/train-labels-idx1-ubyte.gz"
# shellcheck disable=SC2086
shuzi dev crops --pages 500 --seed 900 --out "$data/few" $swiss_hand
for seed in $(seq 11 16); do
    python3 "$here/../reader-lines/hands.py" "$mnist" "$swiss" "$data/few" "$data/hand-$seed" "$seed" &
done
wait
touch "$data/ready"
trap 'kill $(jobs -p) 2> /dev/null' EXIT
work() { # worker
    local shaped="$data/hand-$((11 + $1 % 6))/single-shaped"
    local hands="$swiss_hand --images $shaped-images.gz --labels $shaped-labels.gz" pages=400 # the first files come soon
    for file in $(seq 999); do
        local seed=$(($1 * 1000 + file))
        if (((file + $1) % 2)); then
            # shellcheck disable=SC2086
            shuzi dev crops --threads 1 --pages $pages --seed $seed --out "$data/making/crops-$seed" \
                $hands && mv "$data/making/crops-$seed" "$data"
        else
            # shellcheck disable=SC2086
            shuzi dev lines --threads 1 --pages $((pages / 3)) --seed $seed \
                --out "$data/making/lines-$seed.safetensors" $hands &&
                mv "$data/making/lines-$seed.safetensors" "$data"
        fi
        pages=2400
    done 2> "$data/making/log-$1" > /dev/null
}
for worker in $(seq $(($(nproc) > 4 ? $(nproc) - 3 : 1))); do work "$worker" & done
wait
