#!/bin/bash
# Fuzz targets on their seeds: folders of the public data (tests/fuzz/seeds) and tests/fuzz/corpus.
#
#   run.sh replay PROGRAM NAME              every seed once (a build of any preset)
#   run.sh fuzz SECONDS [NAME...]           libFuzzer for so long each, all of them by default
#
# Found inputs are kept in build/fuzz/found-NAME; a crash is printed with its file, and the exit code is
# not 0. To keep a finding, copy its file to tests/fuzz/corpus/NAME.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
data=${HALLMARK_DATA:-$root/../shared/data}

seeds_of() { # name: prints the folders that exist
    local name=$1 folder
    for folder in "$here/corpus/$name" \
        $(awk -v name="$name" '$1 == name { $1 = ""; print }' "$here/seeds" | sed "s| | $data/|g"); do
        [ ! -d "$folder" ] || echo "$folder"
    done
}

case "${1:-}:$#" in
replay:3)
    mapfile -t folders < <(seeds_of "$3")
    exec "$2" "${folders[@]}" ;;
fuzz:*)
    [ $# -ge 2 ] || { echo "run.sh: how many seconds?" >&2; exit 64; }
    seconds=$2
    shift 2
    build=$root/build/fuzz
    [ $# -gt 0 ] || mapfile -t names < <(cd "$here" && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
    [ $# = 0 ] || names=("$@")
    for name in "${names[@]}"; do
        mkdir -p "$build/found-$name"
        mapfile -t folders < <(seeds_of "$name")
        dict=()
        [ ! -e "$here/$name.dict" ] || dict=("-dict=$here/$name.dict")
        echo "fuzz_$name: $seconds s, seeds: ${folders[*]}"
        "$build/tests/fuzz_$name" "${dict[@]}" -max_total_time="$seconds" -max_len=16384 -timeout=10 \
            -rss_limit_mb=4096 -artifact_prefix="$build/found-$name-" -print_final_stats=1 -verbosity=0 \
            "$build/found-$name" "${folders[@]}"
    done ;;
*)
    sed -n '2,9p' "$0" >&2
    exit 64 ;;
esac
