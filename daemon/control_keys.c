/* The commands about keys and revocations: see control_keys.h. */
#include "daemon/control_keys.h"

#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/registry.h"
#include "daemon/log.h"

static const char *argument(const json_t *args)
{
    return json_string_value(json_array_get(json_object_get(args, "hashes"), 0));
}

/* 0x and 40 digits, in either case. */
static bool read_address(const char *text, struct seal_address *ret)
{
    return text != NULL && strncmp(text, "0x", 2) == 0 && hex_decode(ret->b, sizeof ret->b, text + 2, strlen(text + 2), true);
}

static void on_rotating(void *asker, enum err_code rc, uint64_t call, const struct err *e)
{
    struct ctlsock_request *req = asker;
    const struct control *c = req->server->handler.self;
    json_t *object = json_object();
    control_base_put_u64(object, "call", call);
    control_base_put_bytes(object, "to", "0x", c->keys->rotation.to.b, sizeof c->keys->rotation.to.b);
    control_base_result(req, rc, object, e);
}

static void on_asked(void *asker, enum err_code rc, uint64_t call, const struct err *e)
{
    struct ctlsock_request *req = asker;
    json_t *object = json_object();
    control_base_put_u64(object, "call", call);
    control_base_result(req, rc, object, e);
}

static void ask(struct control *c, struct ctlsock_request *req, const json_t *args, enum anchor_call call)
{
    struct seal_address key;
    struct err e;
    if (!read_address(argument(args), &key)) {
        control_base_error(req, ERR_INVALID, "an address is 0x and 40 hexadecimal digits");
        return;
    }
    struct hash32 word = registry_word(&key);
    enum err_code rc = keys_call(c->keys, call, &word, req, on_asked, &e);
    if (rc != ERR_OK)
        control_base_error(req, rc, e.msg);
    else
        log_info("key-command", "command=%s address=%s uid=%d", anchor_call_name(call), argument(args), (int)req->peer.uid);
}

void control_keys_authorize(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    ask(c, req, args, ANCHOR_CALL_AUTHORIZE);
}

void control_keys_deauthorize(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    ask(c, req, args, ANCHOR_CALL_DEAUTHORIZE);
}

void control_keys_rotate(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    struct seal_address to;
    struct err e;
    bool named = argument(args) != NULL;
    if (named && !read_address(argument(args), &to)) {
        control_base_error(req, ERR_INVALID, "an address is 0x and 40 hexadecimal digits");
        return;
    }
    enum err_code rc = keys_rotate(c->keys, named ? &to : NULL, req, on_rotating, &e);
    if (rc != ERR_OK)
        control_base_error(req, rc, e.msg);
    else
        log_info("key-command", "command=rotate uid=%d", (int)req->peer.uid);
}

/* ------------------------------------------------------------------ revoke */

/* What the answer says besides the number of the call. */
struct revocation {
    struct ctlsock_request *req;
    struct hash32 id;
    bool known; /* it is the id of a hash of this store */
};

static void on_revoked(void *asker, enum err_code rc, uint64_t call, const struct err *e)
{
    struct revocation *r = asker;
    json_t *object = json_object();
    control_base_put_u64(object, "call", call);
    control_base_put_bytes(object, "id", "", r->id.b, sizeof r->id.b);
    json_object_set_new(object, "known", json_boolean(r->known));
    control_base_result(r->req, rc, object, e);
    free(r);
}

/* The id of a hash that this store accepted. Returns: ERR_OK; ERR_NOT_FOUND; ERR_GONE it was forgotten. */
static enum err_code id_of(const struct control *c, const struct hash32 *target, struct hash32 *ret, struct err *e)
{
    struct store_read read;
    struct store_entry entry;
    enum err_code rc = store_read_begin(c->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_find(&read, target, &entry, e);
    store_read_end(&read);
    if (rc == ERR_OK)
        *ret = seal_revoke_id(target, &entry.salt);
    explicit_bzero(&entry, sizeof entry);
    return rc;
}

static enum err_code read_id(const struct control *c, const json_t *args, struct revocation *r, struct err *e)
{
    const char *text = argument(args), *genesis = json_string_value(json_object_get(args, "genesis"));
    char ours[2 * SEAL_GENESIS_LEN + 1];
    struct hash32 hash;
    hex_encode(ours, c->log->genesis_bytes, SEAL_GENESIS_LEN);
    if (genesis != NULL && strcmp(genesis, ours) != 0)
        return err_set(e, ERR_CONFLICT, "this proof is of another log");
    bool is_id = text != NULL && strncmp(text, "0x", 2) == 0;
    const char *digits = is_id ? text + 2 : text;
    if (digits == NULL || !hex_decode(hash.b, sizeof hash.b, digits, strlen(digits), false))
        return err_set(e, ERR_INVALID, "expected a hash or a revoke id: 64 lower-case hexadecimal digits");
    enum err_code rc = is_id ? ERR_NOT_FOUND : id_of(c, &hash, &r->id, e);
    r->known = rc == ERR_OK;
    if (rc == ERR_GONE)
        return err_set(e, rc, "this hash was forgotten: revoke it by the id that forget printed");
    if (rc == ERR_NOT_FOUND)
        r->id = hash;
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

void control_keys_revoke(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    struct err e;
    struct revocation *r = calloc(1, sizeof *r);
    if (r == NULL) {
        control_base_error(req, ERR_NOMEM, "out of memory");
        return;
    }
    r->req = req;
    enum err_code rc = read_id(c, args, r, &e);
    if (rc == ERR_OK)
        rc = keys_call(c->keys, ANCHOR_CALL_REVOKE, &r->id, r, on_revoked, &e);
    if (rc != ERR_OK) {
        control_base_error(req, rc, e.msg);
        free(r);
        return;
    }
    log_info("revoke", "uid=%d", (int)req->peer.uid);
}

/* ------------------------------------------------------------------ status */

static json_t *calls_of(const struct control *c)
{
    json_t *list = json_array();
    const struct anchorer *a = c->anchorer;
    for (size_t i = a->n_batches; i < a->n_tasks; i++) {
        const struct anchor_job *job = &a->tasks[i]->job;
        json_t *row = json_object();
        control_base_put_u64(row, "call", job->k - ANCHOR_CALLS);
        control_base_put_text(row, "what", anchor_call_name(job->call));
        if (job->call == ANCHOR_CALL_REVOKE)
            control_base_put_bytes(row, "id", "", job->value.b, sizeof job->value.b);
        else
            control_base_put_bytes(row, "key", "0x", job->value.b + 12, 20);
        control_base_put_text(row, "state", anchor_state_name(job->state));
        json_array_append_new(list, row);
    }
    return list;
}

json_t *control_keys_status(const struct control *c)
{
    struct store_read read;
    struct issuers issuers = {0};
    json_t *object = json_object(), *list = json_array();
    if (store_read_begin(c->store, &read, NULL) == ERR_OK) {
        if (issuers_read(&read, c->log, &issuers, NULL) != ERR_OK)
            issuers.n = 0;
        store_read_end(&read);
    }
    for (size_t i = 0; i < issuers.n; i++) {
        char text[43] = "0x";
        hex_encode(text + 2, issuers.keys[i].b, sizeof issuers.keys[i].b);
        json_array_append_new(list, json_string(text));
    }
    json_object_set_new(object, "inForce", list);
    control_base_put_bytes(object, "sender", "0x", c->keys->sender.b, sizeof c->keys->sender.b);
    control_base_put_text(object, "change", rotation_stage_name(c->keys->rotation.stage));
    json_object_set_new(object, "calls", calls_of(c));
    return object;
}
