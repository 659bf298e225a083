/* Sizes of the store: see store.h. */
#include "common/db/store.h"
#include "common/db/storebase.h"

enum err_code store_stats(const struct store_read *r, struct store_stats *ret, struct err *e)
{
    struct store *s = r->store;
    struct dbenv_usage log, index = {0}, tree;
    MDB_stat batches, forgotten;
    struct store_stats st = {0};
    enum err_code rc = pages_last(r->txn, s->page, &st.targets, e);
    if (rc == ERR_OK)
        rc = storebase_sealed(r->txn, s, &st.sealed, e);
    if (rc == ERR_OK)
        rc = dbenv_error(e, mdb_stat(r->txn, s->batch, &batches), "log");
    if (rc == ERR_OK)
        rc = dbenv_error(e, mdb_stat(r->txn, s->forgot, &forgotten), "log");
    if (rc == ERR_OK)
        rc = dbenv_usage(&s->log, &log, e);
    if (rc == ERR_OK)
        rc = dbenv_usage(&s->tree.env, &tree, e);
    if (rc == ERR_OK && s->index.env.env != NULL)
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
