/* The store at growing sizes: accepting through storeq (bulk and single), finding, proving, sealing, opening,
 * disk and memory; each beside its bound, plain LMDB, measured in the same run.
 *
 *   bench_store FOLDER [SIZE...]        default: 100000 1000000
 *
 * One JSON object a line and a size. FOLDER must be empty or absent, and is left behind. */
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/db/store.h"
#include "common/sha256.h"
#include "daemon/io/storeq.h"

#define MAP_SIZE (UINT64_C(64) << 30)
#define BULK 10000        /* targets of a bulk request */
#define BULK_CLIENTS 4    /* bulk requests under way */
#define SINGLE_CLIENTS 64 /* single ones */
#define BATCH 1000        /* leaves of a sealed batch */
#define LOOKS 200000      /* random finds and proofs */
#define SINGLES 100000    /* single requests a size */

static struct store *store;
static struct storeq queue;
static uv_loop_t loop;
static struct err e;
static uint64_t produced; /* targets handed out so far */
static uint64_t batches;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench_store: %s: %s\n", what, e.msg);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* CPU seconds of this process, all threads. Beside the rates: they suffer from a busy machine, this hardly does. */
static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Target number i: as random as a hash, and cheap. */
static struct hash32 target(uint64_t i)
{
    struct hash32 h;
    for (unsigned w = 0; w < 4; w++) {
        uint64_t z = (i * 4 + w) * 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        z ^= z >> 31;
        memcpy(h.b + 8 * w, &z, sizeof z);
    }
    return h;
}

static uint64_t random_below(uint64_t n)
{
    static uint64_t state = 1;
    struct hash32 h = target(UINT64_C(1) << 50 | state++);
    uint64_t v;
    memcpy(&v, h.b, sizeof v);
    return v % n;
}

/* ------------------------------------------------------------------ latencies */

static double *sample;
static size_t n_samples;

static int compare(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static double percentile(double p)
{
    qsort(sample, n_samples, sizeof *sample, compare);
    return n_samples == 0 ? 0 : 1e3 * sample[(size_t)(p * (double)(n_samples - 1))];
}

/* ------------------------------------------------------------------ clients of the queue */

struct client {
    struct storeq_req req;
    struct hash32 *targets;
    size_t n;
    double begun;
};

static uint64_t goal;
static unsigned active;
static double load_cpu_us; /* CPU microseconds a target of the last load() */
static size_t n_merging;       /* its answers that came while the index was written or merged */
static double longest_merging; /* seconds; the slowest of them */

static enum err_code on_apply(struct store_write *w, struct storeq_req *req, struct err *error)
{
    struct client *c = (struct client *)req;
    struct store_accept a = {.targets = c->targets, .n = c->n, .accepted_at = 1};
    return store_accept(w, &a, error);
}

static void send_next(struct client *c)
{
    if (produced >= goal) {
        active--;
        return;
    }
    for (size_t i = 0; i < c->n; i++)
        c->targets[i] = target(produced++);
    c->begun = now();
    if (storeq_submit(&queue, &c->req, &e) != ERR_OK)
        die("submit");
}

static void on_done(struct storeq_req *req, enum err_code status)
{
    struct client *c = (struct client *)req;
    if (status != ERR_OK) {
        e = req->err;
        die("accept");
    }
    double took = now() - c->begun;
    sample[n_samples++] = took;
    n_merging += queue.index_busy;
    if (queue.index_busy && took > longest_merging)
        longest_merging = took;
    send_next(c);
}

/* Send up to `until` targets in requests of n by so many clients. Returns: targets a second. */
static double load(uint64_t until, size_t n, unsigned clients)
{
    struct client *c = calloc(clients, sizeof *c);
    uint64_t first = produced;
    n_samples = n_merging = 0;
    longest_merging = 0;
    queue.stats.max_round_us = 0;
    sample = realloc(sample, ((until - first) / n + clients + 1) * sizeof *sample);
    goal = until;
    active = clients;
    double t = now(), busy = cpu();
    for (unsigned i = 0; i < clients; i++) {
        c[i].req = (struct storeq_req){.apply = on_apply, .done = on_done, .bytes = n * 32};
        c[i].targets = calloc(n, sizeof *c[i].targets);
        c[i].n = n;
        send_next(&c[i]);
    }
    while (active > 0)
        uv_run(&loop, UV_RUN_ONCE);
    t = now() - t;
    load_cpu_us = 1e6 * (cpu() - busy) / (double)(produced - first);
    for (unsigned i = 0; i < clients; i++)
        free(c[i].targets);
    free(c);
    return (double)(produced - first) / t;
}

static void settle(void)
{
    while (!storeq_idle(&queue) || queue.index_busy)
        uv_run(&loop, UV_RUN_ONCE);
}

/* ------------------------------------------------------------------ the bound: LMDB and nothing else */

/* Append records of `len` bytes, `each` of them a transaction. Returns: transactions a second. */
static double bound_cpu_us; /* CPU microseconds a transaction of the last bound() */

static double bound(const char *folder, size_t len, unsigned each, unsigned transactions)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    uint64_t sequence = 0;
    uint8_t *record = calloc(1, len);
    mkdir(folder, 0700);
    if (mdb_env_create(&env) != 0 || mdb_env_set_mapsize(env, MAP_SIZE) != 0 ||
        mdb_env_open(env, folder, 0, 0600) != 0 || mdb_txn_begin(env, NULL, 0, &txn) != 0 ||
        mdb_dbi_open(txn, NULL, MDB_INTEGERKEY, &dbi) != 0 || mdb_drop(txn, dbi, 0) != 0 ||
        mdb_txn_commit(txn) != 0)
        die("bound");
    double t = now(), busy = cpu();
    for (unsigned i = 0; i < transactions; i++) {
        if (mdb_txn_begin(env, NULL, 0, &txn) != 0)
            die("bound");
        for (unsigned j = 0; j < each; j++) {
            MDB_val k = {sizeof sequence, &sequence}, v = {len, record};
            sequence++;
            if (mdb_put(txn, dbi, &k, &v, MDB_APPEND) != 0)
                die("bound");
        }
        if (mdb_txn_commit(txn) != 0)
            die("bound");
    }
    t = now() - t;
    bound_cpu_us = 1e6 * (cpu() - busy) / transactions;
    mdb_env_close(env);
    free(record);
    return transactions / t;
}

