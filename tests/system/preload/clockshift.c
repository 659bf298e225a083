/* LD_PRELOAD: the wall clock, shifted by the seconds that stand in the file $CLOCKSHIFT names; the
 * file is read anew each time, so a test can let the clock jump. The monotonic clock stays true. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long shift(void)
{
    const char *path = getenv("CLOCKSHIFT");
    FILE *f = path != NULL ? fopen(path, "re") : NULL;
    long seconds = 0;
    if (f != NULL && fscanf(f, "%ld", &seconds) != 1)
        seconds = 0;
    if (f != NULL)
        fclose(f);
    return seconds;
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
    static int (*real)(clockid_t, struct timespec *);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    int rc = real(id, ret);
    if (rc == 0 && id == CLOCK_REALTIME)
        ret->tv_sec += shift();
    return rc;
}
