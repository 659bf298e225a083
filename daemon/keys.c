/* The keys of the log and its revocations: see keys.h. */
#include "daemon/keys.h"

#include <inttypes.h>
#include <string.h>

#include "common/hex.h"
#include "common/registry.h"
#include "daemon/fault.h"
#include "daemon/lanestore.h"
#include "daemon/log.h"
#include "daemon/ready.h"

#define SENDER_META "sender"
#define ROTATION_META "rotation"
#define CALLS_META "calls"

static const struct seal_address NO_KEY;

static bool same(const struct seal_address *a, const struct seal_address *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* ------------------------------------------------------------------ start */

static enum err_code read_values(struct keys *k, const struct store_read *read, struct err *e)
{
    struct slice stored;
    k->sender = k->log->genesis.issuer;
    enum err_code rc = store_meta(read, SENDER_META, &stored, e);
    if (rc == ERR_OK && stored.len == sizeof k->sender)
        memcpy(&k->sender, stored.data, sizeof k->sender);
    else if (rc == ERR_OK)
        return err_set(e, ERR_CORRUPT, "the address that sends is damaged");
    if (rc == ERR_OK || rc == ERR_NOT_FOUND)
        rc = store_meta(read, CALLS_META, &stored, e);
    if (rc == ERR_OK) {
        struct bytes_reader r = bytes_reader(stored.data, stored.len);
        k->n_calls = bytes_get_u64(&r);
    }
    if (rc == ERR_OK || rc == ERR_NOT_FOUND)
        rc = store_meta(read, ROTATION_META, &stored, e);
    if (rc == ERR_OK)
        rc = rotation_decode(&k->rotation, stored.data, stored.len, e);
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

/* After a restore: the first key, if it is in force, else the first that is and that we may sign with. */
static enum err_code choose_sender(struct keys *k, const struct store_read *read, struct err *e)
{
    struct issuers issuers;
    enum err_code rc = issuers_read(read, k->log, &issuers, e);
    if (rc != ERR_OK || issuers_has(&issuers, &k->sender))
        return rc;
    for (size_t i = 0; i < issuers.n; i++)
        if (!signers_lacks(k->signers, &issuers.keys[i])) {
            k->sender = issuers.keys[i];
            return ERR_OK;
        }
    return err_set(e, ERR_CONFLICT, "no key of the log that is in force is at hand: its annexes name %zu", issuers.n);
}

/* In:  lane  what its nonces go on from, stored with it; NULL: the stored one stays */
static enum err_code store_sender(struct keys *k, const struct lane *lane, struct err *e)
{
    struct store_write *w;
    enum err_code rc = store_write_begin(k->store, &w, e);
    if (rc != ERR_OK)
        return rc;
    if (lane != NULL)
        rc = lanestore_put(w, lane, e);
    if (rc == ERR_OK)
        rc = store_meta_put(w, SENDER_META, &k->sender, sizeof k->sender, e);
    if (rc == ERR_OK)
        return store_write_commit(w, e);
    store_write_abort(w);
    return rc;
}

static enum err_code store_our_key(struct keys *k, const struct lane *before, struct err *e)
{
    struct lane lane = lane_of_new_key(before, &k->sender);
    lane.settling = lane.recover = true;
    return store_sender(k, &lane, e);
}

/* After a restore the key may have changed since, and only the chain knows: if the one that sent then is not at hand,
 * ours is taken. Nothing is sent before the chain says that it is a key of the log (recover.h). */
static enum err_code take_our_key(struct keys *k, struct err *e)
{
    static const struct seal_address NO_REGISTRY;
    struct store_read read;
    struct lane lane;
    enum err_code rc = store_read_begin(k->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = lanestore_read(&read, &lane, e);
    store_read_end(&read);
    bool may = rc == ERR_OK && lane.recover && !same(&k->log->genesis.registry, &NO_REGISTRY);
    if (!may || !signers_lacks(k->signers, &k->sender))
        return rc == ERR_NOT_FOUND ? ERR_OK : rc;
    rc = signers_first_key(k->signers, &k->sender, e);
    return rc == ERR_OK ? store_our_key(k, &lane, e) : rc;
}

enum err_code keys_read(struct keys *k, struct err *e)
{
    struct store_read read;
    bool learnt = false;
    enum err_code rc = issuers_learn(k->store, k->log, &learnt, e);
    if (rc == ERR_OK)
        rc = store_read_begin(k->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = read_values(k, &read, e);
    if (rc == ERR_OK && learnt)
        rc = choose_sender(k, &read, e);
    store_read_end(&read);
    if (rc == ERR_OK && learnt)
        rc = store_sender(k, NULL, e);
    return rc == ERR_OK ? take_our_key(k, e) : rc;
}

/* ------------------------------------------------------------------ storing a change */

static enum err_code put_call(struct store_write *w, const struct keys *k, struct err *e)
{
    uint8_t blob[ANCHOR_MAX_BLOB], number[8];
    struct bytes_writer n = bytes_writer(number, sizeof number);
    size_t len;
    bytes_put_u64(&n, k->job.k - ANCHOR_CALLS);
    anchor_encode(&k->job, blob, &len);
    enum err_code rc = store_anchor_put(w, k->job.k, false, blob, len, e);
    return rc == ERR_OK ? store_meta_put(w, CALLS_META, number, sizeof number, e) : rc;
}

/* The new key has a lane of its own; the budget of the day is the same. */
static enum err_code put_sender(struct store_write *w, const struct seal_address *sender, struct err *e)
{
    struct lane lane = {0};
    enum err_code rc = lanestore_read(store_write_view(w), &lane, e);
    if (rc != ERR_OK && rc != ERR_NOT_FOUND)
        return rc;
    lane = lane_of_new_key(&lane, sender);
    rc = lanestore_put(w, &lane, e);
    return rc == ERR_OK ? store_meta_put(w, SENDER_META, sender, sizeof *sender, e) : rc;
}

/* Pool thread. */
static enum err_code apply(struct store_write *w, struct storeq_req *req, struct err *e)
{
    struct keys *k = (struct keys *)((char *)req - offsetof(struct keys, put));
    uint8_t blob[ROTATION_BLOB];
    enum err_code rc = ERR_OK;
    rotation_encode(&k->next, blob);
    if (k->changes)
        rc = store_meta_put(w, ROTATION_META, blob, sizeof blob, e);
    if (rc == ERR_OK && k->calls)
        rc = put_call(w, k, e);
    if (rc == ERR_OK && k->switches)
        rc = put_sender(w, &k->next.to, e);
    return rc;
}

static void answer(struct keys *k, enum err_code rc, const struct err *e)
{
    keys_done *done = k->answered;
    k->answered = NULL;
    if (done != NULL)
        done(k->asker, rc, k->n_calls, e);
}

static void log_stage(const struct rotation *r)
{
    static const char *const POINTS[] = {
        [ROTATION_NONE] = "rotation-none",   [ROTATION_AUTHORIZE] = "rotation-authorize", [ROTATION_DRAIN] = "rotation-drain",
        [ROTATION_PROVE] = "rotation-prove", [ROTATION_REMOVE] = "rotation-remove",       [ROTATION_LAST] = "rotation-last",
        [ROTATION_CLOSE] = "rotation-close", [ROTATION_CLOSED] = "rotation-closed",
    };
    char from[41], to[41];
    hex_encode(from, r->from.b, sizeof r->from.b);
    hex_encode(to, r->to.b, sizeof r->to.b);
    log_info("key-change", "stage=%s from=0x%s to=0x%s", rotation_stage_name(r->stage), from, to);
    fault_point(POINTS[r->stage]);
}

static void on_put(struct storeq_req *req, enum err_code status)
{
    struct keys *k = (struct keys *)((char *)req - offsetof(struct keys, put));
    k->busy = false;
    if (status != ERR_OK) {
        log_error("save-failed", "what=key-change error=%s", log_quote(req->err.msg).s);
        answer(k, status, &req->err);
        return;
    }
    if (k->calls) {
        k->n_calls = k->job.k - ANCHOR_CALLS;
        k->job.run.unsaved = false;
        log_info("call", "call=%" PRIu64 " what=%s", k->n_calls, anchor_call_name(k->job.call));
    }
    if (k->changes) {
        struct rotation stored = k->rotation = k->next;
        if (stored.stage == ROTATION_NONE)
            stored.from = stored.to = NO_KEY;
        log_stage(&stored);
    }
    if (k->switches) {
        k->sender = k->rotation.to;
        anchorer_switch(k->anchorer, &k->sender);
    }
    if (k->calls)
        anchorer_add(k->anchorer, &k->job);
    if (k->changes && k->rotation.stage == ROTATION_NONE) {
        k->sealer->forced = true; /* its annex, and the mirror, tell at once which key is left */
        sealer_wake(k->sealer);
    }
    answer(k, ERR_OK, NULL);
    keys_wake(k);
}

/* Returns: ERR_OK; what storeq says. */
static enum err_code store_change(struct keys *k, struct err *e)
{
    k->put = (struct storeq_req){.apply = apply, .done = on_put};
    enum err_code rc = storeq_submit(k->storeq, &k->put, e);
    k->busy = rc == ERR_OK;
    return rc;
}

static void prepare_change(struct keys *k, const struct rotation *next)
{
    k->next = *next;
    k->changes = next->stage != k->rotation.stage;
    k->calls = k->switches = false;
}

static void prepare_call(struct keys *k, enum anchor_call call, const struct hash32 *argument)
{
    k->calls = true;
    k->job = anchor_new_call(k->n_calls + 1, call, argument, clock_unix_s(k->clock));
}

/* ------------------------------------------------------------------ the next stage */

static bool is_call_final(const struct keys *k)
{
    struct store_read read;
    struct slice blob;
    struct anchor_job job;
    bool final = false;
    if (store_read_begin(k->store, &read, NULL) != ERR_OK)
        return false;
    if (store_anchor(&read, ANCHOR_CALLS + k->rotation.call, &blob, NULL, NULL) == ERR_OK &&
        anchor_decode(&job, blob.data, blob.len, NULL) == ERR_OK)
        final = job.state == ANCHOR_FINAL;
    store_read_end(&read);
    return final;
}

/* A batch above `since` whose own anchor, made by the new key, is final. */
static bool is_proved(const struct keys *k)
{
    struct store_read read;
    struct store_batch batch = {.k = k->rotation.since};
    struct slice blob;
    struct anchor_job job;
    bool proved = false;
    if (store_read_begin(k->store, &read, NULL) != ERR_OK)
        return false;
    while (!proved && store_batch_after(&read, batch.k, &batch, NULL) == ERR_OK)
        proved = store_anchor(&read, batch.k, &blob, NULL, NULL) == ERR_OK &&
                 anchor_decode(&job, blob.data, blob.len, NULL) == ERR_OK && job.state == ANCHOR_FINAL &&
                 same(&job.from, &k->rotation.to);
    store_read_end(&read);
    return proved;
}

static uint64_t newest_batch(const struct keys *k)
{
    struct store_read read;
    struct store_batch batch = {0};
    if (store_read_begin(k->store, &read, NULL) != ERR_OK)
        return 0;
    if (store_batch_newest(&read, &batch, NULL) != ERR_OK)
        batch.k = 0;
    store_read_end(&read);
    return batch.k;
}

/* Nothing may be sealed from now on, or it may again. */
static void steer_sealing(struct keys *k)
{
    bool stop = rotation_stops_sealing(k->rotation.stage) ||
                (k->rotation.stage == ROTATION_LAST && k->sealer->flush == 0 && !k->sealer->flush_asked &&
                 !sealer_is_busy(k->sealer));
    bool before = k->sealer->key_goes;
    k->sealer->key_goes = stop;
    k->sealer->forced = k->rotation.stage == ROTATION_PROVE && newest_batch(k) <= k->rotation.since;
    if (before != stop || k->sealer->forced)
        sealer_wake(k->sealer);
}

static void perform(struct keys *k, enum rotation_do what)
{
    struct rotation next = k->rotation;
    struct hash32 word = registry_word(&next.from);
    switch (what) {
    case ROTATION_DO_WAIT:
        return;
    case ROTATION_DO_DRAIN:
        next.stage = ROTATION_DRAIN;
        break;
    case ROTATION_DO_SWITCH:
        next.stage = ROTATION_PROVE;
        next.since = newest_batch(k);
        break;
    case ROTATION_DO_DEAUTHORIZE:
        next.stage = next.stage == ROTATION_LAST ? ROTATION_CLOSE : ROTATION_REMOVE;
        next.call = k->n_calls + 1;
        break;
    case ROTATION_DO_END:
        next = (struct rotation){0};
        break;
    case ROTATION_DO_CLOSE:
        next.stage = ROTATION_CLOSED;
        break;
    }
    prepare_change(k, &next);
    k->switches = what == ROTATION_DO_SWITCH;
    if (what == ROTATION_DO_DEAUTHORIZE)
        prepare_call(k, ANCHOR_CALL_DEAUTHORIZE, &word);
    struct err e;
    if (store_change(k, &e) != ERR_OK)
        log_error("save-failed", "what=key-change error=%s", log_quote(e.msg).s);
}

void keys_wake(struct keys *k)
{
    if (!k->open || k->busy || k->rotation.stage == ROTATION_NONE)
        return;
    steer_sealing(k);
    struct rotation_facts facts = {
        .call_final = is_call_final(k),
        .drained = k->sealer->key_goes && !sealer_is_busy(k->sealer) && anchorer_is_settled(k->anchorer),
        .proved = k->rotation.stage == ROTATION_PROVE && is_proved(k),
    };
    perform(k, rotation_next(&k->rotation, &facts));
}

void keys_open(struct keys *k)
{
    k->open = true;
    if (k->rotation.stage == ROTATION_LAST)
        sealer_flush(k->sealer);
    keys_wake(k);
}

bool keys_is_closed(const struct keys *k)
{
    return k->rotation.stage == ROTATION_CLOSE || k->rotation.stage == ROTATION_CLOSED;
}

/* ------------------------------------------------------------------ what an operator asks for */

static enum err_code may_ask(const struct keys *k, struct err *e)
{
    if (!k->registry)
        return err_set(e, ERR_UNSUPPORTED,
                       "keys and revocations need a registry, and [chain] anchor_to is self: this log has none");
    if (keys_is_closed(k))
        return err_set(e, ERR_GONE, "%s", ready_english(READY_CLOSED));
    if (k->busy)
        return err_set(e, ERR_BUSY, "another key change is being stored: try again in a moment");
    if (!anchorer_has_room_for_call(k->anchorer))
        return err_set(e, ERR_LIMIT, "%d registry calls are under way: wait until they are done", ANCHORER_MAX_CALLS);
    return ERR_OK;
}

static enum err_code may_change(const struct keys *k, bool adds, const struct seal_address *key, struct err *e)
{
    struct store_read read;
    struct issuers issuers;
    if (k->rotation.stage != ROTATION_NONE)
        return err_set(e, ERR_BUSY, "a change of the key in use is under way (stage %s): see hallmarkctl status",
                       rotation_stage_name(k->rotation.stage));
    enum err_code rc = store_read_begin(k->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = issuers_read(&read, k->log, &issuers, e);
    store_read_end(&read);
    if (rc == ERR_OK && adds && issuers_has(&issuers, key))
        return err_set(e, ERR_EXISTS, "this key is a key of the log already");
    if (rc == ERR_OK && !adds && !issuers_has(&issuers, key))
        return err_set(e, ERR_NOT_FOUND, "this key is no key of the log");
    if (rc == ERR_OK && adds && issuers.n == ISSUERS_MAX)
        return err_set(e, ERR_LIMIT, "the log has %d keys: deauthorize one first", ISSUERS_MAX);
    return rc;
}

enum err_code keys_call(struct keys *k, enum anchor_call call, const struct hash32 *argument, void *asker,
                        keys_done *done, struct err *e)
{
    struct rotation next = k->rotation;
    struct seal_address key;
    bool is_key = call == ANCHOR_CALL_AUTHORIZE || call == ANCHOR_CALL_DEAUTHORIZE;
    memcpy(key.b, argument->b + 12, sizeof key.b);
    enum err_code rc = may_ask(k, e);
    if (rc == ERR_OK && anchorer_is_calling(k->anchorer, call, argument))
        rc = err_set(e, ERR_EXISTS, "this is under way already: see hallmarkctl status");
    if (rc == ERR_OK && is_key)
        rc = may_change(k, call == ANCHOR_CALL_AUTHORIZE, &key, e);
    if (rc != ERR_OK)
        return rc;
    bool last = call == ANCHOR_CALL_DEAUTHORIZE && same(&key, &k->sender);
    if (last)
        next = (struct rotation){.stage = ROTATION_LAST, .from = k->sender};
    prepare_change(k, &next);
    if (!last)
        prepare_call(k, call, argument);
    k->asker = asker;
    k->answered = done;
    rc = store_change(k, e);
    if (rc != ERR_OK)
        k->answered = NULL;
    else if (last)
        sealer_flush(k->sealer);
    return rc;
}

/* The one key that the signer holds besides the one in use. */
static enum err_code other_key(const struct keys *k, struct seal_address *ret, struct err *e)
{
    const struct signer_request *q = &k->question;
    size_t n = 0;
    for (size_t i = 0; i < q->n_keys; i++)
        if (!same(&q->keys[i], &k->sender) && (same(&k->wanted, &NO_KEY) || same(&k->wanted, &q->keys[i]))) {
            *ret = q->keys[i];
            n++;
        }
    if (n == 1)
        return ERR_OK;
    if (!same(&k->wanted, &NO_KEY))
        return err_set(e, ERR_NOT_FOUND, "the signer does not hold that key");
    return n == 0 ? err_set(e, ERR_NOT_FOUND, "the signer holds no key but the one in use: give it the new key first")
                  : err_set(e, ERR_CONFLICT, "the signer holds %zu other keys: say which, key rotate ADDRESS", n);
}

static void on_keys(struct signer_request *q)
{
    struct keys *k = q->user;
    struct rotation next = {.stage = ROTATION_AUTHORIZE, .from = k->sender, .call = k->n_calls + 1};
    struct err e = q->err;
    k->busy = false;
    enum err_code rc = e.code == ERR_OK ? other_key(k, &next.to, &e) : e.code;
    enum err_code may = rc == ERR_OK ? may_change(k, true, &next.to, &e) : rc;
    if (may == ERR_EXISTS) /* authorized before, by hand */
        next.stage = ROTATION_DRAIN;
    else
        rc = may;
    if (rc == ERR_OK) {
        struct hash32 word = registry_word(&next.to);
        prepare_change(k, &next);
        if (next.stage == ROTATION_AUTHORIZE)
            prepare_call(k, ANCHOR_CALL_AUTHORIZE, &word);
        rc = store_change(k, &e);
    }
    if (rc != ERR_OK)
        answer(k, rc, &e);
}

enum err_code keys_rotate(struct keys *k, const struct seal_address *to, void *asker, keys_done *done, struct err *e)
{
    enum err_code rc = may_ask(k, e);
    if (rc == ERR_OK && k->rotation.stage != ROTATION_NONE)
        rc = err_set(e, ERR_BUSY, "a change of the key in use is under way (stage %s): see hallmarkctl status",
                     rotation_stage_name(k->rotation.stage));
    if (rc == ERR_OK)
        rc = signers_read_next(k->signers, e);
    if (rc != ERR_OK)
        return rc;
    k->busy = true;
    k->wanted = to != NULL ? *to : NO_KEY;
    k->asker = asker;
    k->answered = done;
    k->question.user = k;
    k->question.done = on_keys;
    signer_keys(&k->signers->signer, &k->question);
    return ERR_OK;
}
