/* Group commit: every request answered exactly once, in order, never from inside submit; one bad request does
 * not sink its round; a full queue refuses; closing answers all. */
#include <stdio.h>
#include <stdlib.h>

#include "common/sha256.h"
#include "daemon/io/storeq.h"
#include "tests/harness.h"
#include "tests/looprun.h"
#include "tests/memfolder.h"

struct fixture {
    uv_loop_t loop;
    struct storeq q;
    struct store *store;
    struct err e;
    unsigned done, ok, failed;
    uint64_t last_number; /* of the request answered last */
    bool in_submit;
    bool closed;
};

/* A request that accepts some targets, and may refuse before or after. */
struct work {
    struct storeq_req req;
    struct fixture *f;
    uint64_t number;
    struct hash32 target[4];
    size_t n;
    enum { BEHAVE, REFUSE, REFUSE_HALF_WAY, HOLD } manner;
    uv_sem_t *gate; /* HOLD: its round stays under way until somebody posts this */
    struct store_place place[4];
    unsigned applied, answered;
    enum err_code status;
};

static unsigned n_folders;

static void open_store(struct fixture *f, uint64_t map_size)
{
    char path[128];
    snprintf(path, sizeof path, "%s/storeq-%u", memfolder(), n_folders++);
    struct store_options o = {path, map_size, false};
    assert_ok(store_open(&f->store, &o, &f->e), f->e);
    assert_ok(storeq_open(&f->q, &f->loop, f->store, &f->e), f->e);
    f->q.owner = f;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    *state = f;
    return 0;
}

static void on_closed(struct storeq *q)
{
    struct fixture *f = q->owner;
    assert_false(f->closed);
    f->closed = true;
}

static void close_all(struct fixture *f)
{
    storeq_close(&f->q, on_closed);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_true(f->closed);
    store_close(f->store);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(uv_loop_close(&f->loop), 0);
    free(f);
    return 0;
}

static enum err_code apply(struct store_write *w, struct storeq_req *req, struct err *e)
{
    struct work *work = (struct work *)req;
    struct store_accept a = {.targets = work->target, .n = work->n, .ret_places = work->place};
    work->applied++;
    if (work->manner == HOLD)
        uv_sem_wait(work->gate);
    if (work->manner == REFUSE)
        return err_set(e, ERR_INVALID, "refused");
    enum err_code rc = store_accept(w, &a, e);
    if (rc == ERR_OK && work->manner == REFUSE_HALF_WAY)
        return err_set(e, ERR_CONFLICT, "refused half-way");
    return rc;
}

static void done(struct storeq_req *req, enum err_code status)
{
    struct work *work = (struct work *)req;
    struct fixture *f = work->f;
    assert_false(f->in_submit);
    work->answered++;
    work->status = status;
    f->done++;
    f->ok += status == ERR_OK;
    f->failed += status != ERR_OK;
    assert_true(work->number > f->last_number);
    f->last_number = work->number;
}

static struct work *works(struct fixture *f, size_t n)
{
    struct work *w = calloc(n, sizeof *w);
    for (size_t i = 0; i < n; i++) {
        w[i].f = f;
        w[i].number = i + 1;
        w[i].n = 1;
        w[i].target[0] = sha256(&w[i].number, sizeof w[i].number);
        w[i].req.apply = apply;
        w[i].req.done = done;
    }
    return w;
}

static enum err_code submit(struct fixture *f, struct work *w)
{
    f->in_submit = true;
    enum err_code rc = storeq_submit(&f->q, &w->req, &f->e);
    f->in_submit = false;
    return rc;
}

static bool is_idle(void *arg)
{
    const struct fixture *f = arg;
    return storeq_idle(&f->q);
}

static void run_until_idle(struct fixture *f)
{
    looprun_until(&f->loop, is_idle, f);
}

static uint64_t count_targets(struct fixture *f)
{
    struct store_pending p;
    struct store_read r;
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_pending(&r, &p, &f->e), f->e);
    store_read_end(&r);
    return p.count;
}

