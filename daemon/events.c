/* Changes of batches, told to whoever listens: see events.h. */
#include "daemon/events.h"

#include <inttypes.h>
#include <stdio.h>

#include "daemon/proofs.h"

#define ROOM_FOR_ONE 1024  /* bytes, more than any event */
#define MAX_AT_ONCE 64     /* batches before k that one change may concern */
#define RETRY_MS 3000      /* what a reader is asked to wait before coming back */

/* ------------------------------------------------------------------ what is known */

static void remember(struct events *ev, const struct store_batch *batch)
{
    ev->told[batch->k % EVENTS_REMEMBERED].k = batch->k;
    ev->told[batch->k % EVENTS_REMEMBERED].status = batch->status;
}

static bool is_told(const struct events *ev, const struct store_batch *batch)
{
    return ev->told[batch->k % EVENTS_REMEMBERED].k == batch->k &&
           ev->told[batch->k % EVENTS_REMEMBERED].status == batch->status;
}

/* The last batch of those, from the first on, whose anchors are done and that are final. One that a later
 * anchor proves has no open anchor of its own, yet is final only with that one. */
static uint64_t find_settled(const struct store_read *read)
{
    struct store_batch batch;
    struct slice blob;
    uint64_t open;
    if (store_anchor_open_after(read, 0, &open, &blob, NULL) != ERR_OK)
        open = UINT64_MAX;
    enum err_code rc = store_batch_before(read, open, &batch, NULL);
    while (rc == ERR_OK && batch.status != STORE_FINAL)
        rc = store_batch_before(read, batch.k, &batch, NULL);
    return rc == ERR_OK ? batch.k : 0;
}

/* ------------------------------------------------------------------ one reader */

static void cut(struct events *ev, struct events_reader *r)
{
    ev->cut += !r->is_cut && !httpd_is_gone(r->http);
    r->is_cut = true;
    httpd_stream_end(r->http);
}

static void put_event(struct text *t, uint64_t id, const struct store_batch *batch)
{
    text_putf(t, "id: %" PRIu64 "\nevent: batch\ndata: {\"number\":%" PRIu64 ",\"status\":\"%s\",\"leafCount\":%" PRIu64
              ",\"anchored\":\"", id, batch->k, proofs_status_word(batch->status), batch->leaf_count);
    text_put_hex(t, batch->anchored.b, sizeof batch->anchored.b);
    text_putc(t, '"');
    text_put_time_member(t, "sealedAt", batch->sealed_at);
    text_put_time_member(t, "minedAt", batch->mined_at);
    text_put_time_member(t, "finalAt", batch->final_at);
    text_puts(t, "}\n\n");
}

/* Where this reader may safely come back to. */
static uint64_t id_for(const struct events *ev, const struct events_reader *r)
{
    return r->place < ev->settled ? r->place : ev->settled;
}

/* Returns: false if the reader was too slow, or memory is short: it is cut. */
static bool tell(struct events *ev, struct events_reader *r, const struct store_batch *batch)
{
    struct text *t = &ev->scratch;
    if (t->failed)
        text_done(t);
    text_clear(t);
    put_event(t, id_for(ev, r), batch);
    if (t->failed || !httpd_stream_write(r->http, t->data, t->len)) {
        cut(ev, r);
        return false;
    }
    ev->sent++;
    return true;
}

void events_continue(struct events *ev, struct events_reader *r)
{
    struct store_read read;
    struct store_batch batch;
    if (r->http == NULL || r->is_cut || r->place == UINT64_MAX)
        return;
    enum err_code rc = store_read_begin(ev->store, &read, NULL);
    if (rc != ERR_OK) {
        cut(ev, r);
        return;
    }
    while (httpd_stream_room(r->http) >= ROOM_FOR_ONE &&
           (rc = store_batch_after(&read, r->place, &batch, NULL)) == ERR_OK) {
        uint64_t before = r->place;
        r->place = batch.k;
        if (!tell(ev, r, &batch)) {
            r->place = before;
            break;
        }
    }
    store_read_end(&read);
    if (rc == ERR_NOT_FOUND)
        r->place = UINT64_MAX;
    else if (rc != ERR_OK)
        cut(ev, r);
}

/* ------------------------------------------------------------------ coming and going */

static void link_reader(struct events *ev, struct events_reader *r)
{
    r->next = ev->readers;
    if (r->next != NULL)
        r->next->prev = r;
    ev->readers = r;
}

