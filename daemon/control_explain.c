/* The command `explain`: see control_explain.h. */
#include "daemon/control_explain.h"

#include <inttypes.h>

#include "daemon/core/anchor_explain.h"

static void explain_time(struct text *t, const char *what, uint64_t seconds)
{
    text_puts(t, what);
    text_put_time(t, seconds);
}

static enum err_code explain(struct control *c, const struct hash32 *target, struct text *t, struct err *e)
{
    struct store_read read;
    struct store_entry entry;
    struct slice blob;
    struct anchor_job job;
    bool final;
    enum err_code rc = store_read_begin(c->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_find(&read, target, &entry, e);
    if (rc == ERR_OK) {
        text_putf(t, "The hash was accepted as number %" PRIu64, entry.sequence);
        explain_time(t, " at ", entry.accepted_at);
        if (entry.k == 0) {
            text_puts(t, " and waits for the next batch.");
        } else {
            text_putf(t, " and is leaf %" PRIu64 " of batch %" PRIu64 ". ", entry.leaf_index, entry.k);
            rc = store_anchor(&read, entry.k, &blob, &final, e);
            if (rc == ERR_OK)
                rc = anchor_decode(&job, blob.data, blob.len, e);
            if (rc == ERR_OK) {
                char story[ANCHOR_EXPLAIN_LEN];
                anchor_explain(&job, clock_unix_s(c->clock), story, sizeof story);
                text_puts(t, story);
            }
        }
    }
    store_read_end(&read);
    return rc;
}

void control_explain(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    struct hash32 target;
    struct text t = {0};
    struct err e;
    if (!control_base_hash(json_array_get(json_object_get(args, "hashes"), 0), &target)) {
        control_base_error(req, ERR_INVALID, "a hash is 64 lower-case hexadecimal digits without 0x");
        return;
    }
    enum err_code rc = explain(c, &target, &t, &e);
    if (rc == ERR_NOT_FOUND)
        err_set(&e, rc, "this hash was never accepted here");
    json_t *object = json_object();
    control_base_put_text(object, "text", text_string(&t));
    text_done(&t);
    control_base_result(req, rc, object, &e);
}
