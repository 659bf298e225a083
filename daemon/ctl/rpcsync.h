/* JSON-RPC with one endpoint, one call at a time, waiting for the answer: for hallmarkctl, which
 * has no loop. Only http and https, no redirects, no proxy from the environment; certificates are
 * checked.
 *
 * URLs may hold secrets: no message repeats any part of one. */
#ifndef DAEMON_CTL_RPCSYNC_H
#define DAEMON_CTL_RPCSYNC_H

#include <stdint.h>

#include "common/err.h"
#include "common/ethrpc.h"

#define RPCSYNC_TIMEOUT_MS 10000 /* for one call */

struct rpcsync {
    void *curl; /* CURL; NULL: closed */
    uint64_t last_id;
};

/** Prepare; nothing is sent yet.
 *  Returns: ERR_OK; ERR_NOMEM. r is closed on error. */
enum err_code rpcsync_open(struct rpcsync *r, const char *url, struct err *e)
    __attribute__((warn_unused_result));

/** Harmless on a closed or zeroed object. */
void rpcsync_close(struct rpcsync *r);

/** Send one request and wait for its reply.
 *
 *  Returns: ERR_OK, also if the node answered an error (see ethrpc_open); ERR_INVALID not an http or
 *           https URL; ERR_IO no connection, or a broken one; ERR_TIMEOUT; ERR_LIMIT the reply is
 *           too long; ERR_RPC it is not JSON-RPC; ERR_NOMEM. After any of these but ERR_INVALID a
 *           transaction may have been sent all the same.
 *  Owner:   the caller calls ethrpc_done on the reply.
 */
enum err_code rpcsync_call(struct rpcsync *r, const struct ethrpc_request *request,
                           struct ethrpc_reply *ret, struct err *e)
    __attribute__((warn_unused_result));

#endif
