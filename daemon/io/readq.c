/* Reads off the loop: see readq.h. */
#include "daemon/io/readq.h"

#include <assert.h>

static void start_rounds(struct readq *q);

static void on_work(uv_work_t *work)
{
    struct readq_round *round = work->data;
    struct store_read read;
    struct err e = {0};
    enum err_code rc = store_read_begin(round->queue->store, &read, &e);
    for (struct readq_req *req = round->first; req != NULL; req = req->next) {
        req->err = e;
        req->status = rc == ERR_OK ? req->run(&read, req, &req->err) : rc;
    }
    if (rc == ERR_OK)
        store_read_end(&read);
}

static void on_done(uv_work_t *work, int status)
{
    struct readq_round *round = work->data;
    struct readq_req *req = round->first;
    assert(status == 0); /* it is never cancelled */
    round->busy = false;
    round->first = NULL;
    start_rounds(round->queue); /* the thread is not kept waiting for the answers */
    while (req != NULL) {
        struct readq_req *next = req->next; /* done may submit it again */
        req->done(req, req->status);
        req = next;
    }
}

/* The first requests that wait, at most a round full. */
static struct readq_req *take(struct readq *q)
{
    struct readq_req *first = q->first, **end = &first;
    for (size_t n = 0; *end != NULL && n < READQ_ROUND_REQUESTS; n++) {
        end = &(*end)->next;
        q->waiting--;
    }
    q->first = *end;
    *end = NULL;
    if (q->first == NULL)
        q->end = &q->first;
    return first;
}

static void start_rounds(struct readq *q)
{
    for (size_t i = 0; i < READQ_ROUNDS && q->first != NULL; i++) {
        struct readq_round *round = &q->rounds[i];
        if (round->busy)
            continue;
        round->busy = true;
        round->first = take(q);
        int rc = uv_queue_work(q->loop, &round->work, on_work, on_done);
        assert(rc == 0); /* it only fails for want of a work function */
    }
}

void readq_init(struct readq *q, uv_loop_t *loop, struct store *store)
{
    *q = (struct readq){.loop = loop, .store = store};
    q->end = &q->first;
    for (size_t i = 0; i < READQ_ROUNDS; i++) {
        q->rounds[i].queue = q;
        q->rounds[i].work.data = &q->rounds[i];
    }
}

enum err_code readq_submit(struct readq *q, struct readq_req *req, struct err *e)
{
    if (q->waiting == READQ_MAX_REQUESTS)
        return err_set(e, ERR_BUSY, "too many reads wait, try again in a second");
    req->next = NULL;
    *q->end = req;
    q->end = &req->next;
    q->waiting++;
    start_rounds(q);
    return ERR_OK;
}

bool readq_idle(const struct readq *q)
{
    bool idle = q->first == NULL;
    for (size_t i = 0; i < READQ_ROUNDS; i++)
        idle = idle && !q->rounds[i].busy;
    return idle;
}
