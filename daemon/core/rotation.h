/* How the key of a log changes, decided without touching anything: one stage after the other, each stored
 * before it is acted on, so that a crash anywhere goes on where it was.
 *
 * rotate:            AUTHORIZE  the old key authorizes the new one; final
 *                    DRAIN      nothing is sealed; all that the old key sent is final
 *                    PROVE      the new key sends; a value whose header holds R_0 is final: the new key has
 *                               accepted the log
 *                    REMOVE     the new key deauthorizes the old one; final
 * deauthorize the key in use:
 *                    LAST       what is waiting is sealed, then nothing more; all of it is final
 *                    CLOSE      the key deauthorizes itself; final
 *                    CLOSED     nothing can be anchored any more
 * Source: design.md section 2 (a key change is two-way; sealing drains before a key is removed).
 */
#ifndef DAEMON_CORE_ROTATION_H
#define DAEMON_CORE_ROTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/seal.h"

enum rotation_stage { /* stored: do not renumber */
    ROTATION_NONE,
    ROTATION_AUTHORIZE,
    ROTATION_DRAIN,
    ROTATION_PROVE,
    ROTATION_REMOVE,
    ROTATION_LAST,
    ROTATION_CLOSE,
    ROTATION_CLOSED,
};

/* A value, stored as it is. */
struct rotation {
    enum rotation_stage stage;
    struct seal_address from; /* the key that goes */
    struct seal_address to;   /* the key that comes; zeros: none */
    uint64_t call;            /* number of the registry call under way */
    uint64_t since;           /* PROVE: the newest batch when the new key took over */
};

/* What the decision needs to know. */
struct rotation_facts {
    bool call_final; /* the call under way is final */
    bool drained;    /* nothing is being sealed, and all that was sealed or called is final */
    bool proved;     /* a batch above `since` is anchored by the new key, finally */
};

enum rotation_do {
    ROTATION_DO_WAIT,
    ROTATION_DO_DRAIN,       /* enter DRAIN */
    ROTATION_DO_SWITCH,      /* enter PROVE: from now on `to` sends */
    ROTATION_DO_DEAUTHORIZE, /* enter REMOVE or CLOSE: call deauthorize(from) */
    ROTATION_DO_END,         /* enter NONE */
    ROTATION_DO_CLOSE,       /* enter CLOSED */
};

enum rotation_do rotation_next(const struct rotation *r, const struct rotation_facts *facts);

/** Whether nothing may be sealed at this stage. */
bool rotation_stops_sealing(enum rotation_stage stage);

/** "none", "authorize", "drain", "prove", "remove", "last", "close", "closed". */
const char *rotation_stage_name(enum rotation_stage stage);

#define ROTATION_BLOB 58
void rotation_encode(const struct rotation *r, uint8_t ret[ROTATION_BLOB]);
/** Returns: ERR_OK; ERR_VERSION; ERR_CORRUPT. */
enum err_code rotation_decode(struct rotation *ret, const void *data, size_t len, struct err *e)
    __attribute__((warn_unused_result));

#endif
