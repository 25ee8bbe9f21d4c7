#!/bin/bash
# Trains student 3 on lines, on a CPU.
#
#     lines.sh HANDS NUMBERS-CH STUDENT OUT
#
# HANDS is the folder in which make.sh made its hands, before anything else.
set -eu
hands=$1 swiss=$2 student=$3 out=$4
here=$(dirname "$0")
data=$(mktemp -d)
hand() { # images and labels of numbers-ch, and of a hand if its seed is given
    echo "--images $swiss/train-images-idx3-ubyte.gz --labels $swiss/train-labels-idx1-ubyte.gz"
    for seed in "$@"; do
        echo "--images $hands/hand-$seed/single-shaped-images.gz --labels $hands/hand-$seed/single-shaped-labels.gz"
    done
}
# shellcheck disable=SC2046
{
    shuzi data crops --pages 2400 --seed 1002 --out "$data/crops-1" $(hand 12)
    shuzi data lines --pages 5000 --seed 201 --out "$data/lines-201.safetensors" $(hand 14)
    shuzi data lines --pages 5000 --seed 202 --out "$data/lines-202.safetensors" $(hand 15)
}
"$here/singles.sh" "$data" "$hands/hand-12" "$data/crops-1" "$hands/few"
python3 -u "$here/../reader-lines/train.py" "$data" --from "$student" --out "$out" --device cpu \
    --seconds 1900 --rate 1e-3 --arcs 768 --singles 256 --share 0.5 --stay 1 --empty 0.3 \
    --thickness 0.3 --seed 4
