#!/bin/bash
# Tests the tests: each mutant of mutants.list changes one line of the pure core, and the tests of the core
# must then fail. A mutant that survives, or whose line is no longer there, is an error.
#
#   tests/mutants/run.sh           all of them
#   tests/mutants/run.sh TEXT      those whose comment holds TEXT
#
# Everything happens in a temporary folder; the sources are not touched.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cc=${CC:-cc}
flags=(-std=gnu11 -O1 -w -D_GNU_SOURCE -I.)
programs=(test_batch test_fee test_lane test_gap test_rotation test_anchor test_anchor_chain test_anchor_record sim_anchor)

# The programs that can notice a change of this file, the quick ones first.
witnesses() {
    case $1 in
    */batch.c) echo test_batch ;;
    */fee.c) echo test_fee sim_anchor ;;
    */lane.c) echo test_lane sim_anchor ;;
    */gap.c) echo test_gap ;;
    */rotation.c) echo test_rotation ;;
    *) echo test_anchor test_anchor_chain test_anchor_record sim_anchor ;;
    esac
}

compile() { # source, object
    $cc "${flags[@]}" -c "$1" -o "$2"
}

link_program() { # program, its output, the objects of the core
    local extra=(obj/{harness,job}.o)
    [ "$1" = sim_anchor ] && extra=(obj/{world,checks,shell,fakechain}.o)
    $cc -o "$2" "obj/$1.o" "${extra[@]}" "${@:3}" obj/common_*.o -lcmocka -lnettle
}

prepare() { # in an empty folder: links to the sources, every object
    mkdir obj core
    ln -s "$root/common" "$root/daemon" "$root/tests" .
    local name
    for name in common/{wei,err,bytes,hex,sha256*}.c; do compile "$name" "obj/common_$(basename "$name" .c).o"; done
    for name in daemon/core/*.c; do compile "$name" "core/$(basename "$name" .c).o"; done
    for name in test_batch test_fee test_lane test_gap test_rotation test_anchor test_anchor_chain test_anchor_record; do compile "tests/unit/$name.c" "obj/$name.o"; done
    for name in sim_anchor world checks shell fakechain; do compile "tests/sim/$name.c" "obj/$name.o"; done
    for name in harness job; do compile "tests/$name.c" "obj/$name.o"; done
}

passes() { # program, where its output goes
    local status=0
    { timeout 120 "$1" >"$2" 2>&1; } 2>/dev/null || status=$?
    return $status
}

# One mutant: $1 number, $2 file, $3 old line, $4 new line, $5 comment. Prints one line.
try() {
    local at=mutant.$1 program result=SURVIVED by= name
    name=$(basename "$2" .c)
    mkdir "$at"
    if ! OLD=$3 NEW=$4 awk '
        { line = $0; gsub(/^[ \t]+|[ \t]+$/, "", line) }
        line == ENVIRON["OLD"] { print ENVIRON["NEW"]; n++; next }
        { print }
        END { exit n == 1 ? 0 : 1 }' "$2" >"$at/$name.c"; then
        result=STALE
    elif ! compile "$at/$name.c" "$at/$name.o" 2>"$at/output"; then
        result=BROKEN
    else
        for program in $(witnesses "$2"); do
            link_program "$program" "$at/$program" "$at/$name.o" $(printf '%s\n' core/*.o | grep -v "/$name.o")
            if ! passes "$at/$program" "$at/output"; then
                result=killed by=$program
                break
            fi
        done
    fi
    printf '%-8s %-11s %s\n' "$result" "$by" "$5"
    rm -r "$at"
}

if [ "${1:-}" = --try ]; then # from xargs below, in the prepared folder
    try "${@:2}"
    exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
prepare
for program in "${programs[@]}"; do
    link_program "$program" "./$program" core/*.o
    passes "./$program" output || { echo "$program fails without any mutant"; tail -n 5 output; exit 1; }
done

# The list: "# comment", the file, "- old line", "+ new line".
awk -v wanted="${1:-}" -v OFS='\0' -v ORS='\0' '
    /^#/ { comment = substr($0, 3) }
    /^daemon\// { file = $0 }
    /^- / { old = substr($0, 3) }
    /^\+ / { if (index(comment, wanted)) print ++n, file, old, substr($0, 3), comment }' "$here/mutants.list" >list
xargs -0 -n 5 -P "$(nproc)" "$here/run.sh" --try <list | tee results
killed=$(grep -c '^killed' results || true)
total=$(wc -l <results)
echo "mutants: $total, killed $killed"
[ "$killed" = "$total" ] && [ "$total" -gt 0 ]
