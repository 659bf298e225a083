/* Feeds files and whole folders to a fuzz target, so that known inputs are tests in every build.
 *
 *   fuzz_NAME FILE|FOLDER...
 *
 * The last line says how many files were fed; none is an error. A folder that is absent is named. */
#include "tests/fuzz/fuzz.h"

#include <ftw.h>
#include <sys/stat.h>

#define MAX_BYTES ((size_t)1 << 20) /* libFuzzer's inputs are smaller still */

static unsigned fed;

static int feed(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)ftw;
    if (type != FTW_F || (size_t)st->st_size > MAX_BYTES)
        return 0;
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc((size_t)st->st_size + 1);
    if (f == NULL || data == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(66);
    }
    /* A copy of the exact size, so that the address sanitizer sees every step too far. */
    size_t len = fread(data, 1, (size_t)st->st_size, f);
    uint8_t *exact = realloc(data, len > 0 ? len : 1);
    fclose(f);
    printf("%s\n", path);
    fflush(stdout); /* the last line names the input that failed */
    LLVMFuzzerTestOneInput(exact, len);
    free(exact);
    fed++;
    return 0;
}

int main(int argc, char **argv)
{
    LLVMFuzzerTestOneInput(NULL, 0); /* as libFuzzer does first */
    for (int i = 1; i < argc; i++)
        if (nftw(argv[i], feed, 16, FTW_PHYS) != 0)
            printf("absent: %s\n", argv[i]);
    printf("fed %u files\n", fed);
    return fed > 0 ? 0 : 1;
}