static void many_share_few_rounds(void **state)
{
    struct fixture *f = *state;
    open_store(f, 1u << 28);
    struct work *w = works(f, 20000);
    for (size_t i = 0; i < 20000; i++)
        assert_ok(submit(f, &w[i]), f->e);
    assert_int_equal(f->done, 0);
    run_until_idle(f);
    assert_int_equal(f->ok, 20000);
    assert_in_range(f->q.stats.rounds, 3, 5); /* 8,192 a round */
    assert_int_equal(count_targets(f), 20000);
    for (size_t i = 0; i < 20000; i++) {
        assert_int_equal(w[i].answered, 1);
        assert_int_equal(w[i].place[0].sequence, i + 1);
    }
    close_all(f);
    free(w);
}

static void bytes_bound_a_round(void **state)
{
    struct fixture *f = *state;
    open_store(f, 1u << 28);
    struct work *w = works(f, 8);
    for (size_t i = 0; i < 8; i++) {
        w[i].req.bytes = STOREQ_ROUND_BYTES / 2 + 1; /* one a round */
        assert_ok(submit(f, &w[i]), f->e);
    }
    run_until_idle(f);
    assert_int_equal(f->q.stats.rounds, 8);
    assert_int_equal(f->ok, 8);
    close_all(f);
    free(w);
}

static void a_refusal_spares_the_others(void **state)
{
    struct fixture *f = *state;
    open_store(f, 1u << 28);
    struct work *w = works(f, 100);
    w[10].manner = REFUSE;
    for (size_t i = 0; i < 100; i++)
        assert_ok(submit(f, &w[i]), f->e);
    run_until_idle(f);
    assert_int_equal(f->ok, 99);
    assert_int_equal(w[10].status, ERR_INVALID);
    assert_string_equal(w[10].req.err.msg, "refused");
    assert_int_equal(w[11].applied, 1);
    assert_int_equal(count_targets(f), 99);
    close_all(f);
    free(w);
}

static void half_a_request_is_never_kept(void **state)
{
    struct fixture *f = *state;
    open_store(f, 1u << 28);
    struct work *w = works(f, 100);
    w[10].manner = REFUSE_HALF_WAY;
    w[50].manner = REFUSE_HALF_WAY;
    w[60].manner = REFUSE;
    for (size_t i = 0; i < 100; i++)
        assert_ok(submit(f, &w[i]), f->e);
    run_until_idle(f);
    assert_int_equal(f->ok, 97);
    assert_int_equal(w[10].status, ERR_CONFLICT);
    assert_int_equal(w[50].status, ERR_CONFLICT);
    assert_int_equal(w[10].applied, 1);
    assert_int_equal(w[0].applied, 3); /* the round was redone twice */
    assert_int_equal(w[99].place[0].sequence, 97);
    assert_int_equal(count_targets(f), 97);
    close_all(f);
    free(w);
}

static void a_full_queue_refuses(void **state)
{
    struct fixture *f = *state;
    open_store(f, 1u << 28);
    struct work *w = works(f, STOREQ_MAX_REQUESTS + 1);
    for (size_t i = 0; i < STOREQ_MAX_REQUESTS; i++)
        assert_ok(submit(f, &w[i]), f->e);
    assert_true(storeq_full(&f->q));
    assert_err(submit(f, &w[STOREQ_MAX_REQUESTS]), ERR_BUSY);
    run_until_idle(f);
    assert_int_equal(f->ok, STOREQ_MAX_REQUESTS);
    assert_int_equal(w[STOREQ_MAX_REQUESTS].answered, 0);
    assert_false(storeq_full(&f->q));
    close_all(f);
    free(w);
}

static void too_many_bytes_refuse(void **state)
{
    struct fixture *f = *state;
    open_store(f, 1u << 28);
    struct work *w = works(f, 3);
    w[0].req.bytes = STOREQ_MAX_BYTES - 10;
    w[1].req.bytes = 11;
    w[2].req.bytes = 10;
    assert_ok(submit(f, &w[0]), f->e);
    assert_err(submit(f, &w[1]), ERR_BUSY);
    assert_ok(submit(f, &w[2]), f->e);
    run_until_idle(f);
    assert_int_equal(f->ok, 2);
    close_all(f);
    free(w);
}

/* Each answer submits the next: a request may be submitted again from its own done. */
static void done_again(struct storeq_req *req, enum err_code status)
{
    struct work *work = (struct work *)req;
    assert_int_equal(status, ERR_OK);
    work->f->done++;
    work->target[0] = sha256(&work->target[0], sizeof work->target[0]);
    if (work->f->done < 50)
        assert_ok(storeq_submit(&work->f->q, req, &work->f->e), work->f->e);
}

