/* How the key of a log changes: see rotation.h. */
#include "daemon/core/rotation.h"

#include "common/bytes.h"

#define BLOB_VERSION 1

enum rotation_do rotation_next(const struct rotation *r, const struct rotation_facts *facts)
{
    switch (r->stage) {
    case ROTATION_NONE:
    case ROTATION_CLOSED:
        return ROTATION_DO_WAIT;
    case ROTATION_AUTHORIZE:
        return facts->call_final ? ROTATION_DO_DRAIN : ROTATION_DO_WAIT;
    case ROTATION_DRAIN:
        return facts->drained ? ROTATION_DO_SWITCH : ROTATION_DO_WAIT;
    case ROTATION_PROVE:
        return facts->proved ? ROTATION_DO_DEAUTHORIZE : ROTATION_DO_WAIT;
    case ROTATION_REMOVE:
        return facts->call_final ? ROTATION_DO_END : ROTATION_DO_WAIT;
    case ROTATION_LAST:
        return facts->drained ? ROTATION_DO_DEAUTHORIZE : ROTATION_DO_WAIT;
    case ROTATION_CLOSE:
        return facts->call_final ? ROTATION_DO_CLOSE : ROTATION_DO_WAIT;
    }
    return ROTATION_DO_WAIT;
}

/* In LAST what waits is sealed first: the caller stops sealing once that is done. */
bool rotation_stops_sealing(enum rotation_stage stage)
{
    return stage == ROTATION_DRAIN || stage == ROTATION_CLOSE || stage == ROTATION_CLOSED;
}

const char *rotation_stage_name(enum rotation_stage stage)
{
    static const char *const NAMES[] = {
        [ROTATION_NONE] = "none",   [ROTATION_AUTHORIZE] = "authorize", [ROTATION_DRAIN] = "drain",
        [ROTATION_PROVE] = "prove", [ROTATION_REMOVE] = "remove",       [ROTATION_LAST] = "last",
        [ROTATION_CLOSE] = "close", [ROTATION_CLOSED] = "closed",
    };
    return NAMES[stage];
}

void rotation_encode(const struct rotation *r, uint8_t ret[ROTATION_BLOB])
{
    struct bytes_writer w = bytes_writer(ret, ROTATION_BLOB);
    bytes_put_u8(&w, BLOB_VERSION);
    bytes_put_u8(&w, (uint8_t)r->stage);
    bytes_put(&w, r->from.b, sizeof r->from.b);
    bytes_put(&w, r->to.b, sizeof r->to.b);
    bytes_put_u64(&w, r->call);
    bytes_put_u64(&w, r->since);
}

enum err_code rotation_decode(struct rotation *ret, const void *data, size_t len, struct err *e)
{
    struct bytes_reader r = bytes_reader(data, len);
    struct rotation rotation = {0};
    uint8_t version = bytes_get_u8(&r), stage = bytes_get_u8(&r);
    if (!r.failed && version != BLOB_VERSION)
        return err_set(e, ERR_VERSION, "the record of the key change has version %u, this program knows %u", version,
                       BLOB_VERSION);
    bytes_get(&r, rotation.from.b, sizeof rotation.from.b);
    bytes_get(&r, rotation.to.b, sizeof rotation.to.b);
    rotation.call = bytes_get_u64(&r);
    rotation.since = bytes_get_u64(&r);
    rotation.stage = (enum rotation_stage)stage;
    if (!bytes_done(&r) || stage > ROTATION_CLOSED)
        return err_set(e, ERR_CORRUPT, "the record of the key change is damaged");
    *ret = rotation;
    return ERR_OK;
}
