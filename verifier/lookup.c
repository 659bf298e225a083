/* URLs to bytes, from the network or from a recorded file: see lookup.h. */
#include "verifier/lookup.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/hex.h"
#include "common/limits.h"
#include "common/rfc3339.h"
#include "verifier/rdf/jcs.h"

/* -- The network ---------------------------------------------------------------------------- */

static enum err_code get_over_http(void *self, const char *url, struct fetch_reply *reply, struct err *e)
{
    struct fetch_request request = {.url = url, .max_reply = LIMITS_LOOKUP_BYTES};
    return fetch_do(self, &request, reply, e);
}

struct lookup_transport lookup_over_http(struct fetch *fetch)
{
    return (struct lookup_transport){get_over_http, fetch};
}

static void set_answer(struct lookup_reply *reply, enum lookup_answer answer, const char *url,
                       const char *why)
{
    char host[100];
    fetch_host(host, sizeof host, url);
    reply->answer = answer;
    snprintf(reply->why, sizeof reply->why, "%s: %.57s", host, why);
}

/* The body with a NUL behind it. */
static struct slice keep(struct lookup *lookup, struct slice bytes)
{
    return arena_join(&lookup->arena, bytes, SLICE("\0"));
}

static void found(struct lookup *lookup, struct lookup_reply *reply, const char *url, struct slice body)
{
    struct slice kept = keep(lookup, body);
    if (kept.data == NULL) {
        set_answer(reply, LOOKUP_UNREACHABLE, url, "no memory left for answers");
        return;
    }
    reply->answer = LOOKUP_FOUND;
    reply->body = (struct slice){kept.data, body.len};
}

static void ask_network(struct lookup *lookup, struct lookup_reply *reply, const char *url)
{
    struct fetch_reply got = {0};
    struct err e;
    if (lookup->transport.get == NULL) {
        set_answer(reply, LOOKUP_UNREACHABLE, url, "nobody is asked (--offline)");
        return;
    }
    enum err_code rc = lookup->transport.get(lookup->transport.self, url, &got, &e);
    char status[32];
    snprintf(status, sizeof status, "HTTP %ld", got.status);
    if (rc == ERR_DENIED || rc == ERR_INVALID)
        set_answer(reply, LOOKUP_REFUSED, url, e.msg);
    else if (rc != ERR_OK)
        set_answer(reply, LOOKUP_UNREACHABLE, url, e.msg);
    else if (got.status == 200)
        found(lookup, reply, url, (struct slice){(const uint8_t *)text_string(&got.body), got.body.len});
    else
        set_answer(reply, got.status == 410 ? LOOKUP_GONE : LOOKUP_UNREACHABLE, url, status);
    snprintf(reply->elsewhere, sizeof reply->elsewhere, "%s", got.elsewhere);
    text_done(&got.body);
}

/* -- A recorded file ------------------------------------------------------------------------ */

static bool is_object(const struct jdoc *v)
{
    return v != NULL && v->type == JDOC_OBJECT;
}

enum err_code lookup_record(struct lookup *lookup, const char *text, size_t len, struct err *e)
{
    static const char *const MEMBERS[] = {"http", "chain", "options"};
    struct jdoc_limits limits = {.bytes = LIMITS_RECORDED_BYTES, .depth = JDOC_MAX_DEPTH};
    const struct jdoc *recorded;
    struct slice kept = arena_copy(&lookup->records, (struct slice){(const uint8_t *)text, len});
    enum err_code rc = arena_check(&lookup->records, e);
    if (rc == ERR_OK)
        rc = jdoc_parse(&lookup->records, kept, limits, &recorded, e);
    if (rc != ERR_OK)
        return rc == ERR_PARSE ? err_wrap(e, "not JSON") : rc;
    bool good = is_object(recorded);
    for (size_t i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0] && good; i++) {
        const struct jdoc *member = jdoc_get(recorded, MEMBERS[i]);
        good = member == NULL || is_object(member);
    }
    if (!good)
        return err_set(e, ERR_INVALID, "not an object with the objects http, chain and options");
    lookup->recorded = recorded;
    return ERR_OK;
}

bool lookup_is_recorded(const struct lookup *lookup)
{
    return lookup->recorded != NULL;
}

static const struct jdoc *recorded_body(const struct lookup *lookup, const char *url)
{
    const struct jdoc *http = jdoc_get(lookup->recorded, "http");
    const struct jdoc *body = jdoc_get(http, url);
    char plain[LOOKUP_URL_MAX + 1];
    if (body != NULL || strncmp(url, "https://", 8) != 0)
        return body;
    snprintf(plain, sizeof plain, "http://%s", url + 8); /* recorded before it became https */
    return jdoc_get(http, plain);
}

