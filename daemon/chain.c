/* Questions to the chain: see chain.h. */
#include "daemon/chain.h"

#include <stdlib.h>
#include <string.h>

static void drop_replies(struct chain_ask *ask)
{
    for (size_t i = 0; i < ask->n; i++)
        ethrpc_done(&ask->replies[i]);
    ask->n = 0;
}

void chain_ask_done(struct chain_ask *ask)
{
    drop_replies(ask);
    free(ask->body);
    ask->body = NULL;
}

/* Take one endpoint's answer. */
static void take(struct chain_ask *ask, struct rpc_call *call)
{
    struct err e;
    if (call->err.code == ERR_CANCELLED)
        ask->cancelled = true;
    if (call->err.code != ERR_OK)
        return;
    struct ethrpc_reply *reply = &ask->replies[ask->n];
    if (ethrpc_open(reply, ask->method, ask->id, (const char *)call->reply.data, call->reply.len, &e) == ERR_OK)
        ask->endpoints[ask->n++] = call->endpoint;
    else
        rpc_blame(call, e.msg);
}

static void on_all(struct rpc_fanout *f)
{
    struct chain_ask *ask = f->user;
    for (size_t i = 0; i < f->n_calls; i++)
        take(ask, &f->calls[i]);
    ask->done(ask);
}

static void on_one(struct rpc_call *call)
{
    struct chain_ask *ask = call->user;
    take(ask, call);
    ask->done(ask);
}

static void begin(struct chain *chain, struct chain_ask *ask, const struct ethrpc_request *request,
                  void (*done)(struct chain_ask *ask))
{
    chain_ask_done(ask);
    ask->cancelled = false;
    ask->chain = chain;
    ask->method = request->method;
    ask->id = ++chain->next_id;
    ask->done = done;
    ask->body = ethrpc_body(request, ask->id);
}

/* Without memory for it every endpoint refuses what is sent instead. */
static const char *body_of(const struct chain_ask *ask)
{
    return ask->body != NULL ? ask->body : "{}";
}

void chain_ask(struct chain *chain, struct chain_ask *ask, const struct ethrpc_request *request,
               void (*done)(struct chain_ask *ask))
{
    struct rpc_fanout *f = &ask->fanout;
    begin(chain, ask, request, done);
    f->body = body_of(ask);
    f->body_len = strlen(f->body);
    f->timeout_ms = chain->timeout_ms;
    f->max_reply = ethrpc_max_reply(request->method);
    f->done = on_all;
    f->user = ask;
    rpc_start_all(chain->rpc, f);
}

void chain_ask_one(struct chain *chain, struct chain_ask *ask, const struct ethrpc_request *request,
                   void (*done)(struct chain_ask *ask))
{
    struct rpc_call *call = &ask->call;
    begin(chain, ask, request, done);
    call->body = body_of(ask);
    call->body_len = strlen(call->body);
    call->timeout_ms = chain->timeout_ms;
    call->max_reply = ethrpc_max_reply(request->method);
    call->done = on_one;
    call->user = ask;
    rpc_start(chain->rpc, call, RPC_ANY);
}

static int descending(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* The quorum-th largest of n numbers: so many endpoints have reached it. */
static bool reached(const struct chain_ask *ask, uint64_t *numbers, size_t n, uint64_t *ret)
{
    if (n < ask->chain->quorum)
        return false;
    qsort(numbers, n, sizeof *numbers, descending);
    *ret = numbers[ask->chain->quorum - 1];
    return true;
}

bool chain_reached(const struct chain_ask *ask, uint64_t *ret)
{
    uint64_t numbers[RPC_MAX_ENDPOINTS];
    size_t n = 0;
    for (size_t i = 0; i < ask->n; i++)
        n += ethrpc_get_u64(&ask->replies[i], &numbers[n], NULL) == ERR_OK;
    return reached(ask, numbers, n, ret);
}

bool chain_amounts(const struct chain_ask *ask, wei *ret_least, wei *ret_most)
{
    bool any = false;
    wei amount, least = 0, most = 0;
    for (size_t i = 0; i < ask->n; i++) {
        if (ethrpc_get_wei(&ask->replies[i], &amount, NULL) != ERR_OK)
            continue;
        least = !any || amount < least ? amount : least;
        most = !any || amount > most ? amount : most;
        any = true;
    }
    if (any) {
        *ret_least = least;
        *ret_most = most;
    }
    return any;
}

static size_t blocks(const struct chain_ask *ask, struct ethrpc_block ret[RPC_MAX_ENDPOINTS])
{
    size_t n = 0;
    for (size_t i = 0; i < ask->n; i++)
        n += ethrpc_get_block(&ask->replies[i], &ret[n], NULL) == ERR_OK;
    return n;
}

bool chain_block_reached(const struct chain_ask *ask, struct ethrpc_block *ret)
{
    struct ethrpc_block block[RPC_MAX_ENDPOINTS];
    uint64_t numbers[RPC_MAX_ENDPOINTS], number;
    size_t n = blocks(ask, block);
    for (size_t i = 0; i < n; i++)
        numbers[i] = block[i].number;
    if (!reached(ask, numbers, n, &number))
        return false;
    for (size_t i = 0; i < n; i++)
        if (block[i].number == number)
            *ret = block[i];
    return true;
}

bool chain_block_agreed(const struct chain_ask *ask, struct ethrpc_block *ret, bool *ret_disagree)
{
    struct ethrpc_block block[RPC_MAX_ENDPOINTS];
    size_t n = blocks(ask, block);
    bool found = false;
    *ret_disagree = false;
    for (size_t i = 0; i < n; i++) {
        uint64_t same = 0;
        for (size_t j = 0; j < n; j++) {
            bool equal = hash32_equal(&block[i].hash, &block[j].hash);
            same += equal;
            *ret_disagree |= !equal;
        }
        if (same >= ask->chain->quorum && !found) {
            *ret = block[i];
            found = true;
        }
    }
    return found;
}

bool chain_all_refuse(const struct chain_ask *ask, enum ethfault_class class)
{
    for (size_t i = 0; i < ask->n; i++)
        if (!ask->replies[i].refused || ask->replies[i].fault.class != class)
            return false;
    return ask->n > 0;
}
