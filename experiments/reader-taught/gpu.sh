#!/bin/bash
# Trains on a GPU while what is learned from is being made (make.sh, begun before).
#
#     gpu.sh DATA OUT READER BESIDE
#
# First taught.py; then, from two of its students, train.py on the lines that there are by then.
set -u
data=$(realpath "$1") out=$2 reader=$3 beside=$4
here=$(dirname "$0")
mkdir -p "$out"
until [ -e "$data/ready" ]; do sleep 1; done
python3 -u "$here/taught.py" "$data" --out "$out" --reader "$reader" --beside "$beside" \
    --teachers 165 --students 265 | tee "$out/taught.log"
mkdir -p "$data/lines"
ln -s "$data"/lines-*.safetensors "$data/lines"
crops=("$data"/crops-*)
"$here/singles.sh" "$data/lines" "$data/hand-12" "${crops[@]:9:3}"
for number in 1 2; do
    python3 -u "$here/../reader-lines/train.py" "$data/lines" --from "$out/student-$number" \
        --out "$out/line-$number" --seconds 100 --rate 1e-3 --share 0.5 --stay 1 --empty 0.3 \
        --thickness 0.3 --seed $((number + 1)) > "$out/line-$number.log" &
done
wait
