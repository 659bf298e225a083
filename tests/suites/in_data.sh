#!/bin/sh
# Run PROGRAM on PATH of the public test data; 77, which ctest shows as skipped, if that is absent.
program=$1
path=${HALLMARK_DATA:-$(dirname "$0")/../../../shared/data}/$2
if [ ! -e "$path" ]; then
    echo "absent: $path (the suite is skipped)"
    exit 77
fi
exec "$program" "$path"
