#!/bin/sh
# Hallmark beside jsonld.js on the same credentials in the same run.
#
#   tests/bench/bench_canon.sh [FILE.json...]      by default the credentials of the public data
#
# Needs a release build (cmake --preset release && cmake --build --preset release).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=${HALLMARK_BUILD:-$here/../../build/release}/bench/bench_canon
[ -x "$program" ] || { echo "bench_canon: $program is missing: build the release preset" >&2; exit 66; }
[ -d "$here/node_modules" ] ||
    npm ci --prefix "$here" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
if [ $# = 0 ]; then
    data=${HALLMARK_DATA:-$here/../../../shared/data}/suites/canonical-oracle
    [ -d "$data" ] || { echo "bench_canon: $data is missing: name the files" >&2; exit 66; }
    set -- "$data"/*.json
fi
exec node "$here/bench_canon.mjs" "$program" "$@"
