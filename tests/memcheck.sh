#!/bin/bash
# The verifier under valgrind: its programs' own tests, and the command itself on good and bad files.
#   memcheck.sh BUILD command   the command
#   memcheck.sh BUILD           also the unit tests of all modules in verifier/ (many minutes)
# Exit 77: no valgrind on this machine.
set -u
command -v valgrind >/dev/null || { echo "memcheck: valgrind is not installed: scripts/setup --full"; exit 77; }
build=$(realpath "$1")
cd "$(dirname "$0")" || exit 2
shift
failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

check() { # expected exit code, program, arguments…
    local expected=$1 rc=0
    shift
    valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect \
        --errors-for-leak-kinds=definite,indirect "$@" >"$scratch/out" 2>&1 || rc=$?
    if [ "$rc" != "$expected" ]; then
        echo "memcheck: $*: exit $rc instead of $expected"
        grep -E '^==|ERROR|FAILED' "$scratch/out" | head -n 40
        failed=1
    fi
}

tests=()
if [ $# = 0 ]; then
    mapfile -t modules < <(sed -n 's|^verifier/.*/||; s|^verifier/||; /^[a-z0-9_]*$/p' LAYERS | sort -u)
    for module in "${modules[@]}"; do
        [ -x "$build/tests/test_$module" ] && tests+=("test_$module")
    done
fi
for test in "${tests[@]}"; do
    echo "memcheck: $test"
    check 0 "$build/tests/$test"
done

hallmark=$build/hallmark
printf 'a document\n' >"$scratch/file.txt"
printf '{"type":"HallmarkProof","version":1,"log":"x"' >"$scratch/file.txt.proof.json"
printf '{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"did:key:z6Mk","credentialSubject":{"id":"urn:x"}}' \
    >"$scratch/credential.json"
printf '{"@context": [' >"$scratch/broken.json"
echo "memcheck: hallmark"
check 0 "$hallmark" hash "$scratch/file.txt" "$scratch/credential.json"
check 0 "$hallmark" canonize "$scratch/credential.json"
check 2 "$hallmark" verify --offline "$scratch/file.txt"
check 65 "$hallmark" verify --json --offline "$scratch/broken.json"
check 66 "$hallmark" verify --offline "$scratch/nothing"
check 64 "$hallmark" verify
exit $failed
