/* Keys and revocations out of the registry's events: see registrylog.h. */
#include "verifier/registrylog.h"

#include <stdlib.h>
#include <string.h>

#include "common/ethraw.h"
#include "common/ethtx.h"
#include "common/registry.h"
#include "common/sha256.h"

#define DAY 86400
#define MAX_CALLS 1024 /* eth_getLogs of one query: providers limit the span of blocks */
#define MAX_KEY_EVENTS 256 /* of keys in force, of one log; each costs a call */
#define MAX_GATHERED 4096  /* of keys that ever were in force; those of a removed one cost next to nothing */

void registrylog_done(struct registrylog *log)
{
    free(log->events);
    *log = (struct registrylog){0};
}

bool registrylog_exists(const struct seal_genesis *genesis)
{
    static const struct seal_address NONE;
    return !keychain_same(&genesis->registry, &NONE);
}

/* -- One query, over as many spans of blocks as the node wants -------------------------------- */

/* Called for each event, and may ask on. Returns: as a question of endpoints.h. */
typedef enum err_code (*event_fn)(const struct endpoints_talk *t, void *arg,
                                  const struct registry_event *event, const struct ethrpc_log *log);

struct query {
    const struct seal_genesis *genesis;
    enum registry_what what;
    struct hash32 topics[2]; /* that follow the event's own */
    size_t n_topics;
    event_fn on_event;
    void *arg;
    unsigned calls; /* made so far */
};

static enum err_code read_logs(const struct endpoints_talk *t, const struct query *q,
                               const struct ethrpc_logs *logs)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < logs->n && rc == ERR_OK; i++) {
        const struct ethrpc_log *log = &logs->item[i];
        struct registry_event event;
        bool asked_for = !log->removed && registry_read(&event, &log->log, &q->genesis->registry) &&
                         event.what == q->what;
        if (asked_for)
            rc = q->on_event(t, q->arg, &event, log);
    }
    return rc;
}

/* Returns: ERR_OK; *ret_refused if the node would not answer for so many blocks. */
static enum err_code ask_span(const struct endpoints_talk *t, struct query *q, uint64_t from,
                              uint64_t to, bool *ret_refused)
{
    struct ethrpc_request request = {
        .method = ETHRPC_LOGS,
        .block = from,
        .last_block = to,
        .address = q->genesis->registry,
        .n_topics = 1 + q->n_topics,
        .topics = {registry_topic(q->what), q->topics[0], q->topics[1]},
    };
    struct ethrpc_reply reply = {0};
    struct ethrpc_logs logs = {0};
    q->calls++;
    enum err_code rc = endpoints_ask(t, &request, &reply);
    *ret_refused = rc == ERR_OK && reply.refused;
    if (rc == ERR_OK)
        rc = ethrpc_get_logs(&reply, &logs, t->e);
    if (rc == ERR_OK)
        rc = read_logs(t, q, &logs);
    ethrpc_logs_done(&logs);
    ethrpc_done(&reply);
    return rc;
}

/* Halve what is refused, down to single blocks. */
static enum err_code ask_spans(const struct endpoints_talk *t, struct query *q, uint64_t from,
                               uint64_t to)
{
    bool refused;
    enum err_code rc = ask_span(t, q, from, to, &refused);
    if (!refused || from >= to || q->calls >= MAX_CALLS)
        return rc;
    uint64_t middle = from + (to - from) / 2;
    rc = ask_spans(t, q, from, middle);
    return rc == ERR_OK ? ask_spans(t, q, middle + 1, to) : rc;
}

static enum err_code ask_time(const struct endpoints_talk *t, uint64_t number, uint64_t *ret)
{
    struct ethrpc_block block;
    enum err_code rc = endpoints_block(t, number, &block);
    if (rc == ERR_OK)
        *ret = block.time;
    return rc == ERR_NOT_FOUND ? err_set(t->e, ERR_RPC, "does not know one of its own blocks") : rc;
}

