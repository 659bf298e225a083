/* Reads off the loop: each request answered exactly once and in order, off the loop's thread, from one moment of the
 * store a round; a full queue refuses. */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/io/readq.h"
#include "tests/harness.h"
#include "tests/memfolder.h"

struct fixture {
    uv_loop_t loop;
    struct readq q;
    struct store *store;
    struct err e;
    uv_thread_t loop_thread;
    unsigned done, last;
};

struct look {
    struct readq_req req;
    struct fixture *f;
    unsigned number, runs, answers, again;
    uint64_t count;
    uv_sem_t *gate; /* its round stays under way until somebody posts this */
    bool on_loop;
    enum err_code status;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char path[128];
    snprintf(path, sizeof path, "%s/readq", memfolder());
    struct store_options o = {path, 1u << 28, false};
    assert_int_equal(uv_loop_init(&f->loop), 0);
    assert_ok(store_open(&f->store, &o, &f->e), f->e);
    readq_init(&f->q, &f->loop, f->store);
    f->loop_thread = uv_thread_self();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    assert_true(readq_idle(&f->q));
    store_close(f->store);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    free(f);
    return 0;
}

static enum err_code run(const struct store_read *r, struct readq_req *req, struct err *e)
{
    struct look *l = (struct look *)req;
    struct store_pending p;
    uv_thread_t self = uv_thread_self();
    if (l->gate != NULL)
        uv_sem_wait(l->gate);
    l->runs++;
    l->on_loop = uv_thread_equal(&self, &l->f->loop_thread) != 0;
    if (l->number % 7 == 3)
        return err_set(e, ERR_GONE, "number %u is gone", l->number);
    enum err_code rc = store_pending(r, &p, e);
    l->count = p.count;
    return rc;
}

static void done(struct readq_req *req, enum err_code status)
{
    struct look *l = (struct look *)req;
    l->answers++;
    l->status = status;
    l->f->done++;
    if (l->again > 0) {
        l->again--;
        assert_ok(readq_submit(&l->f->q, &l->req, &l->f->e), l->f->e);
    }
}

static struct look *looks(struct fixture *f, size_t n)
{
    struct look *l = calloc(n, sizeof *l);
    for (size_t i = 0; i < n; i++)
        l[i] = (struct look){.req = {.run = run, .done = done}, .f = f, .number = (unsigned)i};
    return l;
}

static void each_is_answered_once(void **state)
{
    struct fixture *f = *state;
    struct look *l = looks(f, 1000);
    for (size_t i = 0; i < 1000; i++)
        assert_ok(readq_submit(&f->q, &l[i].req, &f->e), f->e);
    assert_int_equal(f->done, 0);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(l[i].answers, 1);
        assert_int_equal(l[i].runs, 1);
        assert_false(l[i].on_loop);
        assert_int_equal(l[i].status, i % 7 == 3 ? ERR_GONE : ERR_OK);
    }
    assert_string_equal(l[3].req.err.msg, "number 3 is gone");
    free(l);
}

static void done_may_submit_again(void **state)
{
    struct fixture *f = *state;
    struct look *l = looks(f, 1);
    l->again = 99;
    assert_ok(readq_submit(&f->q, &l->req, &f->e), f->e);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(l->runs, 100);
    assert_int_equal(l->answers, 100);
    free(l);
}

/* With all rounds held, what comes waits; one more than the limit is refused, and the others are answered. */
static void a_full_queue_refuses(void **state)
{
    struct fixture *f = *state;
    uv_sem_t gate;
    size_t n = READQ_ROUNDS + READQ_MAX_REQUESTS;
    struct look *l = looks(f, n + 1);
    assert_int_equal(uv_sem_init(&gate, 0), 0);
    for (size_t i = 0; i < READQ_ROUNDS; i++)
        l[i].gate = &gate;
    for (size_t i = 0; i < n; i++)
        assert_ok(readq_submit(&f->q, &l[i].req, &f->e), f->e);
    assert_err(readq_submit(&f->q, &l[n].req, &f->e), ERR_BUSY);
    assert_false(readq_idle(&f->q));
    for (size_t i = 0; i < READQ_ROUNDS; i++)
        uv_sem_post(&gate);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(f->done, n);
    assert_int_equal(l[n].runs, 0);
    uv_sem_destroy(&gate);
    free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_is_answered_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(done_may_submit_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_queue_refuses, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
