/* The endpoints of --rpc: a question goes to them in the order given, and the first that serves the
 * right chain and can answer decides.
 *
 * Failures of a question, those of the endpoint that came furthest:
 *   ERR_UNSUPPORTED  no endpoint was given
 *   ERR_IO           no endpoint could be reached (also timeouts)
 *   ERR_CONFLICT     an endpoint answered, but it serves another chain
 *   ERR_RPC          an endpoint gave no usable answer: refused, garbled, too long
 *   ERR_NOT_FOUND    an endpoint of the right chain does not know what was asked for
 *   ERR_NOMEM
 * Messages name the host of the endpoint, never its whole URL: URLs may hold keys.
 */
#ifndef VERIFIER_ENDPOINTS_H
#define VERIFIER_ENDPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/ethrpc.h"
#include "verifier/fetch.h"
#include "verifier/reasons.h"

#define ENDPOINTS_MAX 16

/* How a request reaches an endpoint; tests put a script here. Returns: as fetch_do(). */
struct endpoints_transport {
    enum err_code (*exchange)(void *self, const struct fetch_request *request,
                              struct fetch_reply *reply, struct err *e);
    void *self;
};

struct endpoint {
    const char *url; /* borrowed */
    bool asked;      /* its chain id is known: */
    uint64_t chain_id;
};

struct endpoints {
    struct endpoints_transport transport;
    struct endpoint items[ENDPOINTS_MAX];
    size_t n;
    uint64_t next_id;         /* of a JSON-RPC request */
    struct fetch_reply reply; /* of the call under way */
};

/** The transport that really goes out. In: fetch  borrowed. */
struct endpoints_transport endpoints_over_http(struct fetch *fetch);

/** In: urls  at most ENDPOINTS_MAX, borrowed for the life of *ret. Nothing is asked yet. */
void endpoints_open(struct endpoints *ret, const struct endpoints_transport *transport,
                    const char *const *urls, size_t n);
void endpoints_close(struct endpoints *endpoints);

/* One endpoint at work on one question. */
struct endpoints_talk {
    struct endpoints *all;
    const struct endpoint *one;
    struct err *e;
};

/** One call. Returns: ERR_OK, also if the node refused (see ethrpc_open); ERR_IO, ERR_RPC, ERR_NOMEM.
 *  Owner: the caller calls ethrpc_done on the reply in any case ({0} before). */
enum err_code endpoints_ask(const struct endpoints_talk *t, const struct ethrpc_request *question,
                            struct ethrpc_reply *ret) __attribute__((warn_unused_result));

/** A call that answers a number; a block by number or tag. Returns: also ERR_NOT_FOUND. */
enum err_code endpoints_u64(const struct endpoints_talk *t, enum ethrpc_method method, uint64_t *ret)
    __attribute__((warn_unused_result));
enum err_code endpoints_block(const struct endpoints_talk *t, uint64_t number,
                              struct ethrpc_block *ret) __attribute__((warn_unused_result));

/* A question that may take several calls. It is asked again, from its beginning, at the next endpoint
 * if this one fails: it must start clean. */
typedef enum err_code (*endpoints_question)(const struct endpoints_talk *t, void *arg);

/** Put a question to the endpoints of a chain. Returns: ERR_OK, or the failures above. */
enum err_code endpoints_round(struct endpoints *all, uint64_t chain_id, endpoints_question question,
                              void *arg, struct err *e) __attribute__((warn_unused_result));

/** How far an endpoint, or another source, came before it failed so: the higher, the further. */
int endpoints_progress(enum err_code rc);

/** The finding for a failure; ERR_CORRUPT: sources disagree. */
enum reason endpoints_reason(enum err_code rc);

#endif
