/* The bound of the HTTP edge: httpd with a handler that does nothing but answer.
 *
 *   bench_http sync|round|append [HOST:PORT [FOLDER]]
 *   bench_http page HOST:PORT BYTES
 *
 * sync answers a small POST at once; page answers a GET with a constant body of that length; round answers all
 * requests of a turn together after a trip through the thread pool, as group commit does; append also puts 48
 * bytes a request into a plain LMDB table in FOLDER and commits, once a round. Nothing is parsed, looked up or kept in memory: the least that a durable answer
 * costs. Drive it with bench_load. SIGINT ends it and prints requests and CPU microseconds per request. */
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "daemon/io/httpd.h"

#define ROUND_MAX 65536

static struct httpd server;
static uv_signal_t interrupt;
static uv_work_t work;
static bool use_rounds, use_append, is_working;
static MDB_env *env;
static MDB_dbi table;
static uint64_t sequence;
static char *page; /* the body of every answer, or NULL */
static size_t page_len;
static struct httpd_request *waiting[ROUND_MAX], *in_round[ROUND_MAX];
static size_t n_waiting, n_in_round, n_rounds;

static size_t on_headers(struct httpd_request *req)
{
    (void)req;
    return 64u << 20;
}

static void answer(struct httpd_request *req)
{
    static const char BODY[] =
        "{\"hash\":\"0000000000000000000000000000000000000000000000000000000000000000\","
        "\"status\":\"accepted\",\"sequence\":12345678}\n";
    const struct httpd_response response = {.status = 202,
                                            .content_type = "application/json",
                                            .body = BODY,
                                            .len = sizeof BODY - 1,
                                            .owner = HTTPD_BORROWED};
    const struct httpd_response constant = {.status = 200,
                                            .content_type = "application/json",
                                            .body = page,
                                            .len = page_len,
                                            .owner = HTTPD_BORROWED};
    httpd_reply(req, page != NULL ? &constant : &response);
}

static void make_page(const char *bytes)
{
    page_len = strtoul(bytes, NULL, 10);
    page = malloc(page_len + 1);
    if (page == NULL)
        exit(1);
    memset(page, ' ', page_len);
}

static void check(int rc, const char *what)
{
    if (rc != 0) {
        fprintf(stderr, "bench_http: %s: %s\n", what, mdb_strerror(rc));
        exit(1);
    }
}

static void open_table(const char *folder)
{
    MDB_txn *txn;
    check(mdb_env_create(&env), "create");
    check(mdb_env_set_mapsize(env, (size_t)64 << 30), "map size");
    check(mdb_env_set_maxdbs(env, 1), "tables");
    check(mdb_env_open(env, folder, 0, 0600), folder);
    check(mdb_txn_begin(env, NULL, 0, &txn), "begin");
    check(mdb_dbi_open(txn, "sequence", MDB_CREATE | MDB_INTEGERKEY, &table), "table");
    check(mdb_txn_commit(txn), "commit");
}

/* One transaction: 32 bytes of a hash and 16 of a salt for each request of the round. */
static void on_work(uv_work_t *w)
{
    MDB_txn *txn;
    uint8_t record[48] = {0};
    (void)w;
    if (!use_append)
        return;
    check(mdb_txn_begin(env, NULL, 0, &txn), "begin");
    for (size_t i = 0; i < n_in_round; i++) {
        MDB_val key = {sizeof sequence, &sequence}, value = {sizeof record, record};
        sequence++;
        memcpy(record, &sequence, sizeof sequence);
        check(mdb_put(txn, table, &key, &value, MDB_APPEND), "put");
    }
    check(mdb_txn_commit(txn), "commit");
}

static void on_round(uv_work_t *w, int status);

static void start_round(void)
{
    memcpy(in_round, waiting, n_waiting * sizeof waiting[0]);
    n_in_round = n_waiting;
    n_waiting = 0;
    n_rounds++;
    is_working = true;
    uv_queue_work(server.loop, &work, on_work, on_round);
}

static void on_round(uv_work_t *w, int status)
{
    (void)w, (void)status;
    is_working = false;
    for (size_t i = 0; i < n_in_round; i++)
        answer(in_round[i]);
    if (n_waiting > 0)
        start_round();
}

static void on_request(struct httpd_request *req)
{
    if (!use_rounds || n_waiting == ROUND_MAX) {
        answer(req);
        return;
    }
    waiting[n_waiting++] = req;
    if (!is_working)
        start_round();
}

static void on_closed(struct httpd *h)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    double us = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
                (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
    printf("%llu requests, %zu rounds, %.1f us of CPU each, %llu connections, %ld MB resident at "
           "most\n",
           (unsigned long long)h->stats.requests, n_rounds, us / (double)h->stats.requests,
           (unsigned long long)h->stats.accepted, use.ru_maxrss / 1024);
}

static void on_interrupt(uv_signal_t *handle, int signum)
{
    (void)signum;
    uv_close((uv_handle_t *)handle, NULL);
    httpd_close(&server, on_closed);
}

int main(int argc, char **argv)
{
    uv_loop_t loop;
    struct err e = {0};
    struct httpd_config config = {.listen = argc > 2 ? argv[2] : "127.0.0.1:8099",
                                  .listen_fd = -1,
                                  .max_connections = 12000,
                                  .max_streams = 100,
                                  .max_bodies = 1u << 30,
                                  .request_timeout_ms = 30000,
                                  .idle_timeout_ms = 60000,
                                  .user_size = 256,
                                  .handler = {.on_headers = on_headers, .on_request = on_request}};
    use_append = argc > 3 && strcmp(argv[1], "append") == 0;
    use_rounds = use_append || (argc > 1 && strcmp(argv[1], "round") == 0);
    if (use_append)
        open_table(argv[3]);
    if (argc > 3 && strcmp(argv[1], "page") == 0)
        make_page(argv[3]);
    signal(SIGPIPE, SIG_IGN);
    uv_loop_init(&loop);
    if (httpd_open(&server, &loop, &config, &e) != ERR_OK) {
        fprintf(stderr, "bench_http: %s\n", e.msg);
        return 1;
    }
    uv_signal_init(&loop, &interrupt);
    uv_signal_start(&interrupt, on_interrupt, SIGINT);
    printf("listening on %s\n", httpd_address(&server));
    fflush(stdout);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop) == 0 ? 0 : 1;
}
