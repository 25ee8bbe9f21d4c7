#!/bin/bash
# Links what train.py reads beside lines: a hand of hands.py, and whole crops of `data crops`.
#
#     singles.sh OUT HAND CROPS...
set -eu
out=$1 hand=$(realpath "$2")
shift 2
ln -s "$hand"/single-{mnist,shaped,swiss}* "$out"
for crops in "$@"; do
    crops=$(realpath "$crops")
    for what in images-idx3 labels-idx1; do
        ln -s "$crops/crops-$what-ubyte.gz" "$out/single-$(basename "$crops")-${what%-*}.gz"
    done
done
