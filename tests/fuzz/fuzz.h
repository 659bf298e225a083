/* What the fuzz targets share. Each tests/fuzz/fuzz_NAME.c defines the one function below: libFuzzer
 * calls it in a build with the preset "fuzz"; in the others replay.c calls it for files, as a test. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/** Feed one input. Returns: 0; a broken property aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/** A property that must hold for every input. */
#define fuzz_assert(property)                                                                      \
    do {                                                                                           \
        if (!(property)) {                                                                         \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #property);          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
