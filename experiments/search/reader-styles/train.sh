#!/bin/bash
# Teaches the reader styles that European hands have (reader-lines/pen.py with `more`), then whole
# lines.
#
#     train.sh MNIST NUMBERS-CH HANDS BEFORE OUT
#
# MNIST and NUMBERS-CH are folders of IDX files, HANDS has hand-22 to hand-26, what hands.py makes of
# these seeds, BEFORE is the network before, with its prior and temperature; `shuzi` and Python with
# benchmarks/requirements.txt are on the path, MNIST is in shuzi's store. An hour on two cores with
# AVX-512. When pens 9 and 10 were drawn, pen.py had no leaning_five and no ribbon_nine yet, and fewer
# six_like_g and wide_six: another try gives others (run.json has the SHA-256 of what was trained on).
set -eu
mnist=$1 swiss=$2 hands=$3 before=$4 out=$5
here=$(dirname "$0")
# shellcheck source=/dev/null
. "$here/../../reader-pen/sets.sh"
for seed in 9 10 11 12; do
    python3 "$here/../../reader-lines/pen.py" "$out/pen-$seed" 24000 $seed more
done
# shellcheck disable=SC2046,SC2086
{
    make_crops() { # seed, hand, pens
        shuzi data crops --pages 12000 --seed "$1" --out "$out/crops-$1" $(of_hands "${@:2}")
    }
    make_crops 2041 23 9 10 && make_crops 2042 25 9 10
    make_crops 2051 22 11 12 && make_crops 2052 24 11 12
    shuzi export "$before" --to safetensors --prior none=33.333 --temperature 1.1338 --out "$out/base"
    learn() { # run, seed, from, crops, pens
        shuzi train reader --recipe crops --from "$out/$3" --teacher "$out/base" --seed $2 --epochs 1 \
            --learning-rate 1e-3 --out "$out/run-$1" $of_swiss $(of_crops $4) $(of_crops $5) \
            $(pair "$out/pen-$6") $(pair "$out/pen-$7") $test
    }
    learn 1 21 base 2041 2042 9 10
    learn 2 23 run-1 2051 2052 11 12
    # Of run-1 for its 9s alone (cvl.txt).
    shuzi export "$out/base" --to safetensors --blend "$out/run-1=0.7" --prior none=0.03 \
        --temperature 0.882 --out "$out/p0.7"
    for share in 0.2 0.5; do
        shuzi export "$out/base" --to safetensors --blend "$out/run-2=$share" --prior none=0.03 \
            --temperature 0.882 --out "$out/q$share"
    done
    shuzi data lines --pages 5000 --seed 311 --out "$out/lines-311" $(of_hands 24 11)
    shuzi data lines --pages 5000 --seed 312 --out "$out/lines-312" $(of_hands 26 12)
    shuzi data lines --pages 6000 --seed 313 --out "$out/lines-313" $(of_hands 23 12)
    shuzi data lines --pages 6000 --seed 314 --out "$out/lines-314" $(of_hands 25 11)
    shuzi data crops --pages 4000 --without-mnist --seed 2061 --out "$out/crops-2061" $(of_hands 22 11)
    shuzi data crops --pages 4000 --without-mnist --seed 2062 --out "$out/crops-2062" $(of_hands 24 12)
    learn_lines() { # run, seed, from, teacher, crops, lines
        shuzi train reader --recipe "$here/../../reader-pen/lines.json" --from "$3" --teacher "$4" \
            --seed $2 --out "$out/run-$1" --lines "$out/lines-$6" "$out/lines-$7" $(of_crops $5) $test
    }
    learn_lines 3 24 "$out/q0.5" "$out/q0.5" 2061 311 312
    shuzi export "$out/q0.5" --to safetensors --blend "$out/run-3=0.5" --out "$out/L0.5"
    learn_lines 4 25 "$out/L0.5" "$before" 2062 313 314
}
shuzi export "$before" --to safetensors --blend "$out/run-3=0.3" --temperature 0.93 --out "$out/R0.3s"
shuzi export "$before" --to safetensors --blend "$out/run-4=0.2" --out "$out/S0.2"
shuzi export "$out/q0.2" --to safetensors --blend "$out/run-4=0.4" --temperature 0.91 --out "$out/N2"
