/* The commands of the control socket: what hallmarkctl asks of a running daemon.
 *
 * A request is {"command":"…", …}; the reply is one line {"ok":true, …} or
 * {"ok":false,"error":{"code","message"}}. One table holds the commands.
 * Thread: the loop's.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include <jansson.h>

#include "common/err.h"
#include "daemon/anchorer.h"
#include "daemon/api.h"
#include "daemon/io/ctlsock.h"
#include "daemon/sealer.h"

#define CONTROL_MAX_WAIT 1000 /* hashes in one wait */

struct control_waiter;

struct control {
    /* Set by the owner before control_open. */
    uv_loop_t *loop;
    struct store *store;
    struct storeq *storeq;
    struct sealer *sealer;
    struct anchorer *anchorer;
    struct api *api;
    struct rpc *rpc;
    const struct proofs_log *log;
    const struct clock *clock;
    uint64_t started_at;
    uint64_t chain_gas_price; /* base + tip of the last quote; 0: not known */
    void *owner;
    enum err_code (*reload)(void *owner, json_t *reply, struct err *e); /* adds what changed */
    /* Private. */
    struct ctlsock sock;
    struct control_waiter *waiters;
};

enum err_code control_open(struct control *c, const char *path, struct err *e);

/** Something changed: look whether a `wait` is over. */
void control_wake(struct control *c);

/** End what waits, remove the socket. on_closed comes once. */
void control_close(struct control *c, void (*on_closed)(struct ctlsock *s));

/** Prometheus text of what the daemon knows. */
void control_write_metrics(struct control *c, struct text *out);

#endif