static void done_may_submit_again(void **state)
{
    struct fixture *f = *state;
    open_store(f, 1u << 28);
    struct work *w = works(f, 1);
    w->req.done = done_again;
    assert_ok(submit(f, w), f->e);
    run_until_idle(f);
    assert_int_equal(f->done, 50);
    assert_int_equal(count_targets(f), 50);
    close_all(f);
    free(w);
}

static void closing_answers_all_once(void **state)
{
    struct fixture *f = *state;
    uv_sem_t gate;
    assert_int_equal(uv_sem_init(&gate, 0), 0);
    open_store(f, 1u << 28);
    struct work *w = works(f, 30000);
    w[0].manner = HOLD;
    w[0].gate = &gate;
    for (size_t i = 0; i < 30000; i++) {
        assert_ok(submit(f, &w[i]), f->e);
        w[i].number += i < STOREQ_ROUND_REQUESTS ? 100000 : 0; /* answered after those that still wait */
    }
    while (!f->q.round_busy)
        uv_run(&f->loop, UV_RUN_NOWAIT);
    storeq_close(&f->q, on_closed);
    assert_int_equal(f->done, 30000 - STOREQ_ROUND_REQUESTS);
    uv_sem_post(&gate);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_true(f->closed);
    store_close(f->store);
    uv_sem_destroy(&gate);
    for (size_t i = 0; i < 30000; i++) {
        assert_int_equal(w[i].answered, 1);
        assert_int_equal(w[i].status, i < STOREQ_ROUND_REQUESTS ? ERR_OK : ERR_CANCELLED);
    }
    assert_err(submit(f, &w[0]), ERR_CANCELLED);
    free(w);
}

/* A timer that submits: its turn has no poll event, yet the round starts. */
static struct work *timed;

static void on_timer(uv_timer_t *timer)
{
    assert_ok(submit(timer->data, timed), timed->f->e);
    uv_close((uv_handle_t *)timer, NULL);
}

static void a_timer_may_submit(void **state)
{
    struct fixture *f = *state;
    uv_timer_t timer;
    open_store(f, 1u << 28);
    timed = works(f, 1);
    uv_timer_init(&f->loop, &timer);
    timer.data = f;
    uv_timer_start(&timer, on_timer, 1, 0);
    looprun_count(&f->loop, &f->done, 1);
    assert_int_equal(f->ok, 1);
    close_all(f);
    free(timed);
}

static void a_full_map_gives_each_its_error(void **state)
{
    struct fixture *f = *state;
    struct store_entry entry;
    struct store_read r;
    open_store(f, 1u << 20);
    struct work *w = works(f, 40000);
    for (size_t i = 0; i < 40000; i++)
        assert_ok(submit(f, &w[i]), f->e);
    run_until_idle(f);
    assert_true(f->ok > 0);
    assert_true(f->failed > 0);
    for (size_t i = 0; i < 40000; i++) {
        assert_int_equal(w[i].answered, 1);
        assert_true(w[i].status == ERR_OK || w[i].status == ERR_NOSPACE);
        if (w[i].status == ERR_NOSPACE)
            assert_non_null(strstr(w[i].req.err.msg, "map_size"));
    }
    assert_int_equal(count_targets(f), f->ok);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    for (size_t i = 0; i < 40000; i++) /* reading goes on */
        assert_err(store_find(&r, &w[i].target[0], &entry, &f->e),
                   w[i].status == ERR_OK ? ERR_OK : ERR_NOT_FOUND);
    store_read_end(&r);
    close_all(f);
    free(w);
}

/* ------------------------------------------------------------------ finding while all else moves */

#define BULK 20000
#define BULKS 60

struct bulk {
    struct storeq_req req;
    struct fixture *f;
    struct hash32 target[BULK];
};

static struct hash32 bulk_target(uint64_t i)
{
    return sha256(&i, sizeof i);
}

static enum err_code bulk_apply(struct store_write *w, struct storeq_req *req, struct err *e)
{
    struct store_accept a = {.targets = ((struct bulk *)req)->target, .n = BULK};
    return store_accept(w, &a, e);
}

