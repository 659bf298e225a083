/* The index as sorted runs: see runs.h. */
#include "common/db/runs.h"

#include <string.h>

#define SLICE_CHUNKS 256 /* 80,000 entries or 1 MiB a transaction */
#define KEY_LEN 17       /* run 4, tag 8, sequence 5 */
#define STATE_MAX (32 + 8 + 4 + 4 + RUNS_MAX * 22)
#define SORT_BITS 14

static const struct slice STATE_KEY = {(const uint8_t *)"state", 5};

/* ------------------------------------------------------------------ encodings */

static void put_sequence(struct bytes_writer *w, uint64_t sequence)
{
    bytes_put_u8(w, (uint8_t)(sequence >> 32));
    bytes_put_u32(w, (uint32_t)sequence);
}

static struct slice encode_key(uint8_t key[KEY_LEN], uint32_t run, struct runs_entry first)
{
    struct bytes_writer w = bytes_writer(key, KEY_LEN);
    bytes_put_u32(&w, run);
    bytes_put_u64(&w, first.tag);
    put_sequence(&w, first.sequence);
    return (struct slice){key, KEY_LEN};
}

/* Hot: 13 bytes by hand. */
static struct runs_entry decode_entry(const uint8_t *p)
{
    uint64_t tag;
    uint32_t low;
    memcpy(&tag, p, sizeof tag);
    memcpy(&low, p + 9, sizeof low);
    return (struct runs_entry){__builtin_bswap64(tag), (uint64_t)p[8] << 32 | __builtin_bswap32(low)};
}

static void encode_entry(uint8_t *p, struct runs_entry entry)
{
    uint64_t tag = __builtin_bswap64(entry.tag);
    uint32_t low = __builtin_bswap32((uint32_t)entry.sequence);
    memcpy(p, &tag, sizeof tag);
    p[8] = (uint8_t)(entry.sequence >> 32);
    memcpy(p + 9, &low, sizeof low);
}

static uint32_t run_of(struct slice key)
{
    struct bytes_reader r = bytes_reader(key.data, key.len);
    return bytes_get_u32(&r);
}

static size_t encode_state(uint8_t *bytes, const struct runs_state *s)
{
    struct bytes_writer w = bytes_writer(bytes, STATE_MAX);
    bytes_put(&w, s->log.b, sizeof s->log.b);
    bytes_put_u64(&w, s->covered);
    bytes_put_u32(&w, s->next_id);
    bytes_put_u32(&w, s->n);
    for (unsigned i = 0; i < s->n; i++) {
        bytes_put_u32(&w, s->run[i].id);
        bytes_put_u8(&w, s->run[i].tier);
        bytes_put_u8(&w, (uint8_t)s->run[i].life);
        bytes_put_u64(&w, s->run[i].generation);
        bytes_put_u64(&w, s->run[i].count);
    }
    return w.len;
}

static enum err_code decode_state(struct runs_state *ret, struct slice bytes, struct err *e)
{
    struct bytes_reader r = bytes_reader(bytes.data, bytes.len);
    bytes_get(&r, ret->log.b, sizeof ret->log.b);
    ret->covered = bytes_get_u64(&r);
    ret->next_id = bytes_get_u32(&r);
    ret->n = bytes_get_u32(&r);
    if (ret->n > RUNS_MAX)
        return err_set(e, ERR_CORRUPT, "the list of runs is damaged");
    for (unsigned i = 0; i < ret->n; i++) {
        ret->run[i].id = bytes_get_u32(&r);
        ret->run[i].tier = bytes_get_u8(&r);
        uint8_t life = bytes_get_u8(&r);
        ret->run[i].life = life == RUNS_LIVE ? RUNS_LIVE : life == RUNS_GROWING ? RUNS_GROWING : RUNS_DEAD;
        ret->run[i].generation = bytes_get_u64(&r);
        ret->run[i].count = bytes_get_u64(&r);
    }
    return bytes_done(&r) ? ERR_OK : err_set(e, ERR_CORRUPT, "the list of runs is damaged");
}

static enum err_code read_state(struct runs *s, MDB_txn *txn, struct runs_state *ret, struct err *e)
{
    struct slice value;
    enum err_code rc = dbtxn_get(txn, s->state_table, STATE_KEY, &value, e);
    return rc == ERR_OK ? decode_state(ret, value, e) : rc;
}

