/* The commands that steer sealing: see control_batch.h. */
#include "daemon/control_batch.h"

#include <inttypes.h>

#include "daemon/log.h"

void control_batch_flush(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    (void)args;
    uint64_t n = sealer_flush(c->sealer);
    log_info("flush", "pending=%" PRIu64 " uid=%d", n, (int)req->peer.uid);
    control_base_reply(req, json_pack("{s:b, s:I}", "ok", 1, "pending", (json_int_t)n));
}

static void set_paused(struct control *c, struct ctlsock_request *req, bool paused)
{
    c->sealer->paused = paused;
    log_info(paused ? "paused" : "resumed", "uid=%d retried=%zu", (int)req->peer.uid, paused ? 0 : anchorer_retry(c->anchorer));
    sealer_wake(c->sealer);
    control_base_reply(req, json_pack("{s:b, s:b}", "ok", 1, "paused", paused));
}

void control_batch_pause(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    (void)args;
    set_paused(c, req, true);
}

void control_batch_resume(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    (void)args;
    set_paused(c, req, false);
}

void control_batch_reload(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    (void)args;
    struct err e;
    json_t *object = json_object();
    control_base_result(req, c->reload(c->owner, object, &e), object, &e);
}