static void bulk_next(struct bulk *b)
{
    for (uint64_t i = 0; i < BULK; i++)
        b->target[i] = bulk_target(b->f->done * (uint64_t)BULK + i);
    assert_ok(storeq_submit(&b->f->q, &b->req, &b->f->e), b->f->e);
}

static void bulk_done(struct storeq_req *req, enum err_code status)
{
    struct bulk *b = (struct bulk *)req;
    assert_int_equal(status, ERR_OK);
    if (++b->f->done < BULKS)
        bulk_next(b);
}

/* Whatever was acknowledged is found at once, while rounds write, generations leave the memory and runs are
 * written. The thread sanitizer looks on. */
static void acknowledged_is_found_at_once(void **state)
{
    struct fixture *f = *state;
    struct store_entry entry;
    uint64_t seed = 1;
    open_store(f, UINT64_C(1) << 30);
    struct bulk *b = calloc(1, sizeof *b);
    *b = (struct bulk){.req = {.apply = bulk_apply, .done = bulk_done, .bytes = BULK * 32}, .f = f};
    bulk_next(b);
    while (f->done < BULKS || f->q.index_busy) {
        struct store_read r;
        uv_run(&f->loop, UV_RUN_NOWAIT);
        uint64_t last = f->done * (uint64_t)BULK;
        if (last == 0)
            continue;
        assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
        for (unsigned i = 0; i < 50; i++) {
            uint64_t n = harness_random(&seed) % last;
            struct hash32 t = bulk_target(n), absent = bulk_target(n + BULK * BULKS);
            assert_ok(store_find(&r, &t, &entry, &f->e), f->e);
            assert_int_equal(entry.sequence, n + 1);
            assert_err(store_find(&r, &absent, &entry, &f->e), ERR_NOT_FOUND);
        }
        store_read_end(&r);
    }
    assert_int_equal(count_targets(f), BULK * BULKS);
    close_all(f);
    free(b);
}

/* ------------------------------------------------------------------ jobs */

struct long_work {
    struct storeq_job job;
    struct fixture *f;
    uint64_t first, n;
    struct hash32 root;
    unsigned answered;
    enum err_code status;
};

static enum err_code run_job(struct store *s, struct storeq_job *job, struct err *e)
{
    struct long_work *l = (struct long_work *)job;
    return store_tree_build(s, l->first, l->n, &l->root, e);
}

static void job_done(struct storeq_job *job, enum err_code status)
{
    struct long_work *l = (struct long_work *)job;
    l->answered++;
    l->status = status;
}

static void jobs_run_beside_rounds(void **state)
{
    struct fixture *f = *state;
    open_store(f, 1u << 28);
    struct work *w = works(f, 5000);
    struct long_work l[3];
    for (size_t i = 0; i < 2500; i++)
        assert_ok(submit(f, &w[i]), f->e);
    run_until_idle(f);
    for (size_t i = 0; i < 3; i++) {
        l[i] = (struct long_work){.job = {.run = run_job, .done = job_done}, .f = f, .first = 1 + 1000 * i,
                                  .n = 500 + 500 * i};
        assert_ok(storeq_run(&f->q, &l[i].job, &f->e), f->e);
    }
    for (size_t i = 2500; i < 5000; i++)
        assert_ok(submit(f, &w[i]), f->e);
    run_until_idle(f);
    assert_int_equal(f->ok, 5000);
    assert_int_equal(l[0].status, ERR_OK);
    assert_int_equal(l[1].status, ERR_OK);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(l[i].answered, 1);
    close_all(f);
    free(w);
}

/* Builds until it is told to stop. */
static enum err_code run_for_ever(struct store *s, struct storeq_job *job, struct err *e)
{
    enum err_code rc = ERR_OK;
    while (rc == ERR_OK)
        rc = run_job(s, job, e);
    return rc;
}

static void closing_stops_the_job_under_way(void **state)
{
    struct fixture *f = *state;
    open_store(f, 1u << 28);
    struct work *w = works(f, 10);
    for (size_t i = 0; i < 10; i++)
        assert_ok(submit(f, &w[i]), f->e);
    run_until_idle(f);
    struct long_work l = {.job = {.run = run_for_ever, .done = job_done}, .f = f, .first = 1, .n = 10};
    assert_ok(storeq_run(&f->q, &l.job, &f->e), f->e);
    close_all(f);
    assert_int_equal(l.status, ERR_CANCELLED);
    free(w);
}