static void put_state(struct runs *s, struct dbtxn *t, const struct runs_state *state)
{
    uint8_t bytes[STATE_MAX];
    size_t len = encode_state(bytes, state);
    dbtxn_put(t, s->state_table, STATE_KEY, (struct slice){bytes, len}, 0);
}

/* ------------------------------------------------------------------ the list of runs */

static unsigned count_life(const struct runs_state *state, enum runs_life life)
{
    unsigned n = 0;
    for (unsigned i = 0; i < state->n; i++)
        n += state->run[i].life == life;
    return n;
}

/* The lowest tier with enough live runs for a merge; -1: none. */
static int tier_to_merge(const struct runs_state *state)
{
    unsigned n[256] = {0};
    for (unsigned i = 0; i < state->n; i++)
        n[state->run[i].tier] += state->run[i].life == RUNS_LIVE;
    for (int tier = 0; tier < 256; tier++)
        if (n[tier] >= RUNS_FAN)
            return tier;
    return -1;
}

static void remove_run(struct runs_state *state, unsigned i)
{
    state->n--;
    memmove(&state->run[i], &state->run[i + 1], (state->n - i) * sizeof state->run[0]);
}

/* Take over a state that is durable now. */
static void adopt(struct runs *s, const struct runs_state *state)
{
    s->state = *state;
    atomic_store(&s->live, count_life(state, RUNS_LIVE));
    atomic_store(&s->due, s->merge.output != 0 || count_life(state, RUNS_DEAD) > 0 || tier_to_merge(state) >= 0);
}

static enum err_code commit_state(struct runs *s, struct dbtxn *t, const struct runs_state *state,
                                  struct err *e)
{
    put_state(s, t, state);
    enum err_code rc = dbtxn_commit(t, e);
    if (rc == ERR_OK)
        adopt(s, state);
    return rc;
}

/* ------------------------------------------------------------------ opening */

static enum err_code open_tables(struct runs *s, const struct dbenv_options *options, struct err *e)
{
    MDB_txn *txn = NULL;
    unsigned create = options->read_only ? 0 : MDB_CREATE;
    enum err_code rc = dbenv_error(e, DBENV_CALL(mdb_txn_begin(s->env.env, NULL,
                                   options->read_only ? MDB_RDONLY : 0, &txn)), options->name);
    if (rc == ERR_OK)
        rc = dbenv_table(txn, "entry", create, &s->entry, e);
    if (rc == ERR_OK)
        rc = dbenv_table(txn, "state", create, &s->state_table, e);
    if (rc == ERR_OK)
        return dbenv_error(e, mdb_txn_commit(txn), options->name);
    mdb_txn_abort(txn);
    return rc;
}

/* A merge that was not finished leaves its output growing: it becomes dead, and is removed in slices. */
static enum err_code tidy(struct runs *s, struct runs_state *state, struct err *e)
{
    struct dbtxn t;
    if (count_life(state, RUNS_GROWING) == 0) {
        adopt(s, state);
        return ERR_OK;
    }
    for (unsigned i = 0; i < state->n; i++)
        if (state->run[i].life == RUNS_GROWING)
            state->run[i].life = RUNS_DEAD;
    enum err_code rc = dbtxn_begin(&t, &s->env, e);
    return rc == ERR_OK ? commit_state(s, &t, state, e) : rc;
}

static enum err_code load(struct runs *s, const struct hash32 *log, struct err *e)
{
    struct runs_state state;
    MDB_txn *txn;
    enum err_code rc = dbenv_read_begin(&s->env, &txn, e);
    if (rc != ERR_OK)
        return rc;
    rc = read_state(s, txn, &state, e);
    dbenv_read_end(&s->env, txn);
    if (s->env.read_only)
        return rc;
    s->state.log = *log;
    if (rc == ERR_NOT_FOUND || rc == ERR_CORRUPT || (rc == ERR_OK && !hash32_equal(&state.log, log)))
        return runs_clear(s, e);
    return rc == ERR_OK ? tidy(s, &state, e) : rc;
}

