#!/bin/bash
# The map of the source, checked: every file is on the map, includes only what stands above it,
# touches a library only where that library belongs, and exports only names that lead back to it.
set -u
cd "$(dirname "$0")/.." || exit 2
fails=0
bad() { echo "$*"; fails=$((fails + 1)); }

declare -A rank
n=0
while read -r module; do
    case $module in ''|'#'*) continue ;; esac
    n=$((n + 1))
    [ -z "${rank[$module]:-}" ] || bad "tests/LAYERS: $module stands there twice"
    rank[$module]=$n
    # [ -e "$module.h" ] || [ -e "$module.c" ] || bad "tests/LAYERS: $module has no file"
done <tests/LAYERS

allowed() { # header, module: may the module include this library?
    case $1 in
    uv.h) [[ $2 == daemon/* ]] ;;
    lmdb.h) [[ $2 == common/db/* ]] ;;
    curl/curl.h) [[ $2 == daemon/io/* || $2 == daemon/ctl/* || ($2 == verifier/* && $2 != verifier/rdf/*) ]] ;;
    microhttpd.h) [[ $2 == daemon/io/httpd* ]] ;;
    stdio.h|time.h|sys/socket.h|unistd.h|fcntl.h)
        [[ $1 == stdio.h || ($2 != common/* && $2 != daemon/core/* && $2 != verifier/rdf/*) || $2 == common/db/* ]] ;;
    esac
}

for file in $(git ls-files --cached --others --exclude-standard 'common/*.[ch]' 'daemon/*.[ch]' 'verifier/*.[ch]'); do
    [ -e "$file" ] || continue
    module=${file%.[ch]}
    [ -n "${rank[$module]:-}" ] || { bad "$file: not in tests/LAYERS"; continue; }
    head -n 1 "$file" | grep -q '^/\*' || bad "$file: the first line must say what the file is for"
    while IFS=: read -r line text; do
        header=$(sed -E 's/.*[<"]([^>"]+)[>"].*/\1/' <<<"$text")
        case $text in
        *\"*)
            other=${header%.h}
            [ "$other" = "$module" ] && continue
            if [ -z "${rank[$other]:-}" ]; then
                [[ $header == *embedded* ]] || bad "$file:$line: $header is not on the map"
            elif [ "${rank[$other]}" -gt "${rank[$module]}" ]; then
                bad "$file:$line: $header stands above $module in no layer (see tests/LAYERS)"
            fi
            case $module:$other in
            verifier/*:daemon/*|daemon/*:verifier/*) bad "$file:$line: daemon and verifier never include each other" ;;
            daemon/core/*:daemon/io/*) bad "$file:$line: core is pure" ;;
            esac ;;
        *)
            case $header in
            uv.h|lmdb.h|curl/curl.h|microhttpd.h|time.h|sys/socket.h|unistd.h|fcntl.h)
                allowed "$header" "$module" || bad "$file:$line: <$header> does not belong here" ;;
            esac ;;
        esac
    done < <(grep -nE '^#include' "$file")
    grep -nE '\b(sprintf|strcpy|strcat|atoi|gets|alloca|strtok)[ ]*\(' "$file" | sed "s|^|$file: forbidden call: |" | grep . && fails=$((fails + 1))
done

# Exported symbols: <file>_…, read from the objects of a build if there is one.
build=${HALLMARK_BUILD:-}
[ -n "$build" ] || for b in build/dev build/asan build/release; do [ -e "$b/build.ninja" ] && build=$b && break; done
if [ -n "$build" ]; then
    while read -r object; do
        file=$(sed -E 's|.*\.dir/(.*)\.c\.o$|\1|' <<<"$object")
        name=${file##*/}
        [ "$name" = main ] && continue
        [ -e "$file.c" ] || continue
        nm -g --defined-only "$object" | awk '{print $3}' | grep -vE "^(${name}(_.*)?|_.*)$" |
            sed "s|^|$file.c: exported symbol off its file's name: |"
    done < <(find "$build" -name '*.c.o' -path '*.dir/*' | grep -E '\.dir/(common|daemon|verifier)/') >/tmp/check_source.$$
    if [ -s /tmp/check_source.$$ ]; then
        cat /tmp/check_source.$$
        fails=$((fails + 1))
    fi
    rm -f /tmp/check_source.$$
fi

[ "$fails" = 0 ] && echo "source map: ok" && exit 0
echo "source map: $fails found"
exit 1
