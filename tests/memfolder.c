/* A folder in memory: see memfolder.h. */
#include "tests/memfolder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/harness.h"

static char folder[64];
static pid_t owner;

static int on_entry(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(name);
}

static void remove_folder(void)
{
    if (getpid() == owner) /* not when a child of the test exits */
        nftw(folder, on_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *memfolder(void)
{
    if (folder[0] != '\0')
        return folder;
    snprintf(folder, sizeof folder, "/dev/shm/hallmark-test-XXXXXX");
    owner = getpid();
    if (mkdtemp(folder) != NULL)
        atexit(remove_folder);
    else
        snprintf(folder, sizeof folder, "%s", harness_folder());
    return folder;
}