/* ------------------------------------------------------------------ sealing, looking */

static void seal(uint64_t first, uint64_t n)
{
    struct store_batch b = {.k = ++batches, .first = first, .leaf_count = n, .status = STORE_SEALED};
    struct store_write *w;
    b.anchored = target(UINT64_C(1) << 51 | b.k);
    if (store_tree_build(store, first, n, &b.root, &e) != ERR_OK ||
        store_write_begin(store, &w, &e) != ERR_OK)
        die("seal");
    if (store_batch_put(w, &b, NULL, &e) != ERR_OK || store_write_commit(w, &e) != ERR_OK)
        die("seal");
}

/* A tree over up to a million waiting targets, built again and again on a pool thread. */
struct builder {
    struct storeq_job job;
    uint64_t first, n, built;
    bool stop;
    double busy;
};

static enum err_code on_build(struct store *s, struct storeq_job *job, struct err *error)
{
    struct builder *b = (struct builder *)job;
    struct hash32 root;
    double t = now();
    enum err_code rc = store_tree_build(s, b->first, b->n, &root, error);
    b->busy += now() - t;
    return rc;
}

static void on_built(struct storeq_job *job, enum err_code status)
{
    struct builder *b = (struct builder *)job;
    e = job->err;
    if (status != ERR_OK)
        die("tree");
    b->built += b->n;
    if (!b->stop && storeq_run(&queue, job, &e) != ERR_OK)
        die("tree");
}

static struct store_pending pending(void)
{
    struct store_pending p;
    struct store_read r;
    if (store_read_begin(store, &r, &e) != ERR_OK || store_pending(&r, &p, &e) != ERR_OK)
        die("pending");
    store_read_end(&r);
    return p;
}

/* Single requests while trees are built beside them. Returns: requests a second. */
static double load_beside_trees(double *ret_leaves_per_s)
{
    struct store_pending p = pending();
    struct builder b = {.job = {.run = on_build, .done = on_built}, .first = p.first, .n = p.count};
    if (b.n > 1u << 20)
        b.n = 1u << 20;
    if (storeq_run(&queue, &b.job, &e) != ERR_OK)
        die("tree");
    double rate = load(produced + SINGLES, 1, SINGLE_CLIENTS);
    b.stop = true;
    while (!storeq_idle(&queue))
        uv_run(&loop, UV_RUN_ONCE);
    *ret_leaves_per_s = (double)b.built / b.busy;
    return rate;
}

/* Seal all that waits, in batches of n. Returns: leaves a CPU second. */
static double seal_all(uint64_t n)
{
    struct store_pending p = pending();
    double t = cpu();
    for (uint64_t at = 0; at < p.count; at += n)
        seal(p.first + at, p.count - at < n ? p.count - at : n);
    return (double)p.count / (cpu() - t);
}

/* Returns: CPU microseconds a random look-up, with its path if `prove`. */
static double look(bool present, bool prove)
{
    struct merkle_step steps[MERKLE_MAX_LEVELS];
    struct store_entry entry;
    struct store_read r;
    unsigned n;
    double t = cpu();
    for (unsigned i = 0; i < LOOKS; i++) {
        struct hash32 h = target(present ? random_below(produced) : UINT64_C(1) << 52 | i);
        if (store_read_begin(store, &r, &e) != ERR_OK)
            die("read");
        enum err_code rc = store_find(&r, &h, &entry, &e);
        if (rc != (present ? ERR_OK : ERR_NOT_FOUND))
            die("find");
        if (prove && store_path(&r, entry.k, entry.leaf_index, steps, &n, &e) != ERR_OK)
            die("path");
        store_read_end(&r);
    }
    return 1e6 * (cpu() - t) / LOOKS;
}

