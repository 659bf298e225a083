/* The index follows the log: see store_index.h. */
#include "common/db/store_index.h"

#include <stdlib.h>

#include "common/db/store.h"

bool store_index_full(const struct store *s)
{
    return atomic_load(&s->last) >= (s->index.state.covered + 1) << RECENT_BITS;
}

struct gather {
    struct runfile_entry *entry;
    uint64_t n;
};

static void on_gathered(void *ctx, uint64_t sequence, uint64_t tag)
{
    struct gather *g = ctx;
    g->entry[g->n++] = (struct runfile_entry){tag, sequence};
}

enum err_code store_index_write_run(struct store *s, struct err *e)
{
    uint64_t covered = s->index.state.covered;
    struct gather g = {.entry = malloc(2 * RECENT_ENTRIES * sizeof *g.entry)};
    if (g.entry == NULL)
        return err_set(e, ERR_NOMEM, "no memory to sort the index");
    struct runfile_entry *scratch = g.entry + RECENT_ENTRIES;
    enum err_code rc = storebase_scan(s, (covered << RECENT_BITS) + 1, (covered + 1) << RECENT_BITS,
                                      on_gathered, &g, e);
    if (rc == ERR_OK) {
        runfile_sort(g.entry, scratch, g.n);
        rc = runs_add(&s->index, g.entry, g.n, e);
    }
    free(g.entry);
    return rc;
}

bool store_index_due(const struct store *s)
{
    uint64_t released = atomic_load(&s->recent.released);
    return !s->read_only && (atomic_load(&s->last) >= (released + 1) << RECENT_BITS || runs_due(&s->index));
}

bool store_index_behind(const struct store *s)
{
    uint64_t last = atomic_load(&s->last);
    uint64_t room = atomic_load(&s->recent.released) + RECENT_GENERATIONS / 2;
    return last != 0 && recent_generation(last) >= room;
}

enum err_code store_index_step(struct store *s, struct err *e)
{
    if (atomic_load(&s->cancelled))
        return err_set(e, ERR_CANCELLED, "the store is closing");
    if (s->read_only || !store_index_full(s))
        return s->read_only ? ERR_OK : runs_step(&s->index, e);
    enum err_code rc = store_index_write_run(s, e);
    if (rc == ERR_OK)
        recent_release(&s->recent);
    return rc;
}
