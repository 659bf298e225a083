/* A node's HTTP API: see node.h. */
#include "verifier/node.h"

#include <stdio.h>
#include <string.h>

#include "common/hex.h"
#include "common/jsonio.h"
#include "common/limits.h"

#define MAX_ANSWER (1u << 20) /* of anything but a proof */
#define DEFAULT_WAIT 2        /* seconds, where the node names none */
#define MAX_WAIT 60

void node_close(struct node *node)
{
    text_done(&node->reply.body);
}

/* -- What the node says --------------------------------------------------------------------- */

static enum err_code of_status(long status)
{
    static const struct {
        long status;
        enum err_code code;
    } TABLE[] = {
        {200, ERR_OK},        {202, ERR_OK},      {401, ERR_DENIED}, {403, ERR_DENIED},
        {404, ERR_NOT_FOUND}, {409, ERR_NOT_YET}, {410, ERR_GONE},   {429, ERR_BUSY},
        {503, ERR_BUSY},      {507, ERR_BUSY},
    };
    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++)
        if (TABLE[i].status == status)
            return TABLE[i].code;
    return ERR_INVALID;
}

/* A string member of a problem (RFC 9457), printable, or "". */
static void problem_text(char *ret, size_t cap, const json_t *problem, const char *key)
{
    const char *text = json_string_value(json_object_get(problem, key));
    snprintf(ret, cap, "%.*s", 120, text != NULL ? text : "");
    for (char *c = ret; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
}

/* Turn a refusal into an error with the node's own words. */
static enum err_code refusal(struct node *node, unsigned *ret_wait, struct err *e)
{
    json_t *problem = NULL;
    char code[128] = "", detail[128] = "", host[160];
    enum err_code rc = of_status(node->reply.status);
    const struct text *body = &node->reply.body;
    *ret_wait = DEFAULT_WAIT;
    if (jsonio_load(&problem, text_string(body), body->len, MAX_ANSWER, NULL) == ERR_OK) {
        problem_text(code, sizeof code, problem, "code");
        problem_text(detail, sizeof detail, problem,
                     json_object_get(problem, "detail") != NULL ? "detail" : "title");
        json_int_t wait = json_integer_value(json_object_get(problem, "retryAfter"));
        if (wait > 0)
            *ret_wait = wait < MAX_WAIT ? (unsigned)wait : MAX_WAIT;
        json_decref(problem);
    }
    fetch_host(host, sizeof host, node->url);
    return err_set(e, rc, "%s answers %ld%s%s%s%s", host, node->reply.status,
                   code[0] != '\0' ? " " : "", code, detail[0] != '\0' ? ": " : "", detail);
}

static enum err_code exchange(struct node *node, struct fetch_request *request, const char *path,
                              struct err *e)
{
    char url[2048], host[160];
    snprintf(url, sizeof url, "%s%s", node->url, path);
    request->url = url;
    request->trust = FETCH_OF_USER;
    request->token = node->token;
    enum err_code rc = fetch_do(node->fetch, request, &node->reply, e);
    if (rc == ERR_OK)
        return rc;
    fetch_host(host, sizeof host, node->url);
    return err_wrap(e, "%s", host);
}

/* -- Calls ---------------------------------------------------------------------------------- */

static void put_hash(struct text *t, const struct node_hash *h)
{
    static const char *const RULE[] = {[PROOF_RULE_UNSAID] = "",
                                       [PROOF_RULE_BYTES] = ",\"rule\":\"bytes\"",
                                       [PROOF_RULE_RDFC] = ",\"rule\":\"rdfc\""};
    text_puts(t, "{\"hash\":\"");
    text_put_hex(t, h->hash.b, sizeof h->hash.b);
    text_putf(t, "\"%s}\n", RULE[h->rule]);
}

enum err_code node_post(struct node *node, const struct node_hash *hashes, size_t n, struct err *e)
{
    struct text body = {0};
    unsigned wait;
    for (size_t i = 0; i < n; i++)
        put_hash(&body, &hashes[i]);
    if (body.failed) {
        text_done(&body);
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    }
    struct fetch_request request = {
        .content_type = n == 1 ? "application/json" : "application/x-ndjson",
        .body = body.data,
        .body_len = body.len,
        .max_reply = MAX_ANSWER,
    };
    enum err_code rc = exchange(node, &request, "/v1/hashes", e);
    text_done(&body);
    if (rc == ERR_OK && of_status(node->reply.status) != ERR_OK)
        rc = refusal(node, &wait, e);
    return rc;
}

/* A node may be wrong or replaced by somebody else: what it gives must be the proof of this hash. */
static enum err_code check_proof(const struct proof *proof, const struct hash32 *hash, struct err *e)
{
    struct proof_value value;
    if (!hash32_equal(&proof->target, hash))
        return err_set(e, ERR_PARSE, "the proof is of another document");
    enum err_code rc = proof_value(&value, proof, e);
    for (size_t i = 0; rc == ERR_OK && i < proof->n_anchors; i++) {
        struct hash32 anchored;
        rc = proof_anchored(&anchored, proof, &proof->anchors[i], &value.value, e);
        if (rc == ERR_OK && !hash32_equal(&anchored, &proof->anchors[i].merkle_root))
            rc = err_set(e, ERR_PARSE, "the proof does not lead to its anchor");
    }
    return rc;
}

enum err_code node_proof(struct node *node, const struct hash32 *hash, struct proof *ret,
                         struct slice *ret_text, unsigned *ret_wait, struct err *e)
{
    char path[16 + 64] = "/v1/proofs/";
    struct proof proof;
    struct fetch_request request = {.max_reply = LIMITS_PROOF_BYTES};
    *ret_wait = DEFAULT_WAIT;
    hex_encode(path + strlen(path), hash->b, sizeof hash->b);
    enum err_code rc = exchange(node, &request, path, e);
    if (rc != ERR_OK)
        return rc;
    if (node->reply.status != 200)
        return of_status(node->reply.status) != ERR_OK
                   ? refusal(node, ret_wait, e)
                   : err_set(e, ERR_PARSE, "HTTP status %ld", node->reply.status);
    const struct text *body = &node->reply.body;
    rc = proof_parse(&proof, text_string(body), body->len, e);
    if (rc != ERR_OK)
        return err_wrap(e, "proof from the node");
    rc = check_proof(&proof, hash, e);
    if (rc != ERR_OK) {
        proof_done(&proof);
        return err_wrap(e, "proof from the node");
    }
    *ret = proof;
    *ret_text = (struct slice){(const uint8_t *)body->data, body->len};
    return ERR_OK;
}

enum err_code node_get(struct node *node, const char *path, size_t max, long timeout_ms, struct err *e)
{
    struct fetch_request request = {.max_reply = max, .timeout_ms = timeout_ms};
    unsigned wait;
    enum err_code rc = exchange(node, &request, path, e);
    if (rc != ERR_OK || node->reply.status == 200)
        return rc;
    rc = of_status(node->reply.status);
    return rc != ERR_OK ? refusal(node, &wait, e)
                        : err_set(e, ERR_PARSE, "HTTP status %ld", node->reply.status);
}
