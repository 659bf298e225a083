/* The index as sorted runs: see runs.h. */
#include "common/db/runs.h"

#include <stdlib.h>
#include <string.h>

#define SLICE_CHUNKS 256 /* 80,000 entries or 1 MiB a transaction: a flush of few milliseconds */
#define STATE_MAX (4 + 32 + 8 + 4 + 4 + RUNS_MAX * 22)

static const struct slice STATE_KEY = {(const uint8_t *)"state", 5};

/* ------------------------------------------------------------------ the list of runs, stored */

static size_t encode_state(uint8_t *bytes, const struct runs_state *s)
{
    struct bytes_writer w = bytes_writer(bytes, STATE_MAX);
    bytes_put_u32(&w, RUNS_FORMAT);
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
    if (bytes_get_u32(&r) != RUNS_FORMAT)
        return err_set(e, ERR_CORRUPT, "the index has another format");
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
    atomic_store(&s->due, (s->merge != NULL && s->merge->active) || count_life(state, RUNS_DEAD) > 0 || tier_to_merge(state) >= 0);
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
        rc = dbenv_table(txn, "entry", create, &s->tables.entry, e);
    if (rc == ERR_OK)
        rc = dbenv_table(txn, "filter", create | MDB_INTEGERKEY, &s->tables.filter, e);
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
    if (rc == ERR_OK && !options->read_only) {
        s->merge = calloc(1, sizeof *s->merge);
        s->merge_kept = calloc(1, sizeof *s->merge_kept);
        if (s->merge == NULL || s->merge_kept == NULL)
            rc = err_set(e, ERR_NOMEM, "no memory to merge runs");
    }
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
    free(s->merge);
    free(s->merge_kept);
    s->merge = s->merge_kept = NULL;
}

enum err_code runs_clear(struct runs *s, struct err *e)
{
    struct runs_state state = {.log = s->state.log, .next_id = 1};
    struct dbtxn t;
    enum err_code rc = dbtxn_begin(&t, &s->env, e);
    if (rc != ERR_OK)
        return rc;
    rc = dbenv_error(e, DBENV_CALL(mdb_drop(t.txn, s->tables.entry, 0)), s->env.name);
    if (rc == ERR_OK)
        rc = dbenv_error(e, DBENV_CALL(mdb_drop(t.txn, s->tables.filter, 0)), s->env.name);
    if (rc != ERR_OK) {
        dbtxn_abort(&t);
        return rc;
    }
    s->merge->active = false;
    return commit_state(s, &t, &state, e);
}

/* ------------------------------------------------------------------ adding */

/* Write entries in slices. The last transaction is left open. */
static enum err_code write_entries(struct runs *s, struct runfile_writer *w, struct dbtxn *t,
                                   const struct runs_state *state, const struct runfile_entry *entry, uint64_t n,
                                   struct err *e)
{
    enum err_code rc = dbtxn_begin(t, &s->env, e);
    unsigned until = SLICE_CHUNKS;
    for (uint64_t i = 0; i < n && rc == ERR_OK; i++) {
        runfile_append(w, t, s->tables, entry[i]);
        if (w->chunks < until)
            continue;
        until += SLICE_CHUNKS;
        rc = commit_state(s, t, state, e);
        if (rc == ERR_OK)
            rc = dbtxn_begin(t, &s->env, e);
    }
    return rc;
}

/* What a run that could not be finished has left behind is removed by the next steps. */
static void give_up(struct runs *s, uint32_t id)
{
    struct runs_state state = s->state;
    for (unsigned i = 0; i < state.n; i++)
        if (state.run[i].id == id)
            state.run[i].life = RUNS_DEAD;
    adopt(s, &state);
}

