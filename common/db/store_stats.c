/* Sizes of the store: see store.h. */
#include "common/db/store.h"
#include "common/db/storebase.h"

enum err_code store_stats(const struct store_read *r, struct store_stats *ret, struct err *e)
{
    struct store *s = r->store;
    struct dbenv_usage log, index = {0}, tree;
    MDB_stat batches, forgotten, erase;
    struct slice under_way;
    struct store_stats st = {0};
    enum err_code rc = pages_last(r->txn, s->page, &st.targets, e);
    if (rc == ERR_OK)
        rc = storebase_sealed(r->txn, s, &st.sealed, e);
    if (rc == ERR_OK)
        rc = dbenv_error(e, mdb_stat(r->txn, s->batch, &batches), "log");
    if (rc == ERR_OK)
        rc = dbenv_error(e, mdb_stat(r->txn, s->forgot, &forgotten), "log");
    if (rc == ERR_OK)
        rc = dbenv_error(e, mdb_stat(r->txn, s->erase, &erase), "log");
    if (rc == ERR_OK) { /* by a compaction that was cut short */
        rc = dbtxn_get(r->txn, s->meta, (struct slice){(const uint8_t *)"erasing", 7}, &under_way, e);
        struct bytes_reader b = bytes_reader(under_way.data, rc == ERR_OK ? under_way.len : 0);
        st.to_erase = erase.ms_entries + (rc == ERR_OK ? bytes_get_u64(&b) : 0);
        rc = rc == ERR_NOT_FOUND ? ERR_OK : rc;
    }
    if (rc == ERR_OK)
        rc = dbenv_usage(&s->log, &log, e);
    if (rc == ERR_OK)
        rc = dbenv_usage(&s->tree.env, &tree, e);
    if (rc == ERR_OK && s->index.env.folder != NULL)
        rc = dbenv_usage(&s->index.env, &index, e);
    if (rc != ERR_OK)
        return rc;
    uint64_t released = atomic_load(&s->recent.released) << RECENT_BITS;
    st.forgotten = forgotten.ms_entries;
    st.batches = batches.ms_entries;
    st.log_bytes = log.used;
    st.index_bytes = index.used;
    st.tree_bytes = tree.used;
    st.map_size = s->log.map_size;
    st.memory_bytes = recent_bytes(&s->recent) + atomic_load(&s->filter_bytes);
    st.runs = atomic_load(&s->index.live);
    st.unindexed = st.targets > released ? st.targets - released : 0;
    *ret = st;
    return ERR_OK;
}