static void ask_recorded(struct lookup *lookup, struct lookup_reply *reply, const char *url)
{
    const struct jdoc *body = recorded_body(lookup, url);
    struct slice text = {0};
    struct err e;
    if (body == NULL || body->type == JDOC_NULL)
        set_answer(reply, LOOKUP_UNREACHABLE, url, "not in the recorded file");
    else if (body->type == JDOC_STRING)
        found(lookup, reply, url, body->string);
    else if (jcs_write_as_it_came(&lookup->arena, body, &text, &e) != ERR_OK)
        set_answer(reply, LOOKUP_UNREACHABLE, url, "no memory left for answers");
    else
        found(lookup, reply, url, text);
}

/* -- Both ----------------------------------------------------------------------------------- */

static uint64_t monotonic(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void lookup_open(struct lookup *ret, const struct lookup_transport *transport)
{
    *ret = (struct lookup){.clock = monotonic};
    if (transport != NULL)
        ret->transport = *transport;
    arena_init(&ret->arena, LOOKUP_ARENA_BYTES);
    arena_init(&ret->trees, LOOKUP_ARENA_BYTES);
    arena_init(&ret->records, LOOKUP_RECORDS_BYTES);
}

void lookup_close(struct lookup *lookup)
{
    arena_done(&lookup->arena);
    arena_done(&lookup->trees);
    arena_done(&lookup->records);
    *lookup = (struct lookup){0};
}

/* No user's name before the host, and ASCII only: what a reader takes for the host is who is asked. */
static bool is_plain_host(struct slice rest)
{
    for (size_t i = 0; i < rest.len && rest.data[i] != '/' && rest.data[i] != '?'; i++)
        if (rest.data[i] <= ' ' || rest.data[i] >= 0x7f || rest.data[i] == '@' || rest.data[i] == '\\')
            return false;
    return true;
}

/* How many bytes a character takes here, as it is or as %2e; 0: it is another. */
static size_t takes(struct slice path, size_t at, uint8_t c)
{
    uint8_t byte;
    struct slice rest = slice_from(path, at);
    if (rest.len > 0 && rest.data[0] == c)
        return 1;
    return rest.len >= 3 && rest.data[0] == '%' && hex_decode(&byte, 1, (const char *)rest.data + 1, 2, true) && byte == c
               ? 3 : 0;
}

static size_t takes_separator(struct slice path, size_t at)
{
    size_t n = takes(path, at, '/');
    return n > 0 ? n : takes(path, at, '\\');
}

/* "." or "..", also with parameters behind it (";a=b"): some servers leave them out first. */
static bool leads_round(struct slice path, size_t at)
{
    size_t dots = 0;
    for (size_t n; (n = takes(path, at, '.')) > 0; at += n)
        dots++;
    return (dots == 1 || dots == 2) && (at == path.len || takes_separator(path, at) > 0 || takes(path, at, ';') > 0);
}

/* No segment that leads round: whatever a URL seems to lie below, that is what is asked. */
static bool is_plain_path(struct slice rest)
{
    struct slice path = {rest.data, slice_find(rest, '?')};
    for (size_t i = 0; i < rest.len; i++)
        if (rest.data[i] < ' ' || rest.data[i] == 0x7f || rest.data[i] == '\\')
            return false;
    for (size_t at = 0; at < path.len; at++) { /* the first segment is the host */
        size_t separator = takes_separator(path, at);
        if (separator > 0 && leads_round(path, at + separator))
            return false;
    }
    return true;
}

/* As a string, http turned into https. Returns: NULL if it is no URL that we may ask for. */
static const char *normalise(struct lookup *lookup, struct slice url)
{
    struct slice rest;
    if (url.len > LOOKUP_URL_MAX || memchr(url.data, '\0', url.len) != NULL)
        return NULL;
    if (slice_starts(url, SLICE("https://")))
        rest = slice_from(url, 8);
    else if (slice_starts(url, SLICE("http://")))
        rest = slice_from(url, 7);
    else
        return NULL;
    rest.len = slice_find(rest, '#');
    if (!is_plain_host(rest) || !is_plain_path(rest))
        return NULL;
    struct slice whole = arena_join(&lookup->arena, SLICE("https://"), rest);
    whole = arena_join(&lookup->arena, whole, SLICE("\0"));
    return (const char *)whole.data;
}

static void ask(struct lookup *lookup, struct lookup_reply *reply, const char *url)
{
    reply->asked_at = lookup->clock();
    if (lookup->recorded != NULL)
        ask_recorded(lookup, reply, url);
    else
        ask_network(lookup, reply, url);
}

/* Returns: never NULL; what is not kept is not written to. */
static struct lookup_reply *get(struct lookup *lookup, struct slice url)
{
    static struct lookup_reply REFUSED = {.answer = LOOKUP_REFUSED, .why = "not an http or https URL with a plain host and path"};
    static struct lookup_reply TOO_MANY = {.answer = LOOKUP_REFUSED, .why = "too many different URLs"};
    const char *text = url.len == 0 ? NULL : normalise(lookup, url);
    if (text == NULL)
        return &REFUSED;
    struct lookup_reply *reply = map_get(&lookup->replies, slice_of(text));
    if (reply != NULL)
        return reply;
    if (lookup->replies.n >= LOOKUP_MAX_URLS)
        return &TOO_MANY;
    struct map_entry *entry = map_put(&lookup->arena, &lookup->replies, slice_of(text));
    reply = arena_alloc(&lookup->arena, sizeof *reply);
    if (entry == NULL || reply == NULL)
        return &TOO_MANY;
    entry->value = reply;
    ask(lookup, reply, text);
    return reply;
}

const struct lookup_reply *lookup_get(struct lookup *lookup, struct slice url)
{
    return get(lookup, url);
}

const struct lookup_reply *lookup_get_fresh(struct lookup *lookup, struct slice url, uint64_t max_age)
{
    const struct lookup_reply *kept = lookup_get(lookup, url);
    const char *text = url.len == 0 ? NULL : normalise(lookup, url);
    struct map_entry *entry = text == NULL ? NULL : map_find(&lookup->replies, slice_of(text));
    if (entry == NULL || lookup->recorded != NULL || lookup->clock() - kept->asked_at <= max_age)
        return kept;
    struct lookup_reply *reply = arena_alloc(&lookup->arena, sizeof *reply);
    if (reply == NULL)
        return kept;
    entry->value = reply;
    ask(lookup, reply, text);
    return reply;
}

const struct lookup_reply *lookup_get_json(struct lookup *lookup, struct slice url)
{
    struct jdoc_limits limits = {.bytes = LIMITS_LOOKUP_BYTES, .depth = JDOC_MAX_DEPTH};
    struct lookup_reply *reply = get(lookup, url);
    struct err e;
    if (reply->answer != LOOKUP_FOUND || reply->parsed)
        return reply;
    reply->parsed = true;
    if (jdoc_parse(&lookup->trees, reply->body, limits, &reply->json, &e) != ERR_OK)
        snprintf(reply->not_json, sizeof reply->not_json, "%.150s", e.msg);
    return reply;
}

const struct lookup_reply *lookup_get_own(struct lookup *lookup, struct slice url)
{
    static const struct lookup_reply NO_MEMORY = {.answer = LOOKUP_REFUSED, .why = "no memory left for answers"};
    const struct lookup_reply *given = lookup_get_json(lookup, url);
    if (given->elsewhere[0] == '\0')
        return given;
    struct lookup_reply *refused = arena_alloc(&lookup->arena, sizeof *refused);
    if (refused == NULL)
        return &NO_MEMORY;
    *refused = (struct lookup_reply){.answer = LOOKUP_REFUSED, .asked_at = given->asked_at};
    snprintf(refused->why, sizeof refused->why, "it redirects to %.80s, which does not speak for it", given->elsewhere);
    return refused;
}

/* -- What else a recorded file says --------------------------------------------------------- */

/* 64 hex digits in either case, with or without 0x. */
static bool same_id(struct slice key, struct slice id)
{
    if (slice_starts(key, SLICE("0x")))
        key = slice_from(key, 2);
    if (slice_starts(id, SLICE("0x")))
        id = slice_from(id, 2);
    if (key.len != id.len)
        return false;
    for (size_t i = 0; i < key.len; i++)
        if (tolower(key.data[i]) != tolower(id.data[i]))
            return false;
    return true;
}

static bool read_value(struct hash32 *ret, struct slice text)
{
    if (slice_starts(text, SLICE("0x")))
        text = slice_from(text, 2);
    return text.len == 64 && hex_decode(ret->b, sizeof ret->b, (const char *)text.data, 64, true);
}

static bool read_transaction(const struct jdoc *v, struct lookup_transaction *ret)
{
    const struct jdoc *revoked = jdoc_get(v, "revokedAddresses");
    struct lookup_transaction t = {0};
    struct slice value, time;
    if (!jdoc_get_string(v, "remoteHash", &value) || !read_value(&t.value, value) ||
        !jdoc_get_string(v, "issuingAddress", &t.sender) || !jdoc_get_string(v, "time", &time) ||
        !rfc3339_read(&t.time, (const char *)time.data, time.len))
        return false;
    if (revoked != NULL && revoked->type == JDOC_ARRAY)
        t.revoked = revoked; /* older recordings do not tell */
    *ret = t;
    return true;
}

bool lookup_transaction(struct lookup *lookup, struct slice id, struct lookup_transaction *ret)
{
    const struct jdoc *chain = jdoc_get(lookup->recorded, "chain");
    if (chain == NULL)
        return false;
    for (const struct map_entry *m = chain->object.first; m != NULL; m = m->next)
        if (same_id(m->key, id))
            return read_transaction(m->value, ret);
    return false;
}

const char *lookup_option(struct lookup *lookup, const char *name, size_t nth)
{
    const struct jdoc *option = jdoc_get(jdoc_get(lookup->recorded, "options"), name);
    if (option != NULL && option->type == JDOC_ARRAY)
        option = nth < option->array.n ? option->array.items[nth] : NULL;
    else if (nth > 0)
        option = NULL;
    return option == NULL || option->type != JDOC_STRING ? NULL : (const char *)keep(lookup, option->string).data;
}