void events_subscribe(struct events *ev, struct events_reader *r, struct httpd_request *http, uint64_t after)
{
    static const struct httpd_response HEAD = {
        .status = 200,
        .content_type = "text/event-stream",
        .headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}},
    };
    char hello[64];
    if (httpd_is_head(http)) {
        httpd_reply(http, &HEAD);
        return;
    }
    if (!httpd_stream_open(http, &HEAD, EVENTS_BACKLOG))
        return;
    r->http = http;
    r->place = after;
    link_reader(ev, r);
    int n = snprintf(hello, sizeof hello, "retry: %d\nid: %" PRIu64 "\n\n", RETRY_MS, id_for(ev, r));
    if (httpd_stream_write(http, hello, (size_t)n))
        events_continue(ev, r);
}

void events_leave(struct events *ev, struct events_reader *r)
{
    if (r->http == NULL)
        return;
    if (r->prev != NULL)
        r->prev->next = r->next;
    else
        ev->readers = r->next;
    if (r->next != NULL)
        r->next->prev = r->prev;
    *r = (struct events_reader){0};
}

unsigned events_readers(const struct events *ev)
{
    unsigned n = 0;
    for (const struct events_reader *r = ev->readers; r != NULL; r = r->next)
        n++;
    return n;
}

/* ------------------------------------------------------------------ changes */

/* One that is still reading what was before gets it there, in its place. */
static void tell_all(struct events *ev, const struct store_batch *batch)
{
    for (struct events_reader *r = ev->readers, *next; r != NULL; r = next) {
        next = r->next;
        if (!r->is_cut && batch->k <= r->place)
            tell(ev, r, batch);
    }
    remember(ev, batch);
}

/* How long the first hash of a batch had to wait. */
static void count_final(struct events *ev, const struct store_read *read, const struct store_batch *batch)
{
    struct store_entry first;
    uint64_t from = batch->sealed_at;
    if (batch->leaf_count > 0 && store_entry(read, batch->first, &first, NULL) == ERR_OK)
        from = first.accepted_at;
    histogram_add(&ev->final, &histogram_final, (double)batch->final_at - (double)from);
}

void events_changed(struct events *ev, uint64_t k)
{
    struct store_read read;
    struct store_batch news[MAX_AT_ONCE];
    unsigned n = 0;
    if (store_read_begin(ev->store, &read, NULL) != ERR_OK) { /* a compaction puts its copy in place, say */
        for (struct events_reader *r = ev->readers; r != NULL; r = r->next)
            cut(ev, r); /* they come back with their last id */
        return;
    }
    enum err_code rc = store_batch(&read, k, &news[0], NULL);
    if (rc == ERR_OK && !is_told(ev, &news[0]))
        n++;
    while (rc == ERR_OK && n < MAX_AT_ONCE) {
        rc = store_batch_before(&read, n > 0 ? news[n - 1].k : k, &news[n], NULL);
        if (rc != ERR_OK || news[n].k <= ev->settled || is_told(ev, &news[n]))
            break;
        n++;
    }
    for (unsigned i = 0; i < n; i++)
        if (news[i].status == STORE_FINAL)
            count_final(ev, &read, &news[i]);
    ev->settled = find_settled(&read);
    store_read_end(&read);
    while (n > 0)
        tell_all(ev, &news[--n]);
}

static void on_heartbeat(uv_timer_t *timer)
{
    struct events *ev = timer->data;
    for (struct events_reader *r = ev->readers, *next; r != NULL; r = next) {
        next = r->next;
        if (!r->is_cut && !httpd_stream_write(r->http, ":\n\n", 3))
            cut(ev, r);
    }
}

/* ------------------------------------------------------------------ start and stop */

enum err_code events_open(struct events *ev, struct err *e)
{
    struct store_read read;
    struct store_batch batch = {0};
    enum err_code rc = store_read_begin(ev->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    batch.k = ev->settled = find_settled(&read);
    while ((rc = store_batch_after(&read, batch.k, &batch, e)) == ERR_OK)
        remember(ev, &batch);
    store_read_end(&read);
    if (rc != ERR_NOT_FOUND)
        return rc;
    if (uv_timer_init(ev->loop, &ev->heartbeat) != 0)
        return err_set(e, ERR_IO, "start the events: no timer");
    ev->heartbeat.data = ev;
    uv_timer_start(&ev->heartbeat, on_heartbeat, ev->heartbeat_ms, ev->heartbeat_ms);
    return ERR_OK;
}

void events_close(struct events *ev)
{
    uv_close((uv_handle_t *)&ev->heartbeat, NULL);
}

void events_done(struct events *ev)
{
    text_done(&ev->scratch);
}
