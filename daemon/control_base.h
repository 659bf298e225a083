/* What the commands of the control socket share: the daemon as they see it, and how they reply.
 *
 * A command is a function of CONTROL's table (control.c). It gets the request and its JSON object, and
 * must end the request exactly once, now or later, with one of the replies below: one line
 * {"ok":true, …} or {"ok":false,"error":{"code","message"}}.
 * A command that replies later points req->user at a struct that begins with struct control_call, so that
 * it is told when its client leaves.
 * Thread: the loop's.
 */
#ifndef DAEMON_CONTROL_BASE_H
#define DAEMON_CONTROL_BASE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include <jansson.h>

#include "common/err.h"
#include "daemon/anchorer.h"
#include "daemon/api.h"
#include "daemon/compaction.h"
#include "daemon/io/ctlsock.h"
#include "daemon/keys.h"
#include "daemon/sealer.h"

struct control_waiter;

struct control {
    /* Set by the owner before control_open. */
    uv_loop_t *loop;
    struct store *store;
    struct storeq *storeq;
    struct sealer *sealer;
    struct anchorer *anchorer;
    struct keys *keys;
    struct compaction *compaction;
    struct api *api;
    struct rpc *rpc;
    const struct proofs_log *log;
    const struct clock *clock;
    uint64_t started_at;
    void *owner;
    enum err_code (*reload)(void *owner, json_t *reply, struct err *e); /* adds what changed */
    /* Private. */
    struct ctlsock sock;
    struct control_waiter *waiters; /* control_wait.c */
    struct ctlsock_request *compacting; /* control_erase.c: waits for its answer; NULL: none */
};

/* What a command that replies later puts first into the struct at req->user. */
struct control_call {
    void (*on_gone)(struct ctlsock_request *req); /* still to be ended */
};

/* One command: args is the whole request, borrowed until it returns. */
typedef void control_base_command(struct control *c, struct ctlsock_request *req, const json_t *args);

/** Send the object and end the request. Takes the object; NULL ends without a word. */
void control_base_reply(struct ctlsock_request *req, json_t *object);

/** Send the error and end the request. */
void control_base_error(struct ctlsock_request *req, enum err_code code, const char *message);

/** Reply with the object and "ok", or with the error. Takes the object. */
void control_base_result(struct ctlsock_request *req, enum err_code rc, json_t *object, const struct err *e);

/** {"ok":false,"error":…}, for the caller. */
json_t *control_base_refusal(enum err_code code, const char *message);

/* Members of a reply. A time is RFC 3339, or null for 0; bytes are hex behind a prefix. */
void control_base_put_u64(json_t *object, const char *key, uint64_t v);
void control_base_put_text(json_t *object, const char *key, const char *text);
void control_base_put_time(json_t *object, const char *key, uint64_t seconds);
void control_base_put_bytes(json_t *object, const char *key, const char *prefix, const void *bytes, size_t len);
void control_base_put_wei(json_t *object, const char *key, wei amount);

/** A hash of the request: 64 lower-case hexadecimal digits. Out: ret, untouched if it is none. */
bool control_base_hash(const json_t *value, struct hash32 *ret);

#endif
