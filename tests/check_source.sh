#!/bin/bash
# The map of the source, checked: every file is on the map, includes only what stands above it,
# touches a library only where that library belongs, and exports only names that lead back to it.
set -u
cd "$(dirname "$0")/.." || exit 2
found=$(mktemp)
trap 'rm -f "$found"' EXIT

mapfile -t files < <(git ls-files --cached --others --exclude-standard 'common/*.[ch]' 'daemon/*.[ch]' 'verifier/*.[ch]' |
    while read -r file; do [ -e "$file" ] && echo "$file"; done)

# A module of the map without a file.
grep -vE '^(#|$)' tests/LAYERS | while read -r module; do
    [ -e "$module.h" ] || [ -e "$module.c" ] || echo "tests/LAYERS: $module has no file"
done >>"$found"

# Includes, first lines and forbidden calls, in one pass over all files.
awk '
function is_in(module, folder) { return index(module, folder) == 1 }
function belongs(header, module) { # may this module use this library?
    if (header == "uv.h") return is_in(module, "daemon/")
    if (header == "lmdb.h") return is_in(module, "common/db/")
    if (header == "curl/curl.h")
        return is_in(module, "daemon/io/") || is_in(module, "daemon/ctl/") ||
               (is_in(module, "verifier/") && !is_in(module, "verifier/rdf/"))
    if (header ~ /^gnutls\//) return is_in(module, "daemon/io/tlscert")
    if (header == "microhttpd.h") return is_in(module, "daemon/io/httpd")
    if (header ~ /^(time|unistd|fcntl|sys\/socket)\.h$/)
        return is_in(module, "common/db/") ||
               !(is_in(module, "common/") || is_in(module, "daemon/core/") || is_in(module, "verifier/rdf/"))
    return 1
}
FILENAME == "tests/LAYERS" {
    if ($0 == "" || /^#/) next
    if ($0 in rank) print "tests/LAYERS: " $0 " stands there twice"
    rank[$0] = ++n
    next
}
FNR == 1 {
    module = FILENAME; sub(/\.[ch]$/, "", module)
    if (!(module in rank)) print FILENAME ": not in tests/LAYERS"
    if ($0 !~ /^\/\*/) print FILENAME ": the first line must say what the file is for"
}
/^#include "/ {
    split($0, part, "\""); other = part[2]; sub(/\.h$/, "", other)
    if (other == module || other ~ /(^|_)embedded$/) next
    if (!(other in rank)) print FILENAME ":" FNR ": " part[2] " is not on the map"
    else if (rank[other] > rank[module]) print FILENAME ":" FNR ": " part[2] " does not stand above " module " in tests/LAYERS"
    if ((is_in(module, "verifier/") && is_in(other, "daemon/")) || (is_in(module, "daemon/") && is_in(other, "verifier/")))
        print FILENAME ":" FNR ": daemon and verifier never include each other"
    if (is_in(module, "daemon/core/") && is_in(other, "daemon/io/")) print FILENAME ":" FNR ": core is pure"
}
/^#include </ {
    header = $0; sub(/^#include </, "", header); sub(/>.*/, "", header)
    if (!belongs(header, module)) print FILENAME ":" FNR ": <" header "> does not belong here"
}
/(^|[^A-Za-z0-9_])(sprintf|strcpy|strcat|atoi|gets|alloca|strtok)[ ]*\(/ { print FILENAME ":" FNR ": forbidden call: " $0 }
' tests/LAYERS "${files[@]}" >>"$found"

# Exported symbols: <file>_…, read from the objects of a build if there is one.
build=${HALLMARK_BUILD:-}
[ -n "$build" ] || for b in build/dev build/asan build/release; do [ -e "$b/build.ninja" ] && build=$b && break; done
if [ -n "$build" ]; then
    find "$build" -name '*.c.o' -path '*.dir/*' | grep -E '\.dir/(common|daemon|verifier)/' | xargs -r nm -A -g --defined-only |
        awk '{
            object = $1; sub(/:[^:]*$/, "", object); symbol = $NF
            file = object; sub(/^.*\.dir\//, "", file); sub(/\.c\.o$/, "", file)
            name = file; sub(/^.*\//, "", name)
            if (name == "main" || symbol ~ /^_/) next
            if (symbol != name && index(symbol, name "_") != 1) print file ".c: exported symbol off its file: " symbol
        }' | while read -r file rest; do [ -e "${file%:}" ] && echo "$file $rest"; done >>"$found"
fi

if [ -s "$found" ]; then
    cat "$found"
    echo "source map: $(wc -l <"$found") found"
    exit 1
fi
echo "source map: ok"
