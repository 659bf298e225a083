/* Crash points for the tests: see fault.h. */
#include "daemon/fault.h"

#ifdef HALLMARK_FAULTS
#include <signal.h>
#include <stdlib.h>
#include <string.h>

void fault_point(const char *name)
{
    static unsigned long passed;
    const char *wanted = getenv("HALLMARK_FAULT");
    size_t len = strlen(name);
    if (wanted == NULL || strncmp(wanted, name, len) != 0 || (wanted[len] != '\0' && wanted[len] != ':'))
        return;
    unsigned long n = wanted[len] == ':' ? strtoul(wanted + len + 1, NULL, 10) : 1;
    if (++passed >= n)
        raise(SIGKILL);
}
#else
typedef int fault_none; /* ISO C forbids an empty translation unit */
#endif