static void closing_cancels_jobs(void **state)
{
    struct fixture *f = *state;
    struct long_work l[3];
    open_store(f, 1u << 28);
    struct work *w = works(f, 10);
    for (size_t i = 0; i < 10; i++)
        assert_ok(submit(f, &w[i]), f->e);
    run_until_idle(f);
    for (size_t i = 0; i < 3; i++) {
        l[i] = (struct long_work){.job = {.run = run_job, .done = job_done}, .f = f, .first = 1, .n = 10};
        assert_ok(storeq_run(&f->q, &l[i].job, &f->e), f->e);
    }
    close_all(f);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(l[i].answered, 1);
    assert_int_equal(l[2].status, ERR_CANCELLED);
    assert_err(storeq_run(&f->q, &l[0].job, &f->e), ERR_CANCELLED);
    free(w);
}

/* ------------------------------------------------------------------ jobs that have the store for themselves */

struct alone {
    struct storeq_job copy, swap;
    struct fixture *f;
    uint64_t rounds; /* before it began */
    unsigned answered;
};

static enum err_code run_copy(struct store *s, struct storeq_job *job, struct err *e)
{
    (void)job;
    return store_compact_copy(s, e);
}

static enum err_code run_swap(struct store *s, struct storeq_job *job, struct err *e)
{
    (void)job;
    return store_compact_swap(s, e);
}

static void swap_done(struct storeq_job *job, enum err_code status)
{
    struct alone *a = (struct alone *)(void *)((char *)job - offsetof(struct alone, swap));
    assert_int_equal(status, ERR_OK);
    assert_int_equal(a->f->q.stats.rounds, a->rounds);
    a->answered++;
}

static void copy_done(struct storeq_job *job, enum err_code status)
{
    struct alone *a = (struct alone *)job;
    struct fixture *f = a->f;
    assert_int_equal(status, ERR_OK);
    assert_false(f->q.round_busy);
    assert_false(f->q.index_busy);
    a->rounds = f->q.stats.rounds;
    a->swap = (struct storeq_job){.alone = true, .run = run_swap, .done = swap_done};
    assert_ok(storeq_run(&f->q, &a->swap, &f->e), f->e);
}

static void a_job_alone_holds_the_rounds(void **state)
{
    struct fixture *f = *state;
    open_store(f, 1u << 28);
    struct work *w = works(f, 20000);
    struct long_work l = {.job = {.run = run_job, .done = job_done}, .f = f, .first = 1, .n = 100};
    struct alone a = {.copy = {.alone = true, .run = run_copy, .done = copy_done}, .f = f};
    for (size_t i = 0; i < 10000; i++)
        assert_ok(submit(f, &w[i]), f->e);
    looprun_count(&f->loop, &f->done, 1); /* a round is over, the next under way */
    assert_ok(storeq_run(&f->q, &l.job, &f->e), f->e);
    assert_ok(storeq_run(&f->q, &a.copy, &f->e), f->e);
    for (size_t i = 10000; i < 20000; i++)
        assert_ok(submit(f, &w[i]), f->e);
    run_until_idle(f);
    assert_int_equal(a.answered, 1);
    assert_int_equal(l.status, ERR_OK);
    assert_int_equal(f->ok, 20000);
    assert_int_equal(count_targets(f), 20000);
    close_all(f);
    free(w);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_share_few_rounds),
        TEST(bytes_bound_a_round),
        TEST(a_refusal_spares_the_others),
        TEST(half_a_request_is_never_kept),
        TEST(a_full_queue_refuses),
        TEST(too_many_bytes_refuse),
        TEST(done_may_submit_again),
        TEST(closing_answers_all_once),
        TEST(a_timer_may_submit),
        TEST(a_full_map_gives_each_its_error),
        TEST(acknowledged_is_found_at_once),
        TEST(jobs_run_beside_rounds),
        TEST(closing_stops_the_job_under_way),
        TEST(closing_cancels_jobs),
        TEST(a_job_alone_holds_the_rounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