/* ------------------------------------------------------------------ opening, sizes */

static void open_all(const char *folder)
{
    struct store_options o = {folder, MAP_SIZE, false};
    if (store_open(&store, &o, &e) != ERR_OK || storeq_open(&queue, &loop, store, &e) != ERR_OK)
        die("open");
}

static void on_closed(struct storeq *q)
{
    (void)q;
}

static void close_all(void)
{
    storeq_close(&queue, on_closed);
    uv_run(&loop, UV_RUN_DEFAULT);
    store_close(store);
}

static double resident_mb(void)
{
    char line[256];
    double kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "RssAnon:", 8) == 0)
            kb = strtod(line + 8, NULL);
    if (f != NULL)
        fclose(f);
    return kb / 1024;
}

static struct store_stats sizes(void)
{
    struct store_stats st;
    struct store_read r;
    if (store_read_begin(store, &r, &e) != ERR_OK || store_stats(&r, &st, &e) != ERR_OK)
        die("stats");
    store_read_end(&r);
    return st;
}

/* ------------------------------------------------------------------ all of it, at one size */

/* Printed a piece at a time: some pieces take long. */
static void print(const char *name, double value)
{
    printf(",\"%s\":%.*f", name, value < 10 ? 3 : value < 1000 ? 1 : 0, value);
    fflush(stdout);
}

static void run(const char *folder, const char *bound_folder, uint64_t size)
{
    printf("{\"size\":%llu", (unsigned long long)size);
    print("bulk_bound_per_s", BULK * bound(bound_folder, BULK * 48, 1, 200));
    print("bulk_bound_cpu_us", bound_cpu_us / BULK);
    print("bulk_per_s", load(size, BULK, BULK_CLIENTS));
    print("bulk_cpu_us", load_cpu_us);
    print("bulk_p50_ms", percentile(0.5));
    print("bulk_max_ms", percentile(1));
    print("single_bound_per_s", SINGLE_CLIENTS / 2 * bound(bound_folder, 48, SINGLE_CLIENTS / 2, 2000));
    print("single_bound_cpu_us", 2 * bound_cpu_us / SINGLE_CLIENTS);
    print("single_per_s", load(produced + SINGLES, 1, SINGLE_CLIENTS));
    print("single_cpu_us", load_cpu_us);
    print("single_p50_ms", percentile(0.5));
    print("single_p99_ms", percentile(0.99));
    print("single_max_ms", percentile(1));
    print("single_longest_round_ms", (double)queue.stats.max_round_us / 1e3);
    print("single_while_merging", (double)n_merging);
    print("single_while_merging_max_ms", longest_merging * 1e3);
    double leaves, t = now();
    settle();
    print("settle_s", now() - t);
    print("single_beside_trees_per_s", load_beside_trees(&leaves));
    print("single_beside_trees_p50_ms", percentile(0.5));
    print("single_beside_trees_p99_ms", percentile(0.99));
    print("single_beside_trees_max_ms", percentile(1));
    print("single_beside_trees_longest_round_ms", (double)queue.stats.max_round_us / 1e3);
    print("tree_beside_singles_leaves_per_s", leaves);
    t = cpu();
    struct hash32 root;
    struct store_pending p = pending();
    if (store_tree_build(store, p.first, p.count < 1u << 20 ? p.count : 1u << 20, &root, &e) != ERR_OK)
        die("tree");
    print("tree_leaves_per_cpu_s", (double)(p.count < 1u << 20 ? p.count : 1u << 20) / (cpu() - t));
    print("seal_leaves_per_s", seal_all(BATCH));
    print("find_us", look(true, false));
    print("find_absent_us", look(false, false));
    print("find_and_path_us", look(true, true));
    print("resident_mb", resident_mb());
    close_all();
    t = now();
    open_all(folder);
    print("open_s", now() - t);
    print("resident_after_open_mb", resident_mb());
    struct store_stats st = sizes();
    print("log_bytes_each", (double)st.log_bytes / (double)st.targets);
    print("index_bytes_each", (double)st.index_bytes / (double)st.targets);
    print("tree_bytes_each", (double)st.tree_bytes / (double)st.targets);
    print("runs", st.runs);
    print("batches", (double)batches);
    printf("}\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static char *standard[] = {"100000", "1000000"};
    char bound_folder[4096];
    if (argc < 2) {
        fprintf(stderr, "usage: bench_store FOLDER [SIZE...]\n");
        return 64;
    }
    snprintf(bound_folder, sizeof bound_folder, "%s/bound", argv[1]);
    uv_loop_init(&loop);
    open_all(argv[1]);
    char **size = argc > 2 ? argv + 2 : standard;
    for (int i = 0; i < (argc > 2 ? argc - 2 : 2); i++)
        run(argv[1], bound_folder, strtoull(size[i], NULL, 10));
    close_all();
    uv_loop_close(&loop);
    free(sample);
    return 0;
}