enum err_code runs_open(struct runs *s, const struct dbenv_options *options, const struct hash32 *log,
                        struct err *e)
{
    *s = (struct runs){0};
    enum err_code rc = dbenv_open(&s->env, options, e);
    if (rc == ERR_OK)
        rc = open_tables(s, options, e);
    if (rc == ERR_OK)
        rc = load(s, log, e);
    if (rc != ERR_OK)
        runs_close(s);
    return rc;
}

void runs_close(struct runs *s)
{
    dbenv_close(&s->env);
}

enum err_code runs_clear(struct runs *s, struct err *e)
{
    struct runs_state state = {.log = s->state.log, .next_id = 1};
    struct dbtxn t;
    enum err_code rc = dbtxn_begin(&t, &s->env, e);
    if (rc != ERR_OK)
        return rc;
    rc = dbenv_error(e, DBENV_CALL(mdb_drop(t.txn, s->entry, 0)), s->env.name);
    if (rc != ERR_OK) {
        dbtxn_abort(&t);
        return rc;
    }
    s->merge.output = 0;
    return commit_state(s, &t, &state, e);
}

/* ------------------------------------------------------------------ adding */

void runs_sort(struct runs_entry *entry, struct runs_entry *scratch, uint64_t n)
{
    static const uint64_t BUCKETS = 1u << SORT_BITS;
    uint64_t at[(1u << SORT_BITS) + 1];
    memset(at, 0, sizeof at);
    for (uint64_t i = 0; i < n; i++)
        at[(entry[i].tag >> (64 - SORT_BITS)) + 1]++;
    for (uint64_t b = 0; b < BUCKETS; b++)
        at[b + 1] += at[b];
    for (uint64_t i = 0; i < n; i++)
        scratch[at[entry[i].tag >> (64 - SORT_BITS)]++] = entry[i];
    /* Now all but sorted: each is a few places from its own. */
    for (uint64_t i = 0; i < n; i++) {
        uint64_t j = i;
        for (; j > 0 && entry[j - 1].tag > scratch[i].tag; j--)
            entry[j] = entry[j - 1];
        entry[j] = scratch[i];
    }
}

static bool put_chunk(struct runs *s, struct dbtxn *t, uint32_t run, const struct runs_entry *entry,
                      uint64_t n)
{
    uint8_t key[KEY_LEN], *chunk;
    if (!dbtxn_reserve(t, s->entry, encode_key(key, run, entry[0]), n * RUNS_ENTRY, 0, &chunk))
        return false;
    for (uint64_t i = 0; i < n; i++)
        encode_entry(chunk + i * RUNS_ENTRY, entry[i]);
    return true;
}

enum err_code runs_add(struct runs *s, const struct runs_entry *entry, uint64_t n, struct err *e)
{
    struct runs_state state = s->state;
    struct dbtxn t;
    if (state.n == RUNS_MAX)
        return err_set(e, ERR_BUSY, "the index has too many runs to merge");
    enum err_code rc = dbtxn_begin(&t, &s->env, e);
    if (rc != ERR_OK)
        return rc;
    for (uint64_t i = 0; i < n; i += RUNS_PER_CHUNK)
        put_chunk(s, &t, state.next_id, entry + i, n - i < RUNS_PER_CHUNK ? n - i : RUNS_PER_CHUNK);
    state.run[state.n++] = (struct runs_run){state.next_id++, 0, RUNS_LIVE, state.covered++, n};
    return commit_state(s, &t, &state, e);
}

/* ------------------------------------------------------------------ looking */