enum err_code runs_add(struct runs *s, const struct runfile_entry *entry, uint64_t n, struct err *e)
{
    struct runs_state state = s->state;
    struct runfile_writer *w = malloc(sizeof *w);
    struct dbtxn t;
    if (w == NULL)
        return err_set(e, ERR_NOMEM, "no memory to write a run");
    if (state.n == RUNS_MAX) {
        free(w);
        return err_set(e, ERR_BUSY, "the index has too many runs to merge");
    }
    struct runs_run *run = &state.run[state.n++];
    *run = (struct runs_run){state.next_id++, 0, RUNS_GROWING, state.covered, n};
    runfile_begin(w, run->id, n);
    enum err_code rc = write_entries(s, w, &t, &state, entry, n, e);
    if (rc == ERR_OK) {
        runfile_end(w, &t, s->tables);
        run->life = RUNS_LIVE;
        state.covered++;
        rc = commit_state(s, &t, &state, e);
    }
    if (rc != ERR_OK)
        give_up(s, run->id);
    free(w);
    return rc;
}

/* ------------------------------------------------------------------ looking */

/* Returns: 0 not in this run; 1 hit said stop; MDB_… */
static int find_in_run(struct runfile_place *p, uint64_t tag, bool (*hit)(void *ctx, uint64_t sequence),
                       void *ctx)
{
    int rc = runfile_seek(p, (struct runfile_entry){tag, 0});
    for (; rc == 0 && runfile_current(p).tag == tag; rc = runfile_next(p))
        if (hit(ctx, runfile_current(p).sequence))
            return 1;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static enum err_code find(struct runs *s, MDB_txn *txn, uint64_t tag,
                          bool (*hit)(void *ctx, uint64_t sequence), void *ctx, struct err *e)
{
    struct runs_state state;
    struct runfile_place p = {0};
    enum err_code code = read_state(s, txn, &state, e);
    if (code != ERR_OK)
        return code == ERR_NOT_FOUND ? ERR_OK : code;
    int rc = DBENV_CALL(mdb_cursor_open(txn, s->tables.entry, &p.cursor));
    if (rc != 0)
        return dbenv_error(e, rc, s->env.name);
    for (unsigned i = state.n; i > 0 && rc == 0; i--) {
        const struct runs_run *run = &state.run[i - 1];
        bool maybe = false;
        p.run = run->id;
        if (run->life == RUNS_LIVE)
            rc = runfile_may_hold(txn, s->tables, run->id, run->count, tag, &maybe);
        if (rc == 0 && maybe)
            rc = find_in_run(&p, tag, hit, ctx);
    }
    mdb_cursor_close(p.cursor);
    return rc == 1 ? ERR_OK : dbenv_error(e, rc, s->env.name);
}

enum err_code runs_find(struct runs *s, uint64_t tag, bool (*hit)(void *ctx, uint64_t sequence), void *ctx,
                        struct err *e)
{
    MDB_txn *txn;
    if (s->env.folder == NULL)
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
    struct runfile_place p = {0};
    int rc = DBENV_CALL(mdb_cursor_open(txn, s->tables.entry, &p.cursor));
    if (rc != 0)
        return dbenv_error(e, rc, s->env.name);
    for (unsigned i = 0; i < state->n && (rc == 0 || rc == MDB_NOTFOUND); i++) {
        p.run = state->run[i].id;
        if (state->run[i].life != RUNS_LIVE)
            continue;
        for (rc = runfile_seek(&p, (struct runfile_entry){0, 0}); rc == 0; rc = runfile_next(&p))
            each(ctx, runfile_current(&p).tag);
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

static uint64_t span_of(const struct runs_run *run)
{
    uint64_t generations = 1;
    for (unsigned tier = 0; tier < run->tier; tier++)
        generations *= RUNS_FAN;
    return generations;
}

enum err_code runs_covering(struct runs *s, uint64_t generation, struct runs_run *ret, uint64_t *ret_covered, struct err *e)
{
    struct runs_state state = {0};
    MDB_txn *txn;
    enum err_code rc = dbenv_read_begin(&s->env, &txn, e);
    if (rc != ERR_OK)
        return rc;
    rc = read_state(s, txn, &state, e);
    dbenv_read_end(&s->env, txn);
    if (rc != ERR_OK && rc != ERR_NOT_FOUND)
        return rc;
    *ret_covered = state.covered;
    for (unsigned i = 0; i < state.n; i++)
        if (state.run[i].life == RUNS_LIVE && generation - state.run[i].generation < span_of(&state.run[i])) {
            *ret = state.run[i];
            return ERR_OK;
        }
    return err_set(e, ERR_NOT_FOUND, "no run of the index covers generation %llu", (unsigned long long)generation);
}

static bool is_live(const struct runs_state *state, uint32_t id)
{
    for (unsigned i = 0; i < state->n; i++)
        if (state->run[i].id == id)
            return state->run[i].life == RUNS_LIVE;
    return false;
}

static enum err_code read_entries(struct runs *s, MDB_txn *txn, uint32_t id, struct runfile_entry from, size_t n,
                                  struct runfile_entry *ret, size_t *ret_n, struct err *e)
{
    struct runfile_place p = {.run = id};
    size_t got = 0;
    int rc = DBENV_CALL(mdb_cursor_open(txn, s->tables.entry, &p.cursor));
    if (rc != 0)
        return dbenv_error(e, rc, "index");
    for (rc = runfile_seek(&p, from); rc == 0 && got < n; rc = runfile_next(&p))
        ret[got++] = runfile_current(&p);
    mdb_cursor_close(p.cursor);
    if (rc != 0 && rc != MDB_NOTFOUND)
        return dbenv_error(e, rc, "index");
    *ret_n = got;
    return ERR_OK;
}

enum err_code runs_read(struct runs *s, uint32_t id, struct runfile_entry from, size_t n, struct runfile_entry *ret,
                        size_t *ret_n, struct err *e)
{
    struct runs_state state;
    MDB_txn *txn;
    enum err_code rc = dbenv_read_begin(&s->env, &txn, e);
    if (rc != ERR_OK)
        return rc;
    rc = read_state(s, txn, &state, e);
    if (rc == ERR_NOT_FOUND || (rc == ERR_OK && !is_live(&state, id)))
        rc = err_set(e, ERR_GONE, "run %u was merged", id);
    if (rc == ERR_OK)
        rc = read_entries(s, txn, id, from, n, ret, ret_n, e);
    dbenv_read_end(&s->env, txn);
    return rc;
}

bool runs_due(const struct runs *s)
{
    return atomic_load(&s->due);
}

/* Choose the inputs, and add the output to the list, growing. */
static void begin_merge(struct runs_merge *m, struct runs_state *state, int tier)
{
    struct runs_run output = {state->next_id++, (uint8_t)(tier + 1), RUNS_GROWING, UINT64_MAX, 0};
    unsigned n = 0;
    for (unsigned i = 0; i < state->n && n < RUNS_FAN; i++) {
        const struct runs_run *run = &state->run[i];
        if (run->life != RUNS_LIVE || run->tier != tier)
            continue;
        m->input[n++] = (struct runs_input){.id = run->id};
        output.count += run->count;
        if (run->generation < output.generation)
            output.generation = run->generation;
    }
    state->run[state->n++] = output;
    runfile_begin(&m->output, output.id, output.count);
    m->active = true;
}

/* The merge is whole: its output lives, its inputs die. */
static void end_merge(struct runs_merge *m, struct runs_state *state)
{
    for (unsigned i = 0; i < state->n; i++) {
        struct runs_run *run = &state->run[i];
        for (unsigned j = 0; j < RUNS_FAN; j++)
            if (run->id == m->input[j].id)
                run->life = RUNS_DEAD;
        if (run->id == m->output.run)
            run->life = RUNS_LIVE;
    }
    m->active = false;
}

/* One slice's view of the inputs. */
struct inputs {
    struct runs_input *input;
    struct runfile_place place[RUNS_FAN];
    int rc; /* sticky */
};

static void settle(struct inputs *in, unsigned i, int rc)
{
    in->input[i].done = rc != 0;
    if (rc == 0)
        in->input[i].next = runfile_current(&in->place[i]);
    else if (rc != MDB_NOTFOUND)
        in->rc = rc;
}

static void open_inputs(struct inputs *in, MDB_txn *txn, MDB_dbi table)
{
    for (unsigned i = 0; i < RUNS_FAN; i++) {
        in->place[i].run = in->input[i].id;
        if (in->rc == 0)
            in->rc = DBENV_CALL(mdb_cursor_open(txn, table, &in->place[i].cursor));
        if (in->rc == 0 && !in->input[i].done)
            settle(in, i, runfile_seek(&in->place[i], in->input[i].next));
    }
}

static void close_inputs(struct inputs *in)
{
    for (unsigned i = 0; i < RUNS_FAN; i++)
        if (in->place[i].cursor != NULL)
            mdb_cursor_close(in->place[i].cursor);
}

/* The smallest next entry of all inputs. Returns: false at the end. */
static bool take_least(struct inputs *in, struct runfile_entry *ret)
{
    unsigned least = RUNS_FAN;
    for (unsigned i = 0; i < RUNS_FAN; i++)
        if (!in->input[i].done &&
            (least == RUNS_FAN || runfile_below(in->input[i].next, in->input[least].next)))
            least = i;
    if (least == RUNS_FAN || in->rc != 0)
        return false;
    *ret = in->input[least].next;
    settle(in, least, runfile_next(&in->place[least]));
    return true;
}

/* Merge until SLICE_CHUNKS chunks are written or nothing is left. */
static int merge_slice(struct runs *s, MDB_txn *txn, struct dbtxn *t, struct runs_state *state)
{
    struct runs_merge *m = s->merge;
    struct inputs in = {.input = m->input};
    struct runfile_entry entry;
    bool more = true;
    open_inputs(&in, txn, s->tables.entry);
    for (unsigned until = m->output.chunks + SLICE_CHUNKS; more && m->output.chunks < until;) {
        more = take_least(&in, &entry);
        if (more && !runfile_append(&m->output, t, s->tables, entry))
            break;
    }
    close_inputs(&in);
    if (!more && in.rc == 0) {
        runfile_end(&m->output, t, s->tables);
        end_merge(m, state);
    }
    return in.rc;
}

static enum err_code merge_in(struct runs *s, MDB_txn *txn, struct dbtxn *t, struct err *e)
{
    struct runs_state state = s->state;
    *s->merge_kept = *s->merge;
    if (!s->merge->active)
        begin_merge(s->merge, &state, tier_to_merge(&state));
    enum err_code rc = dbenv_error(e, merge_slice(s, txn, t, &state), s->env.name);
    if (rc != ERR_OK)
        dbtxn_abort(t);
    else
        rc = commit_state(s, t, &state, e);
    if (rc != ERR_OK)
        *s->merge = *s->merge_kept; /* the slice is done again from where it began */
    return rc;
}

static enum err_code merge_step(struct runs *s, struct err *e)
{
    struct dbtxn t;
    MDB_txn *txn;
    if (s->state.n == RUNS_MAX)
        return err_set(e, ERR_BUSY, "the index has too many runs to merge");
    enum err_code rc = dbenv_read_begin(&s->env, &txn, e); /* the inputs, unchanging while we write */
    if (rc != ERR_OK)
        return rc;
    rc = dbtxn_begin(&t, &s->env, e);
    if (rc == ERR_OK)
        rc = merge_in(s, txn, &t, e);
    dbenv_read_end(&s->env, txn);
    return rc;
}

static enum err_code remove_step(struct runs *s, unsigned dead, struct err *e)
{
    struct runs_state state = s->state;
    struct dbtxn t;
    bool gone = false;
    enum err_code rc = dbtxn_begin(&t, &s->env, e);
    if (rc != ERR_OK)
        return rc;
    rc = dbenv_error(e, runfile_delete(&t, s->tables, state.run[dead].id, SLICE_CHUNKS, &gone), s->env.name);
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
    return s->merge->active || tier_to_merge(&s->state) >= 0 ? merge_step(s, e) : ERR_OK;
}