/* The first block that is not older than the log, less a day because clocks differ. */
static enum err_code first_block(const struct endpoints_talk *t, uint64_t created_at, uint64_t head,
                                 uint64_t *ret)
{
    uint64_t low = 0, high = head, since = created_at > DAY ? created_at - DAY : 0;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2, time;
        enum err_code rc = ask_time(t, middle, &time);
        if (rc != ERR_OK)
            return rc;
        if (time < since)
            low = middle + 1;
        else
            high = middle;
    }
    *ret = low;
    return ERR_OK;
}

static enum err_code ask(const struct endpoints_talk *t, struct query *q)
{
    bool refused;
    uint64_t head, from = 0;
    enum err_code rc = ask_span(t, q, 0, ETHRPC_LATEST, &refused);
    if (!refused)
        return rc;
    rc = endpoints_u64(t, ETHRPC_BLOCK_NUMBER, &head);
    if (rc == ERR_OK)
        rc = first_block(t, q->genesis->created_at, head, &from);
    return rc == ERR_OK ? ask_spans(t, q, from, head) : rc;
}

/* -- Keys ----------------------------------------------------------------------------------- */

/* An event as a node tells it. */
struct gathered {
    struct keychain_event event;
    struct hash32 tx_hash;
    bool asked, own; /* whether its transaction is the issuer's own signed call is known; and is so */
};

struct keys_question {
    const struct seal_genesis *genesis;
    struct registrylog log; /* what counts, in chain order */
    struct seal_address known[KEYCHAIN_MAX_KEYS]; /* keys whose events were asked for */
    size_t n_known;
    struct gathered *gathered; /* what these keys said */
    size_t n_gathered, gathered_cap;
    size_t n_asked; /* transactions that were looked at */
};

static struct keychain_place place_of(const struct ethrpc_log *log)
{
    return (struct keychain_place){log->block_number, log->tx_index, log->log_index};
}

static bool push(struct registrylog *log, const struct keychain_event *event)
{
    if (log->n == log->cap) {
        size_t cap = log->cap > 0 ? 2 * log->cap : 16;
        struct keychain_event *events = realloc(log->events, cap * sizeof *events);
        if (events == NULL)
            return false;
        log->events = events;
        log->cap = cap;
    }
    log->events[log->n++] = *event;
    return true;
}

/* True if these bytes are the issuer's own signed call that the event tells of. */
static bool is_own_call(struct slice raw, const struct seal_genesis *genesis, const struct keychain_event *event)
{
    uint8_t call[REGISTRY_CALL_LEN];
    struct seal_address sender;
    struct ethtx tx;
    if (event->added)
        registry_put_authorize(call, &event->key);
    else
        registry_put_deauthorize(call, &event->key);
    return ethtx_decode(&tx, raw.data, raw.len, NULL) == ERR_OK &&
           ethtx_sender(&tx, &sender, NULL) == ERR_OK && keychain_same(&sender, &event->issuer) &&
           tx.has_chain_id && tx.chain_id == genesis->chain_id && tx.has_to &&
           keychain_same(&tx.to, &genesis->registry) && tx.data.len == sizeof call &&
           memcmp(tx.data.data, call, sizeof call) == 0;
}

static enum err_code ask_own_call(const struct endpoints_talk *t, struct keys_question *q, struct gathered *g)
{
    struct ethrpc_request request = {.method = ETHRPC_TRANSACTION, .hash = g->tx_hash};
    struct ethrpc_reply reply = {0};
    struct blobs raw = {0};
    if (g->asked)
        return ERR_OK;
    if (q->n_asked++ == MAX_KEY_EVENTS)
        return err_set(t->e, ERR_RPC, "tells of more than %d key events", MAX_KEY_EVENTS);
    enum err_code rc = endpoints_ask(t, &request, &reply);
    if (rc == ERR_OK)
        rc = ethraw_transaction(&reply, &raw, NULL, t->e);
    if (rc == ERR_OK)
        g->own = is_own_call(blobs_get(&raw, 0), q->genesis, &g->event);
    else if (rc == ERR_NOT_FOUND || rc == ERR_UNSUPPORTED)
        rc = t->e->code = ERR_RPC;
    g->asked = rc == ERR_OK;
    blobs_done(&raw);
    ethrpc_done(&reply);
    return rc;
}

