#!/bin/bash
# What compilers do not see.
#   lint.sh tidy BUILD      clang-tidy with the checks of .clang-tidy (minutes)
#   lint.sh cppcheck BUILD  cppcheck
#   lint.sh reasons         every suppression in the code says why
# Exit 77: the tool is not on this machine.
set -eu
cd "$(dirname "$0")/.."

mapfile -t files < <(git ls-files 'common/*.c' 'daemon/*.c' 'verifier/*.c')

need() {
    command -v "$1" >/dev/null || { echo "lint: $1 is not installed: scripts/setup --full"; exit 77; }
}

case ${1:-} in
tidy)
    need clang-tidy
    # gcc's own options mean nothing to clang.
    printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 8 clang-tidy -p "$2" --quiet \
        --extra-arg=-Wno-unknown-warning-option 2> >(grep -vE '^[0-9]+ warnings? generated|^Suppressed|^Use -' >&2)
    ;;
cppcheck)
    need cppcheck
    cppcheck --quiet --std=c11 --platform=unix64 --enable=warning,performance,portability --inline-suppr \
        --error-exitcode=1 -j "$(nproc)" -I . -I "$2/generated" -I "$2/embedded" -D_GNU_SOURCE -D__x86_64__ \
        -DHALLMARK_VERSION='""' '-Djson_array_foreach(a,i,v)=for((i)=0;(i)<json_array_size(a);(i)++)' \
        '-Djson_object_foreach(o,k,v)=for((k)=NULL;(k)!=NULL;)' --suppressions-list=<(grep -v "^#" tests/cppcheck.txt) "${files[@]}"
    ;;
reasons)
    # The check is named and a reason follows.
    if git grep -nE 'NOLINT|cppcheck-suppress' -- '*.c' '*.h' |
        grep -vE 'NOLINT(NEXTLINE)?\([a-zA-Z0-9.,-]+\): .{10}|cppcheck-suppress [a-zA-Z0-9]+ ; .{10}'; then
        echo "lint: these suppressions lack a check or a reason"
        exit 1
    fi
    ;;
*)
    echo "usage: lint.sh tidy BUILD | cppcheck BUILD | reasons" >&2
    exit 64
    ;;
esac
