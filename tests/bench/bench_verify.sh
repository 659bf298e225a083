#!/bin/sh
# `hallmark verify` beside Blockcerts' own verifier on the same certificates in the same run, look-ups recorded.
#
#   tests/bench/bench_verify.sh [FOLDER]     by default the fixtures of the public data
#
# Needs a release build (cmake --preset release && cmake --build --preset release), the npm packages of
# tests/ (scripts/setup) and Node 20.19 or later.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=${HALLMARK_BUILD:-$here/../../build/release}/hallmark
starter=${HALLMARK_BUILD:-$here/../../build/release}/bench/bench_start
folder=${1:-${HALLMARK_DATA:-$here/../../../shared/data}/fixtures}
[ -x "$program" ] || { echo "bench_verify: $program is missing: build the release preset" >&2; exit 66; }
[ -x "$starter" ] || { echo "bench_verify: $starter is missing: build bench_start" >&2; exit 66; }
[ -d "$folder/env" ] || { echo "bench_verify: $folder holds no certificates with recorded look-ups" >&2; exit 66; }
[ -d "$here/../node_modules/@blockcerts" ] || { echo "bench_verify: run scripts/setup first" >&2; exit 66; }
exec node "$here/bench_verify.mjs" "$program" "$starter" "$folder"
