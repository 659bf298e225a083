#!/bin/bash
# Fuzz targets on their seeds: folders of the public data (tests/fuzz/seeds) and tests/fuzz/corpus.
#
#   run.sh replay PROGRAM NAME              every seed once (a build of any preset)
#   run.sh fuzz SECONDS [NAME...]           libFuzzer for so long each, all of them by default
#
# What libFuzzer learns is kept in build/fuzz/found/NAME. An input that fails is named, and the exit code is
# not 0: repair, and copy it to tests/fuzz/corpus/NAME.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
data=${HALLMARK_DATA:-$root/../shared/data}
build=$root/build/fuzz

seeds_of() { # name: prints the folders that exist
    local name=$1 folder
    for folder in "$here/corpus/$name" \
        $(awk -v name="$name" '$1 == name { $1 = ""; print }' "$here/seeds" | sed "s| | $data/|g"); do
        [ ! -d "$folder" ] || echo "$folder"
    done
}

fuzz() { # name seconds: one line, and on failure the last lines of the log
    local log=$build/found/$1.log dict=() folders status=0
    mkdir -p "$build/found/$1"
    mapfile -t folders < <(seeds_of "$1")
    [ ! -e "$here/$1.dict" ] || dict=("-dict=$here/$1.dict")
    nice "$build/tests/fuzz_$1" "${dict[@]}" -max_total_time="$2" -max_len=16384 -timeout=20 -rss_limit_mb=4096 \
        -artifact_prefix="$build/found/$1-" -print_final_stats=1 \
        "$build/found/$1" "${folders[@]}" >"$log" 2>&1 || status=$?
    printf 'fuzz/%-12s %9s inputs, %5s edges\n' "$1" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
        "$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)"
    [ "$status" = 0 ] && return
    echo "fuzz/$1 failed:"
    tail -n 50 "$log"
    return 1
}

case "${1:-}:$#" in
replay:3)
    mapfile -t folders < <(seeds_of "$3")
    exec "$2" "${folders[@]}" ;;
fuzz:1) ;;
fuzz:*)
    seconds=$2
    shift 2
    [ $# -gt 0 ] || mapfile -t names < <(cd "$here" && printf '%s\n' fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
    [ $# = 0 ] || names=("$@")
    # One program a core; all are run, whatever becomes of one of them.
    printf '%s\n' "${names[@]}" | xargs -P "$(nproc)" -I{} "$0" one "$seconds" {}
    exit ;;
one:3)
    fuzz "$3" "$2"
    exit ;;
esac
sed -n '2,8p' "$0" >&2
exit 64
