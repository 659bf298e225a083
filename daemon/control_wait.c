/* The command `wait`: see control_wait.h. */
#include "daemon/control_wait.h"

#include <stdlib.h>

#define MAX_WAIT_S (7 * 24 * 3600)
#define BUSY_MS 100 /* the store's files are being exchanged: nobody says when that is over */

/* One client that waits until all its hashes are sealed, or final. */
struct control_waiter {
    struct control_call call; /* first: see control_base.h */
    struct control *control;
    struct ctlsock_request *req;
    struct control_waiter *next;
    uv_timer_t timer;
    uint64_t until; /* uv_now; UINT64_MAX: for ever */
    bool final;
    bool over;  /* answered; freed when the timer is closed */
    size_t n;   /* hashes not yet there */
    struct hash32 targets[];
};

static void on_waiter_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* Out of the list, answered, and gone. */
static void waiter_finish(struct control_waiter *w, json_t *object)
{
    for (struct control_waiter **at = &w->control->waiters; *at != NULL; at = &(*at)->next)
        if (*at == w) {
            *at = w->next;
            break;
        }
    w->over = true;
    control_base_reply(w->req, object);
    uv_close((uv_handle_t *)&w->timer, on_waiter_closed);
}

/* Whether a hash has come as far as is waited for. */
static enum err_code arrived(const struct store_read *read, const struct hash32 *target, bool final, bool *ret,
                             struct err *e)
{
    struct store_entry entry;
    struct store_batch batch;
    enum err_code rc = store_find(read, target, &entry, e);
    *ret = false;
    if (rc != ERR_OK || entry.k == 0)
        return rc;
    *ret = true;
    if (final && (rc = store_batch(read, entry.k, &batch, e)) == ERR_OK)
        *ret = batch.status == STORE_FINAL;
    return rc;
}

static void on_timer(uv_timer_t *timer);

/* Wake up in so long, or when the time is over. */
static void sleep_for(struct control_waiter *w, uint64_t ms)
{
    uint64_t now = uv_now(w->control->loop), left = w->until > now ? w->until - now : 0;
    uv_timer_start(&w->timer, on_timer, ms < left ? ms : left, 0);
}

/* Drop what has arrived; finish if nothing is left or one hash is unknown. */
static void waiter_look(struct control_waiter *w)
{
    struct store_read read;
    struct err e = {0};
    enum err_code rc = store_read_begin(w->control->store, &read, &e);
    if (rc == ERR_OK) {
        for (size_t i = 0; rc == ERR_OK && i < w->n;) {
            bool there;
            rc = arrived(&read, &w->targets[i], w->final, &there, &e);
            if (there)
                w->targets[i] = w->targets[--w->n];
            else
                i++;
        }
        store_read_end(&read);
    }
    if (rc == ERR_BUSY)
        sleep_for(w, BUSY_MS);
    else if (rc == ERR_NOT_FOUND)
        waiter_finish(w, control_base_refusal(rc, "a hash was never accepted here"));
    else if (rc != ERR_OK)
        waiter_finish(w, control_base_refusal(rc, e.msg));
    else if (w->n == 0)
        waiter_finish(w, json_pack("{s:b}", "ok", 1));
    else
        sleep_for(w, UINT64_MAX);
}

static void on_timer(uv_timer_t *timer)
{
    struct control_waiter *w = timer->data;
    if (uv_now(w->control->loop) >= w->until)
        waiter_finish(w, control_base_refusal(ERR_TIMEOUT, "not there in time; it goes on without you"));
    else
        waiter_look(w);
}

static void on_gone(struct ctlsock_request *req)
{
    struct control_waiter *w = req->user;
    if (!w->over)
        waiter_finish(w, NULL);
}

void control_wait(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    const json_t *hashes = json_object_get(args, "hashes");
    json_int_t timeout = json_integer_value(json_object_get(args, "timeout"));
    size_t n = json_array_size(hashes);
    if (n < 1 || n > CONTROL_WAIT_MAX || timeout < 0 || timeout > MAX_WAIT_S) {
        control_base_error(req, ERR_INVALID, "wait takes 1 to 1000 hashes and a timeout of at most a week");
        return;
    }
    struct control_waiter *w = calloc(1, sizeof *w + n * sizeof *w->targets);
    if (w == NULL) {
        control_base_error(req, ERR_NOMEM, "out of memory");
        return;
    }
    for (w->n = 0; w->n < n; w->n++)
        if (!control_base_hash(json_array_get(hashes, w->n), &w->targets[w->n])) {
            free(w);
            control_base_error(req, ERR_INVALID, "a hash is 64 lower-case hexadecimal digits without 0x");
            return;
        }
    w->call.on_gone = on_gone;
    w->control = c;
    w->req = req;
    w->final = json_is_true(json_object_get(args, "final"));
    w->next = c->waiters;
    c->waiters = w;
    req->user = w;
    uv_timer_init(c->loop, &w->timer);
    w->timer.data = w;
    w->until = timeout > 0 ? uv_now(c->loop) + (uint64_t)timeout * 1000 : UINT64_MAX;
    waiter_look(w);
}

void control_wait_wake(struct control *c)
{
    for (struct control_waiter *w = c->waiters, *next; w != NULL; w = next) {
        next = w->next;
        waiter_look(w);
    }
}

void control_wait_cancel(struct control *c)
{
    while (c->waiters != NULL)
        waiter_finish(c->waiters, control_base_refusal(ERR_CANCELLED, "the daemon stops"));
}