static enum err_code on_key_event(const struct endpoints_talk *t, void *arg,
                                  const struct registry_event *event, const struct ethrpc_log *log)
{
    struct keys_question *q = arg;
    if (q->n_gathered == MAX_GATHERED)
        return err_set(t->e, ERR_RPC, "tells of more than %d key events, most of removed keys", MAX_GATHERED);
    if (q->n_gathered == q->gathered_cap) {
        size_t cap = q->gathered_cap > 0 ? 2 * q->gathered_cap : 16;
        struct gathered *gathered = realloc(q->gathered, cap * sizeof *gathered);
        if (gathered == NULL)
            return err_set(t->e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
        q->gathered = gathered;
        q->gathered_cap = cap;
    }
    q->gathered[q->n_gathered++] = (struct gathered){
        .event = {.place = place_of(log), .issuer = event->issuer, .key = event->key, .added = event->what == REGISTRY_KEY_ADDED},
        .tx_hash = log->tx_hash,
    };
    return ERR_OK;
}

static int by_place(const void *a, const void *b)
{
    return keychain_compare(&((const struct gathered *)a)->event.place, &((const struct gathered *)b)->event.place);
}

static enum err_code ask_about(const struct endpoints_talk *t, struct keys_question *q,
                               enum registry_what what, const struct seal_address *issuer)
{
    struct query query = {.genesis = q->genesis, .what = what, .topics = {registry_word(issuer)},
                          .n_topics = 1, .on_event = on_key_event, .arg = q};
    return ask(t, &query);
}

/* What a key said about others joins what is gathered. */
static enum err_code gather(const struct endpoints_talk *t, struct keys_question *q, const struct seal_address *key)
{
    if (q->n_known == KEYCHAIN_MAX_KEYS)
        return err_set(t->e, ERR_RPC, "tells of more than %d keys", KEYCHAIN_MAX_KEYS);
    q->known[q->n_known++] = *key;
    enum err_code rc = ask_about(t, q, REGISTRY_KEY_ADDED, key);
    if (rc == ERR_OK)
        rc = ask_about(t, q, REGISTRY_KEY_REMOVED, key);
    if (rc == ERR_OK && q->n_gathered > 1)
        qsort(q->gathered, q->n_gathered, sizeof *q->gathered, by_place);
    return rc;
}

static bool is_known(const struct keys_question *q, const struct seal_address *key)
{
    for (size_t i = 0; i < q->n_known; i++)
        if (keychain_same(&q->known[i], key))
            return true;
    return false;
}

/* Replay what is gathered in the order of the chain, up to the first key that was not asked about: what it said comes
 * first, since it may have removed whoever speaks afterwards. So a removed key costs nothing, whatever it says.
 * Out: next  that key; NULL if all is replayed. */
static enum err_code replay(const struct endpoints_talk *t, struct keys_question *q, const struct seal_address **next)
{
    q->log.n = 0;
    *next = NULL;
    for (size_t i = 0; i < q->n_gathered && *next == NULL; i++) {
        struct gathered *g = &q->gathered[i];
        const struct keychain_event *event = &g->event;
        const struct keychain_moment then = {.place = event->place};
        if (keychain_standing(&q->genesis->issuer, q->log.events, q->log.n, &event->issuer, &then) == KEYCHAIN_FOREIGN)
            continue;
        enum err_code rc = ask_own_call(t, q, g);
        if (rc != ERR_OK)
            return rc;
        if (!g->own)
            continue;
        if (!push(&q->log, event))
            return err_set(t->e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
        if (event->added && !is_known(q, &event->key))
            *next = &event->key;
    }
    return ERR_OK;
}

/* From the first key outwards. */
static enum err_code look_at_keys(const struct endpoints_talk *t, void *arg)
{
    struct keys_question *q = arg;
    const struct seal_address *next = &q->genesis->issuer;
    enum err_code rc = ERR_OK;
    q->n_known = q->n_gathered = q->n_asked = 0;
    while (next != NULL && rc == ERR_OK) {
        struct seal_address key = *next; /* gather() moves what it points to */
        rc = gather(t, q, &key);
        if (rc == ERR_OK)
            rc = replay(t, q, &next);
    }
    for (size_t i = 0; q->log.with_times && i < q->log.n && rc == ERR_OK; i++)
        rc = ask_time(t, q->log.events[i].place.block, &q->log.events[i].time);
    return rc;
}

/* Fill the log with the keys of this genesis, once. */
static enum err_code need_keys(struct registrylog *log, struct endpoints *endpoints,
                               const struct seal_genesis *genesis, bool with_times, struct err *e)
{
    uint8_t bytes[SEAL_GENESIS_LEN];
    seal_genesis_encode(bytes, genesis);
    struct hash32 r0 = sha256(bytes, sizeof bytes);
    if (hash32_equal(&log->r0, &r0) && (log->with_times || !with_times))
        return ERR_OK;
    struct keys_question q = {.genesis = genesis, .log = {.r0 = r0, .with_times = with_times}};
    enum err_code rc = endpoints_round(endpoints, genesis->chain_id, look_at_keys, &q, e);
    free(q.gathered);
    if (rc != ERR_OK) {
        registrylog_done(&q.log);
        return rc;
    }
    registrylog_done(log);
    *log = q.log;
    return ERR_OK;
}

enum err_code registrylog_standing(struct registrylog *log, struct endpoints *endpoints,
                                   const struct seal_genesis *genesis, const struct seal_address *key,
                                   const struct keychain_moment *moment, enum keychain_standing *ret,
                                   struct err *e)
{
    if (!registrylog_exists(genesis)) {
        *ret = keychain_standing(&genesis->issuer, NULL, 0, key, moment);
        return ERR_OK;
    }
    enum err_code rc = need_keys(log, endpoints, genesis, moment->by_time, e);
    if (rc == ERR_OK) /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): need_keys() replaced all of what it freed */
        *ret = keychain_standing(&genesis->issuer, log->events, log->n, key, moment);
    return rc;
}

/* -- Revocation ----------------------------------------------------------------------------- */

struct revoked_question {
    const struct seal_genesis *genesis;
    const struct registrylog *log;
    const struct hash32 *id;
    bool revoked;
    uint64_t block; /* of the earliest */
};

static enum err_code on_revoked(const struct endpoints_talk *t, void *arg,
                                const struct registry_event *event, const struct ethrpc_log *log)
{
    (void)t;
    struct revoked_question *q = arg;
    struct keychain_moment then = {.place = place_of(log)};
    enum keychain_standing standing =
        keychain_standing(&q->genesis->issuer, q->log->events, q->log->n, &event->issuer, &then);
    if (!hash32_equal(&event->value, q->id) || standing == KEYCHAIN_FOREIGN)
        return ERR_OK;
    if (!q->revoked || log->block_number < q->block)
        q->block = log->block_number;
    q->revoked = true;
    return ERR_OK;
}

static enum err_code ask_revoked_by(const struct endpoints_talk *t, struct revoked_question *q,
                                    const struct seal_address *issuer)
{
    struct query query = {.genesis = q->genesis, .what = REGISTRY_REVOKED,
                          .topics = {*q->id, registry_word(issuer)}, .n_topics = 2,
                          .on_event = on_revoked, .arg = q};
    return ask(t, &query);
}

/* Key by key: anybody may emit Revoked for any id, and must not be able to drown ours. */
static enum err_code look_at_revoked(const struct endpoints_talk *t, void *arg)
{
    struct revoked_question *q = arg;
    q->revoked = false;
    enum err_code rc = ask_revoked_by(t, q, &q->genesis->issuer);
    for (size_t i = 0; i < q->log->n && rc == ERR_OK; i++)
        if (q->log->events[i].added)
            rc = ask_revoked_by(t, q, &q->log->events[i].key);
    return rc;
}

enum err_code registrylog_revoked(struct registrylog *log, struct endpoints *endpoints,
                                  const struct seal_genesis *genesis, const struct hash32 *revoke_id,
                                  bool *ret, uint64_t *ret_block, struct err *e)
{
    enum err_code rc = need_keys(log, endpoints, genesis, false, e);
    if (rc != ERR_OK)
        return rc;
    struct revoked_question q = {.genesis = genesis, .log = log, .id = revoke_id};
    rc = endpoints_round(endpoints, genesis->chain_id, look_at_revoked, &q, e);
    if (rc == ERR_OK) {
        *ret = q.revoked;
        *ret_block = q.block;
    }
    return rc;
}
