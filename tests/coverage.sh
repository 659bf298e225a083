#!/bin/bash
# How much of the source the tests run, line by line: coverage.sh BUILD, after a run of the tests in BUILD.
# Prints the total and the ten files with the most lines that nothing runs. Exit 77: no gcovr on this machine.
set -eu
cd "$(dirname "$0")/.."
command -v gcovr >/dev/null || { echo "coverage: gcovr is not installed: scripts/setup --full"; exit 77; }
table=$(mktemp)
trap 'rm -f "$table"' EXIT
gcovr --root . --object-directory "$1" --filter '(common|daemon|verifier)/' --csv "$table" --print-summary \
    --gcov-ignore-parse-errors 2>/dev/null | grep -E '^(lines|functions|branches)'
echo "most lines that nothing runs:"
python3 - "$table" <<'PYTHON'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
rows.sort(key=lambda row: int(row["line_covered"]) - int(row["line_total"]))
for row in rows[:10]:
    missing = int(row["line_total"]) - int(row["line_covered"])
    print(f'  {missing:5} of {row["line_total"]:>5}  {row["filename"]}')
PYTHON
