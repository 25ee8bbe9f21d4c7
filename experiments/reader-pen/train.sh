#!/bin/bash
# Teaches the reader digits that a pen draws (reader-lines/pen.py), in this project's own engine.
#
#     train.sh MNIST NUMBERS-CH HANDS BEFORE OUT
#
# MNIST and NUMBERS-CH are folders of IDX files, HANDS has hand-12 to hand-16 of make.sh
# (reader-taught), BEFORE is a network without its prior and temperature; `shuzi` and Python with
# benchmarks/requirements.txt are on the path, MNIST is in shuzi's store. What is shipped saw a file
# more of crops in run-1 and run-2, and another in run-3 in place of crops-2001 (their SHA-256 stand
# in run.json): another try gives others.
set -eu
mnist=$1 swiss=$2 hands=$3 before=$4 out=$5
here=$(dirname "$0")
# shellcheck source=/dev/null
. "$here/sets.sh"
for seed in 1 2 3; do
    python3 "$here/../reader-lines/pen.py" "$out/pen-$seed" 24000 $seed
done
# shellcheck disable=SC2046,SC2086
crops() { # seed, hand, pen
    shuzi dev crops --pages 2000 --seed $1 --out "$out/crops-$1" $(of_hands $2 $3)
}
crops 2001 13 1 && crops 2002 14 1 && crops 2003 15 1
crops 2004 16 2 && crops 2005 12 3 && crops 2006 13 2 && crops 2007 14 3
# shellcheck disable=SC2046,SC2086
{
    shuzi train reader --recipe crops --epochs 1 --seed 11 --learning-rate 1e-3 --out "$out/run-1" \
        --from "$before" --teacher "$before" $(of_crops 2001 2002 2003) $(pair "$out/pen-1") $of_swiss $test
    shuzi export "$before" --to safetensors --blend "$out/run-1=0.5" --out "$out/half"
    shuzi train reader --recipe crops --epochs 1 --seed 13 --learning-rate 1e-3 --out "$out/run-2" \
        --from "$out/half" --teacher "$out/half" $(of_crops 2004 2005 2006 2007) \
        $(pair "$out/pen-2") $(pair "$out/pen-3") $of_swiss $test
    shuzi export "$before" --to safetensors --blend "$out/run-2=0.3" --temperature 0.9 \
        --prior none=0.03 --out "$out/pen"
    shuzi dev lines --pages 5000 --seed 203 --out "$out/lines-203" $(of_hands 13 1)
    # What is shipped saw two more files of lines.
    shuzi train reader --recipe "$here/lines.json" --seed 15 --out "$out/run-3" \
        --from "$out/pen" --teacher "$out/pen" --lines "$out"/lines-* \
        $(of_crops 2001) $of_swiss $test
}
