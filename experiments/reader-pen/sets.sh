# What the scripts that teach the reader a pen's digits have in common: options of `shuzi` that name
# sets. They set mnist, swiss, hands and out first.
# shellcheck shell=bash disable=SC2034,SC2154
mkdir -p "$out"
of_swiss="--images $swiss/train-images-idx3-ubyte.gz --labels $swiss/train-labels-idx1-ubyte.gz"
test="--test-images $mnist/train-images-idx3-ubyte --test-labels $mnist/train-labels-idx1-ubyte"
pair() { # files PREFIX-images and PREFIX-labels, their suffixes
    echo "--images $1-images${2:-}.gz --labels $1-labels${3:-}.gz"
}
of_crops() { # seeds
    for seed in "$@"; do pair "$out/crops-$seed/crops" -idx3-ubyte -idx1-ubyte; done
}
of_hands() { # hand, pens
    echo "$of_swiss $(pair "$hands/hand-$1/single-shaped")"
    for pen in "${@:2}"; do pair "$out/pen-$pen"; done
}
