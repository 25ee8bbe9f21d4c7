#!/bin/bash
# Teaches the reader more of a pen's styles (pen.py with `more`), then whole lines once more.
#
#     train.sh MNIST NUMBERS-CH HANDS OUT
#
# MNIST and NUMBERS-CH are folders of IDX files, HANDS has what hands.py makes of seeds 22 to 26;
# `shuzi` and Python with benchmarks/requirements.txt are on the path, MNIST is in shuzi's store.
# An hour on two cores.
set -eu
mnist=$1 swiss=$2 hands=$3 out=$4
here=$(dirname "$0")
# shellcheck source=/dev/null
. "$here/../../reader-pen/sets.sh"
for seed in 7 8; do
    python3 "$here/../../reader-lines/pen.py" "$out/pen-$seed" 24000 $seed more
done
# shellcheck disable=SC2046,SC2086
{
    shuzi data crops --pages 12000 --seed 2021 --out "$out/crops-2021" $(of_hands 23 7 8)
    shuzi data crops --pages 12000 --seed 2022 --out "$out/crops-2022" $(of_hands 25 7 8)
    # Without the shipped network's prior and temperature.
    shuzi export reader --to safetensors --prior none=33.333 --temperature 1.1338 --out "$out/base"
    shuzi train reader --recipe crops --from "$out/base" --teacher "$out/base" --seed 21 --epochs 1 \
        --learning-rate 1e-3 --out "$out/run-1" $of_swiss $(of_crops 2021) $(of_crops 2022) \
        $(pair "$out/pen-7") $(pair "$out/pen-8") $test
    for share in 0.2 0.35 0.5; do
        shuzi export "$out/base" --to safetensors --blend "$out/run-1=$share" --prior none=0.03 \
            --temperature 0.882 --out "$out/pen-$share"
    done
    shuzi data lines --pages 5000 --seed 301 --out "$out/lines-301" $(of_hands 24 7)
    shuzi data lines --pages 5000 --seed 302 --out "$out/lines-302" $(of_hands 26 8)
    shuzi data crops --pages 4000 --without-mnist --seed 2031 --out "$out/crops-2031" $(of_hands 22 7)
    shuzi train reader --recipe "$here/../../reader-pen/lines.json" --from "$out/pen-0.35" \
        --teacher "$out/pen-0.35" --seed 22 --out "$out/run-2" --lines "$out/lines-301" "$out/lines-302" \
        $(of_crops 2031) $test
    shuzi export reader --to safetensors --blend "$out/run-2=0.3" --out "$out/lines-of-shipped"
    shuzi export "$out/pen-0.2" --to safetensors --blend "$out/run-2=0.2" --out "$out/lines-0.2"
    shuzi export "$out/pen-0.35" --to safetensors --blend "$out/run-2=0.4" --out "$out/lines-0.35"
    shuzi export "$out/lines-0.2" --to safetensors --temperature 0.9 --out "$out/lines-0.2-sharp"
}
