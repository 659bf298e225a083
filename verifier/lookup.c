/* URLs to bytes, from the network or from a recorded file: see lookup.h. */
#include "verifier/lookup.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/hex.h"
#include "common/jsonio.h"
#include "common/limits.h"
#include "common/rfc3339.h"

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
static struct slice keep(struct lookup *lookup, const char *data, size_t len)
{
    return arena_join(&lookup->arena, (struct slice){(const uint8_t *)data, len}, SLICE("\0"));
}

static void found(struct lookup *lookup, struct lookup_reply *reply, const char *url, const char *data,
                  size_t len)
{
    struct slice kept = keep(lookup, data, len);
    if (kept.data == NULL) {
        set_answer(reply, LOOKUP_UNREACHABLE, url, "no memory left for answers");
        return;
    }
    reply->answer = LOOKUP_FOUND;
    reply->body = (struct slice){kept.data, len};
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
        found(lookup, reply, url, text_string(&got.body), got.body.len);
    else
        set_answer(reply, got.status == 410 ? LOOKUP_GONE : LOOKUP_UNREACHABLE, url, status);
    snprintf(reply->elsewhere, sizeof reply->elsewhere, "%s", got.elsewhere);
    text_done(&got.body);
}

/* -- A recorded file ------------------------------------------------------------------------ */

enum err_code lookup_record(struct lookup *lookup, const char *text, size_t len, struct err *e)
{
    static const char *const MEMBERS[] = {"http", "chain", "options"};
    json_t *recorded;
    enum err_code rc = jsonio_load(&recorded, text, len, LIMITS_RECORDED_BYTES, e);
    if (rc != ERR_OK)
        return rc;
    bool good = json_is_object(recorded);
    for (size_t i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0] && good; i++) {
        json_t *member = json_object_get(recorded, MEMBERS[i]);
        good = member == NULL || json_is_object(member);
    }
    if (!good) {
        json_decref(recorded);
        return err_set(e, ERR_INVALID, "not an object with the objects http, chain and options");
    }
    json_decref(lookup->recorded);
    lookup->recorded = recorded;
    return ERR_OK;
}

bool lookup_is_recorded(const struct lookup *lookup)
{
    return lookup->recorded != NULL;
}

static json_t *recorded_body(const struct lookup *lookup, const char *url)
{
    json_t *http = json_object_get(lookup->recorded, "http");
    json_t *body = json_object_get(http, url);
    char plain[LOOKUP_URL_MAX + 1];
    if (body != NULL || strncmp(url, "https://", 8) != 0)
        return body;
    snprintf(plain, sizeof plain, "http://%s", url + 8); /* recorded before it became https */
    return json_object_get(http, plain);
}

static void ask_recorded(struct lookup *lookup, struct lookup_reply *reply, const char *url)
{
    json_t *body = recorded_body(lookup, url);
    if (body == NULL || json_is_null(body)) {
        set_answer(reply, LOOKUP_UNREACHABLE, url, "not in the recorded file");
        return;
    }
    if (json_is_string(body)) {
        found(lookup, reply, url, json_string_value(body), json_string_length(body));
        return;
    }
    char *dumped = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
    if (dumped == NULL)
        set_answer(reply, LOOKUP_UNREACHABLE, url, "no memory left for answers");
    else
        found(lookup, reply, url, dumped, strlen(dumped));
    free(dumped);
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
}

void lookup_close(struct lookup *lookup)
{
    json_decref(lookup->recorded);
    arena_done(&lookup->arena);
    arena_done(&lookup->trees);
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
static bool same_id(const char *key, struct slice id)
{
    struct slice k = slice_of(key);
    if (slice_starts(k, SLICE("0x")))
        k = slice_from(k, 2);
    if (slice_starts(id, SLICE("0x")))
        id = slice_from(id, 2);
    if (k.len != id.len)
        return false;
    for (size_t i = 0; i < k.len; i++)
        if (tolower(k.data[i]) != tolower(id.data[i]))
            return false;
    return true;
}

static bool read_value(struct hash32 *ret, const char *text)
{
    if (text == NULL)
        return false;
    if (strncmp(text, "0x", 2) == 0)
        text += 2;
    return strlen(text) == 64 && hex_decode(ret->b, sizeof ret->b, text, 64, true);
}

static bool read_revoked(struct lookup *lookup, json_t *list, struct lookup_transaction *ret)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list))
        return true; /* older recordings do not tell */
    const char **revoked = arena_array(&lookup->arena, n + 1, sizeof *revoked);
    if (revoked == NULL)
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (json_is_string(json_array_get(list, i)))
            revoked[kept++] = json_string_value(json_array_get(list, i));
    ret->revoked = revoked;
    return true;
}

bool lookup_transaction(struct lookup *lookup, struct slice id, struct lookup_transaction *ret)
{
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(lookup->recorded, "chain"), key, value) {
        if (!same_id(key, id))
            continue;
        const char *time = json_string_value(json_object_get(value, "time"));
        struct lookup_transaction t = {.sender = json_string_value(json_object_get(value, "issuingAddress"))};
        if (!read_value(&t.value, json_string_value(json_object_get(value, "remoteHash"))) ||
            t.sender == NULL || time == NULL || !rfc3339_read(&t.time, time, strlen(time)) ||
            !read_revoked(lookup, json_object_get(value, "revokedAddresses"), &t))
            return false;
        *ret = t;
        return true;
    }
    return false;
}

const char *lookup_option(const struct lookup *lookup, const char *name, size_t nth)
{
    json_t *option = json_object_get(json_object_get(lookup->recorded, "options"), name);
    if (json_is_array(option))
        return json_string_value(json_array_get(option, nth));
    return nth == 0 ? json_string_value(option) : NULL;
}
