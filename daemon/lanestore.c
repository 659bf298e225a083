/* The stored lane: see lanestore.h. */
#include "daemon/lanestore.h"

#define META "lane"

enum err_code lanestore_read(const struct store_read *r, struct lane *ret, struct err *e)
{
    struct slice stored;
    enum err_code rc = store_meta(r, META, &stored, e);
    return rc == ERR_OK ? lane_decode(ret, stored.data, stored.len, e) : rc;
}

enum err_code lanestore_put(struct store_write *w, const struct lane *lane, struct err *e)
{
    uint8_t blob[LANE_MAX_BLOB];
    size_t len;
    lane_encode(lane, blob, &len);
    return store_meta_put(w, META, blob, len, e);
}