/* Position of the first entry of a chunk that is not below `entry`. */
static size_t lower_bound(struct slice chunk, struct runs_entry entry)
{
    size_t low = 0, high = chunk.len / RUNS_ENTRY;
    while (low < high) {
        size_t mid = (low + high) / 2;
        struct runs_entry m = decode_entry(chunk.data + mid * RUNS_ENTRY);
        if (m.tag < entry.tag || (m.tag == entry.tag && m.sequence < entry.sequence))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* A place in a run: a chunk and a position in it. */
struct place {
    MDB_cursor *cursor;
    uint32_t run;
    struct slice chunk;
    size_t at;
};

/* Move to a chunk; one of another run is as good as none. */
static int move(struct place *p, struct slice from, MDB_cursor_op op)
{
    MDB_val key = {from.len, (void *)(uintptr_t)from.data}, value;
    int rc = DBENV_CALL(mdb_cursor_get(p->cursor, &key, &value, op));
    if (rc != 0)
        return rc;
    if (run_of((struct slice){key.mv_data, key.mv_size}) != p->run)
        return MDB_NOTFOUND;
    if (value.mv_size == 0 || value.mv_size % RUNS_ENTRY != 0)
        return MDB_CORRUPTED;
    p->chunk = (struct slice){value.mv_data, value.mv_size};
    return 0;
}

/* Go to the first entry of p->run not below `entry`: in the last chunk that begins below it, or else the first
 * entry of the next chunk. */
static int seek(struct place *p, struct runs_entry entry)
{
    uint8_t bytes[KEY_LEN];
    struct slice from = encode_key(bytes, p->run, entry);
    MDB_val key = {from.len, bytes}, value;
    int rc = DBENV_CALL(mdb_cursor_get(p->cursor, &key, &value, MDB_SET_RANGE));
    if (rc != 0 && rc != MDB_NOTFOUND)
        return rc;
    rc = move(p, from, rc == 0 ? MDB_PREV : MDB_LAST);
    p->at = 0;
    if (rc == MDB_NOTFOUND)
        return move(p, from, MDB_SET_RANGE); /* the run begins above it */
    if (rc != 0)
        return rc;
    p->at = lower_bound(p->chunk, entry);
    if (p->at < p->chunk.len / RUNS_ENTRY)
        return 0;
    p->at = 0;
    return move(p, from, MDB_NEXT);
}

static struct runs_entry current(const struct place *p)
{
    return decode_entry(p->chunk.data + p->at * RUNS_ENTRY);
}

static int advance(struct place *p)
{
    if (++p->at < p->chunk.len / RUNS_ENTRY)
        return 0;
    p->at = 0;
    return move(p, (struct slice){0}, MDB_NEXT);
}

/* Returns: 0 not in this run; 1 hit said stop; MDB_… */
static int find_in_run(struct place *p, uint64_t tag, bool (*hit)(void *ctx, uint64_t sequence), void *ctx)
{
    int rc = seek(p, (struct runs_entry){tag, 0});
    for (; rc == 0 && current(p).tag == tag; rc = advance(p))
        if (hit(ctx, current(p).sequence))
            return 1;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static enum err_code find(struct runs *s, MDB_txn *txn, uint64_t tag,
                          bool (*hit)(void *ctx, uint64_t sequence), void *ctx, struct err *e)
{
    struct runs_state state;
    struct place p = {0};
    enum err_code code = read_state(s, txn, &state, e);
    if (code != ERR_OK)
        return code == ERR_NOT_FOUND ? ERR_OK : code;
    int rc = DBENV_CALL(mdb_cursor_open(txn, s->entry, &p.cursor));
    if (rc != 0)
        return dbenv_error(e, rc, s->env.name);
    for (unsigned i = state.n; i > 0 && rc == 0; i--) {
        p.run = state.run[i - 1].id;
        if (state.run[i - 1].life == RUNS_LIVE)
            rc = find_in_run(&p, tag, hit, ctx);
    }
    mdb_cursor_close(p.cursor);
    return rc == 1 ? ERR_OK : dbenv_error(e, rc, s->env.name);
}

enum err_code runs_find(struct runs *s, uint64_t tag, bool (*hit)(void *ctx, uint64_t sequence), void *ctx,
                        struct err *e)
{
    MDB_txn *txn;
    if (s->env.env == NULL)
        return ERR_OK; /* a read-only store without an index: all that can be found is in memory */
    enum err_code rc = dbenv_read_begin(&s->env, &txn, e);
    if (rc != ERR_OK)
        return rc;
    rc = find(s, txn, tag, hit, ctx, e);
    dbenv_read_end(&s->env, txn);
    return rc;
}

static enum err_code each_in_table(struct runs *s, MDB_txn *txn, const struct runs_state *state,
                                   void (*each)(void *ctx, uint64_t tag), void *ctx, struct err *e)
{
    struct place p = {0};
    int rc = DBENV_CALL(mdb_cursor_open(txn, s->entry, &p.cursor));
    if (rc != 0)
        return dbenv_error(e, rc, s->env.name);
    for (unsigned i = 0; i < state->n && (rc == 0 || rc == MDB_NOTFOUND); i++) {
        p.run = state->run[i].id;
        if (state->run[i].life != RUNS_LIVE)
            continue;
        for (rc = seek(&p, (struct runs_entry){0, 0}); rc == 0; rc = advance(&p))
            each(ctx, current(&p).tag);
    }
    mdb_cursor_close(p.cursor);
    return rc == MDB_NOTFOUND ? ERR_OK : dbenv_error(e, rc, s->env.name);
}

enum err_code runs_each(struct runs *s, void (*each)(void *ctx, uint64_t tag), void *ctx, struct err *e)
{
    struct runs_state state;
    MDB_txn *txn;
    enum err_code rc = dbenv_read_begin(&s->env, &txn, e);
    if (rc != ERR_OK)
        return rc;
    rc = read_state(s, txn, &state, e);
    if (rc == ERR_OK)
        rc = each_in_table(s, txn, &state, each, ctx, e);
    dbenv_read_end(&s->env, txn);
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

/* ------------------------------------------------------------------ merging */

bool runs_due(const struct runs *s)
{
    return atomic_load(&s->due);
}

/* Choose the inputs, and add the output to the list, growing. */
static void begin_merge(struct runs *s, struct runs_state *state, int tier)
{
    uint64_t generation = UINT64_MAX;
    unsigned n = 0;
    for (unsigned i = 0; i < state->n && n < RUNS_FAN; i++) {
        if (state->run[i].life != RUNS_LIVE || state->run[i].tier != tier)
            continue;
        s->merge.input[n++] = (struct runs_input){.id = state->run[i].id};
        if (state->run[i].generation < generation)
            generation = state->run[i].generation;
    }
    s->merge.output = state->next_id++;
    s->merge.merged = 0;
    state->run[state->n++] =
        (struct runs_run){s->merge.output, (uint8_t)(tier + 1), RUNS_GROWING, generation, 0};
}

/* The merge is whole: its output lives, its inputs die. */
static void end_merge(struct runs *s, struct runs_state *state)
{
    for (unsigned i = 0; i < state->n; i++) {
        struct runs_run *run = &state->run[i];
        for (unsigned j = 0; j < RUNS_FAN; j++)
            if (run->id == s->merge.input[j].id)
                run->life = RUNS_DEAD;
        if (run->id == s->merge.output) {
            run->life = RUNS_LIVE;
            run->count = s->merge.merged;
        }
    }
    s->merge.output = 0;
}

/* One slice's view of the inputs: where each stands. */
struct merge {
    struct place place[RUNS_FAN];
    struct runs_entry next[RUNS_FAN];
    bool done[RUNS_FAN];
    int rc; /* sticky */
};

static void settle(struct merge *m, unsigned i, int rc)
{
    m->done[i] = rc != 0;
    if (rc == 0)
        m->next[i] = current(&m->place[i]);
    else if (rc != MDB_NOTFOUND)
        m->rc = rc;
}

static bool below(struct runs_entry x, struct runs_entry y)
{
    return x.tag < y.tag || (x.tag == y.tag && x.sequence < y.sequence);
}

/* The smallest next entry of all inputs. Returns: false at the end. */
static bool take_least(struct merge *m, struct runs_entry *ret)
{
    unsigned least = RUNS_FAN;
    for (unsigned i = 0; i < RUNS_FAN; i++)
        if (!m->done[i] && (least == RUNS_FAN || below(m->next[i], m->next[least])))
            least = i;
    if (least == RUNS_FAN || m->rc != 0)
        return false;
    *ret = m->next[least];
    settle(m, least, advance(&m->place[least]));
    return true;
}

static void open_inputs(struct runs *s, MDB_txn *txn, struct merge *m)
{
    for (unsigned i = 0; i < RUNS_FAN; i++) {
        m->place[i].run = s->merge.input[i].id;
        m->done[i] = s->merge.input[i].done;
        if (m->rc == 0)
            m->rc = DBENV_CALL(mdb_cursor_open(txn, s->entry, &m->place[i].cursor));
        if (m->rc == 0 && !m->done[i])
            settle(m, i, seek(&m->place[i], s->merge.input[i].next));
    }
}

static void close_inputs(struct merge *m)
{
    for (unsigned i = 0; i < RUNS_FAN; i++)
        if (m->place[i].cursor != NULL)
            mdb_cursor_close(m->place[i].cursor);
}

/* Merge up to SLICE_CHUNKS chunks. Returns: entries written; *ret_more whether something is left. */
static uint64_t merge_chunks(struct runs *s, struct merge *m, struct dbtxn *t, bool *ret_more)
{
    struct runs_entry chunk[RUNS_PER_CHUNK];
    uint64_t total = 0;
    *ret_more = true;
    for (unsigned c = 0; c < SLICE_CHUNKS && *ret_more; c++) {
        uint64_t n = 0;
        while (n < RUNS_PER_CHUNK && *ret_more) {
            *ret_more = take_least(m, &chunk[n]);
            n += *ret_more;
        }
        if (n > 0 && m->rc == 0)
            put_chunk(s, t, s->merge.output, chunk, n);
        total += n;
    }
    return total;
}

static enum err_code merge_slice(struct runs *s, MDB_txn *txn, struct dbtxn *t, struct runs_state *state,
                                 struct err *e)
{
    struct runs_merge old = s->merge;
    struct merge m = {0};
    bool more;
    if (s->merge.output == 0)
        begin_merge(s, state, tier_to_merge(state));
    open_inputs(s, txn, &m);
    s->merge.merged += merge_chunks(s, &m, t, &more);
    for (unsigned i = 0; i < RUNS_FAN; i++)
        s->merge.input[i] = (struct runs_input){s->merge.input[i].id, m.next[i], m.done[i]};
    close_inputs(&m);
    if (m.rc == 0 && !more)
        end_merge(s, state);
    enum err_code rc = dbenv_error(e, m.rc, s->env.name);
    if (rc != ERR_OK)
        dbtxn_abort(t);
    else
        rc = commit_state(s, t, state, e);
    if (rc != ERR_OK)
        s->merge = old; /* the slice is done again from where it began */
    return rc;
}

static enum err_code merge_step(struct runs *s, struct err *e)
{
    struct runs_state state = s->state;
    struct dbtxn t;
    MDB_txn *txn;
    if (state.n == RUNS_MAX)
        return err_set(e, ERR_BUSY, "the index has too many runs to merge");
    enum err_code rc = dbenv_read_begin(&s->env, &txn, e); /* the inputs, unchanging while we write */
    if (rc != ERR_OK)
        return rc;
    rc = dbtxn_begin(&t, &s->env, e);
    if (rc == ERR_OK)
        rc = merge_slice(s, txn, &t, &state, e);
    dbenv_read_end(&s->env, txn);
    return rc;
}

/* Delete some chunks of a dead run. *ret_gone: none is left. */
static int delete_chunks(struct runs *s, struct dbtxn *t, uint32_t run, bool *ret_gone)
{
    uint8_t bytes[KEY_LEN];
    struct slice from = encode_key(bytes, run, (struct runs_entry){0, 0});
    struct place p = {.run = run};
    int rc = DBENV_CALL(mdb_cursor_open(t->txn, s->entry, &p.cursor));
    if (rc != 0)
        return rc;
    rc = move(&p, from, MDB_SET_RANGE);
    for (unsigned i = 0; i < SLICE_CHUNKS && rc == 0; i++) {
        rc = DBENV_CALL(mdb_cursor_del(p.cursor, 0));
        if (rc == 0)
            rc = move(&p, from, MDB_SET_RANGE);
    }
    mdb_cursor_close(p.cursor);
    *ret_gone = rc == MDB_NOTFOUND;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static enum err_code remove_step(struct runs *s, unsigned dead, struct err *e)
{
    struct runs_state state = s->state;
    struct dbtxn t;
    bool gone = false;
    enum err_code rc = dbtxn_begin(&t, &s->env, e);
    if (rc != ERR_OK)
        return rc;
    rc = dbenv_error(e, delete_chunks(s, &t, state.run[dead].id, &gone), s->env.name);
    if (rc != ERR_OK) {
        dbtxn_abort(&t);
        return rc;
    }
    if (gone)
        remove_run(&state, dead);
    return commit_state(s, &t, &state, e);
}

enum err_code runs_step(struct runs *s, struct err *e)
{
    for (unsigned i = 0; i < s->state.n; i++)
        if (s->state.run[i].life == RUNS_DEAD)
            return remove_step(s, i, e);
    return s->merge.output != 0 || tier_to_merge(&s->state) >= 0 ? merge_step(s, e) : ERR_OK;
}
