#!/bin/sh
# Lays together what search.py reads: MNIST's training files, other hands, and pools of
# digits whose shape the augmenter has changed, nothing else.
#
#     data.sh MNIST HANDS OUT
#
# MNIST has the four files, raw; HANDS a folder each for cvl, numbers-ch and drawn with
# dev-images-idx3-ubyte.gz and dev-labels-idx1-ubyte.gz.
set -eu
mnist=$1 hands=$2 out=$3
mkdir -p "$out"
gzip -c "$mnist/train-images-idx3-ubyte" > "$out/train-images-idx3-ubyte.gz"
cp "$mnist/train-labels-idx1-ubyte" "$out"
for set in cvl numbers-ch drawn; do
    cp "$hands/$set/dev-images-idx3-ubyte.gz" "$out/$set-images.gz"
    cp "$hands/$set/dev-labels-idx1-ubyte.gz" "$out/$set-labels.gz"
done
pool() { # FIELD DIGIT COPIES NAME
    printf '{"rotation_degrees":0,"zoom_fraction":0,"shear_degrees":0,"shift_pixels":0,"elastic":null,"%s":1}' \
        "$1" > "$out/$4.json"
    cargo run --release -q -p shuzi-data --example distort -- "$out/$4.json" "$2" "$3" "$out/$4.gz"
}
pool upstroke_probability 1 8 up
pool curled_nine_probability 9 8 curled
pool mirrored_nine_probability 9 1 mirrored
