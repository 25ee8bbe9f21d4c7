#!/bin/bash
# Trains on a GPU while what is learned from is being made (make.sh, begun a minute before).
#
#     gpu.sh DATA OUT READER BESIDE
#
# First taught.py; then, from two of its students, train.py on the lines that there are by then.
set -u
data=$1 out=$2 reader=$3 beside=$4
here=$(dirname "$0")
mkdir -p "$out"
python3 -u "$here/taught.py" "$data" --out "$out" --reader "$reader" --beside "$beside" \
    --teachers 165 --students 265 | tee "$out/taught.log"
mkdir -p "$data/lines"
ln -s "$data"/lines-*.safetensors "$data"/hand-12/single-{mnist,shaped,swiss}* "$data/lines"
for crops in $(ls -d "$data"/crops-* | sed -n '10,12p'); do
    for what in images-idx3 labels-idx1; do
        ln -s "$crops/crops-$what-ubyte.gz" "$data/lines/single-$(basename "$crops")-${what%-*}.gz"
    done
done
for number in 1 2; do
    python3 -u "$here/../reader-lines/train.py" "$data/lines" --from "$out/student-$number" \
        --out "$out/line-$number" --seconds 100 --rate 1e-3 --share 0.5 --stay 1 --empty 0.3 \
        --thickness 0.3 --seed $((number + 1)) > "$out/line-$number.log" &
done
wait
