/* What a check of a store can find: see store_finding.h. */
#include "common/db/store_finding.h"

#define REMEDY_RESTORE "restore from mirror or backup; the disk may be failing"
#define REMEDY_REINDEX "stop hallmarkd, remove the folder index/ of the store, start it: the index is made again"
#define REMEDY_REMIRROR "remove the file and restart hallmarkd: it is written again"
#define REMEDY_COMPACT "run hallmarkctl compact"
#define REMEDY_NEWER "the store is older than its mirror: restore from the mirror"

static const struct store_finding_info INFO[] = {
#define X(name, code, text, remedy) [STORE_FINDING_##name] = {code, text, REMEDY_##remedy},
    STORE_FINDINGS(X)
#undef X
};

const struct store_finding_info *store_finding_info(enum store_finding_code code)
{
    return &INFO[code];
}
