/* JSON-RPC with several endpoints: see endpoints.h. */
#include "verifier/endpoints.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static enum err_code over_http(void *self, const struct fetch_request *request,
                               struct fetch_reply *reply, struct err *e)
{
    return fetch_do(self, request, reply, e);
}

struct endpoints_transport endpoints_over_http(struct fetch *fetch)
{
    return (struct endpoints_transport){over_http, fetch};
}

void endpoints_open(struct endpoints *ret, const struct endpoints_transport *transport,
                    const char *const *urls, size_t n)
{
    *ret = (struct endpoints){.transport = *transport, .n = n, .next_id = 1};
    for (size_t i = 0; i < n; i++)
        ret->items[i].url = urls[i];
}

void endpoints_close(struct endpoints *endpoints)
{
    text_done(&endpoints->reply.body);
    *endpoints = (struct endpoints){0};
}

/* What the transport's failures are to us; the message stays. */
static enum err_code of_transport(enum err_code rc, struct err *e)
{
    if (rc == ERR_OK || rc == ERR_NOMEM)
        return rc;
    e->code = rc == ERR_LIMIT || rc == ERR_INVALID ? ERR_RPC : ERR_IO;
    return e->code;
}

enum err_code endpoints_ask(const struct endpoints_talk *t, const struct ethrpc_request *question,
                            struct ethrpc_reply *ret)
{
    struct endpoints *all = t->all;
    uint64_t id = all->next_id++;
    char *body = ethrpc_body(question, id);
    if (body == NULL)
        return err_set(t->e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    struct fetch_request request = {
        .url = t->one->url,
        .trust = FETCH_OF_USER,
        .content_type = "application/json",
        .body = body,
        .body_len = strlen(body),
        .max_reply = ethrpc_max_reply(question->method),
    };
    enum err_code rc = all->transport.exchange(all->transport.self, &request, &all->reply, t->e);
    free(body);
    rc = of_transport(rc, t->e);
    if (rc != ERR_OK)
        return rc;
    const struct text *answer = &all->reply.body;
    rc = ethrpc_open(ret, question->method, id, text_string(answer), answer->len, t->e);
    if (rc != ERR_OK && all->reply.status != 200)
        err_wrap(t->e, "HTTP status %ld", all->reply.status);
    return rc;
}

enum err_code endpoints_u64(const struct endpoints_talk *t, enum ethrpc_method method, uint64_t *ret)
{
    struct ethrpc_reply reply = {0};
    enum err_code rc = endpoints_ask(t, &(struct ethrpc_request){.method = method}, &reply);
    if (rc == ERR_OK)
        rc = ethrpc_get_u64(&reply, ret, t->e);
    ethrpc_done(&reply);
    return rc;
}

enum err_code endpoints_block(const struct endpoints_talk *t, uint64_t number,
                              struct ethrpc_block *ret)
{
    struct ethrpc_request question = {.method = ETHRPC_BLOCK_BY_NUMBER, .block = number};
    struct ethrpc_reply reply = {0};
    enum err_code rc = endpoints_ask(t, &question, &reply);
    if (rc == ERR_OK)
        rc = ethrpc_get_block(&reply, ret, t->e);
    ethrpc_done(&reply);
    return rc;
}

int endpoints_progress(enum err_code rc)
{
    static const enum err_code ORDER[] = {ERR_UNSUPPORTED, ERR_IO,        ERR_CONFLICT,
                                          ERR_RPC,         ERR_NOT_FOUND, ERR_NOMEM};
    for (int i = 0; i < (int)(sizeof ORDER / sizeof ORDER[0]); i++)
        if (ORDER[i] == rc)
            return i;
    return 0;
}

static enum err_code serve(const struct endpoints_talk *t, struct endpoint *one, uint64_t chain_id,
                           endpoints_question question, void *arg)
{
    if (!one->asked) {
        enum err_code rc = endpoints_u64(t, ETHRPC_CHAIN_ID, &one->chain_id);
        if (rc != ERR_OK)
            return rc;
        one->asked = true;
    }
    if (one->chain_id != chain_id)
        return err_set(t->e, ERR_CONFLICT, "serves chain %" PRIu64 ", not %" PRIu64, one->chain_id,
                       chain_id);
    return question(t, arg);
}

enum err_code endpoints_round(struct endpoints *all, uint64_t chain_id, endpoints_question question,
                              void *arg, struct err *e)
{
    struct err furthest, now;
    err_set(&furthest, ERR_UNSUPPORTED, "no endpoint was given for chain %" PRIu64, chain_id);
    for (size_t i = 0; i < all->n; i++) {
        struct endpoints_talk t = {all, &all->items[i], &now};
        enum err_code rc = serve(&t, &all->items[i], chain_id, question, arg);
        if (rc == ERR_OK)
            return rc;
        if (endpoints_progress(rc) > endpoints_progress(furthest.code)) {
            char host[160];
            fetch_host(host, sizeof host, all->items[i].url);
            err_wrap(&now, "%s", host);
            furthest = now;
        }
    }
    *e = furthest;
    return furthest.code;
}

enum reason endpoints_reason(enum err_code rc)
{
    static const struct {
        enum err_code rc;
        enum reason reason;
    } TABLE[] = {
        {ERR_UNSUPPORTED, REASON_NO_ENDPOINT},  {ERR_CONFLICT, REASON_CHAIN_WRONG},
        {ERR_IO, REASON_CHAIN_UNREACHABLE},     {ERR_RPC, REASON_CHAIN_GARBLED},
        {ERR_NOT_FOUND, REASON_ANCHOR_NOT_FOUND}, {ERR_CORRUPT, REASON_SOURCES_DISAGREE},
    };
    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++)
        if (TABLE[i].rc == rc)
            return TABLE[i].reason;
    return REASON_INCOMPLETE;
}
