/* The commands `forget` and `compact`: see control_erase.h. */
#include "daemon/control_erase.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/fault.h"
#include "daemon/log.h"

/* ------------------------------------------------------------------ forget */

struct forget {
    struct storeq_req put;
    struct ctlsock_request *req;
    struct hash32 target;
    uint64_t k; /* its batch; 0: none yet */
    struct store_forgotten kept;
};

/* Pool thread. */
static enum err_code apply_forget(struct store_write *w, struct storeq_req *req, struct err *e)
{
    struct forget *f = (struct forget *)req;
    struct store_entry entry;
    enum err_code rc = store_find(store_write_view(w), &f->target, &entry, e);
    if (rc != ERR_OK)
        return rc;
    f->k = entry.k;
    explicit_bzero(&entry, sizeof entry);
    return store_forget(w, &f->target, &f->kept, e);
}

static void on_forgotten(struct storeq_req *req, enum err_code status)
{
    struct forget *f = (struct forget *)req;
    json_t *object = json_object();
    if (status == ERR_OK) { /* what was forgotten is not in the log of the daemon either */
        fault_point("forgotten");
        log_info("forgotten", "sequence=%" PRIu64 " uid=%d", f->kept.sequence, (int)f->req->peer.uid);
        control_base_put_u64(object, "sequence", f->kept.sequence);
        json_object_set_new(object, "batch", f->k != 0 ? json_integer((json_int_t)f->k) : json_null());
        control_base_put_bytes(object, "leaf", "", f->kept.leaf.b, sizeof f->kept.leaf.b);
        control_base_put_bytes(object, "revokeId", "", f->kept.revoke_id.b, sizeof f->kept.revoke_id.b);
        json_object_set_new(object, "complete", json_false());
    }
    control_base_result(f->req, status, object, &req->err);
    explicit_bzero(f, sizeof *f);
    free(f);
}

void control_erase_forget(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    struct hash32 target;
    struct err e;
    if (!control_base_hash(json_array_get(json_object_get(args, "hashes"), 0), &target)) {
        control_base_error(req, ERR_INVALID, "a hash is 64 lower-case hexadecimal digits without 0x");
        return;
    }
    if (compaction_is_busy(c->compaction)) {
        control_base_error(req, ERR_BUSY, "a compaction is under way: forget it afterwards, and compact again");
        return;
    }
    struct forget *f = calloc(1, sizeof *f);
    if (f == NULL) {
        control_base_error(req, ERR_NOMEM, "out of memory");
        return;
    }
    f->put = (struct storeq_req){.apply = apply_forget, .done = on_forgotten};
    f->req = req;
    f->target = target;
    enum err_code rc = storeq_submit(c->storeq, &f->put, &e);
    if (rc != ERR_OK) {
        control_base_error(req, rc, e.msg);
        free(f);
    }
}

/* ------------------------------------------------------------------ compact */

static void on_compacted(void *ctx, enum err_code rc, const struct err *e)
{
    struct control *c = ctx;
    struct ctlsock_request *req = c->compacting;
    json_t *object = json_object();
    c->compacting = NULL;
    control_base_put_u64(object, "erased", c->compaction->erased);
    control_base_put_u64(object, "mirrorFiles", c->compaction->mirror_files);
    control_base_put_u64(object, "before", c->compaction->before);
    control_base_put_u64(object, "after", c->compaction->after);
    control_base_result(req, rc, object, e);
}

void control_erase_compact(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    struct err e;
    (void)args;
    log_info("compact", "uid=%d", (int)req->peer.uid);
    enum err_code rc = compaction_start(c->compaction, on_compacted, c, &e);
    if (rc == ERR_OK)
        c->compacting = req;
    else
        control_base_error(req, rc, e.msg);
}

void control_erase_cancel(struct control *c)
{
    if (c->compacting == NULL)
        return;
    compaction_abandon(c->compaction);
    control_base_error(c->compacting, ERR_CANCELLED, "the daemon stops; compact again after the next start");
    c->compacting = NULL;
}
