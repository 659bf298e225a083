/* One anchored value as a value: made, read, written. */
#include "daemon/core/anchor.h"

#include "common/bytes.h"

#define BLOB_VERSION 2
#define BLOB_VERSION_1 1 /* before calls: no call, no sender */
#define ALARMS_OF_HISTORY                                                                          \
    (ANCHOR_ALARM_FOREIGN | ANCHOR_ALARM_REVERTED | ANCHOR_ALARM_FINALITY_BROKEN)

struct anchor_job anchor_new(uint64_t k, const struct hash32 *value, uint64_t now)
{
    return (struct anchor_job){
        .k = k, .value = *value, .next_seq = 1, .queued_at = now, .run.unsaved = true};
}

struct anchor_job anchor_new_call(uint64_t n, enum anchor_call call, const struct hash32 *argument, uint64_t now)
{
    struct anchor_job job = anchor_new(ANCHOR_CALLS + n, argument, now);
    job.call = call;
    return job;
}

bool anchor_is_call(const struct anchor_job *job)
{
    return job->call != ANCHOR_CALL_NONE;
}

const struct anchor_attempt *anchor_attempt(const struct anchor_job *job, uint32_t seq)
{
    for (uint32_t i = 0; i < job->n_attempts; i++) {
        if (job->attempts[i].seq == seq)
            return &job->attempts[i];
    }
    return NULL;
}

/* A mined attempt counts as accepted, whatever the endpoints said. */
bool anchor_is_out(const struct anchor_job *job)
{
    for (uint32_t i = 0; i < job->n_attempts; i++) {
        if (job->attempts[i].accepted)
            return true;
    }
    return false;
}

/* Only one attempt of a nonce can be mined, so the dearest counts. */
wei anchor_reserved(const struct anchor_job *job)
{
    wei worst = 0;
    if (job->state == ANCHOR_FINAL)
        return 0;
    if (job->state == ANCHOR_ASSIGNED || job->run.quoted)
        worst = fee_worst(&job->draft);
    for (uint32_t i = 0; i < job->n_attempts; i++) {
        wei one = fee_worst(&job->attempts[i].bid);
        worst = one > worst ? one : worst;
    }
    return worst;
}

/* ------------------------------------------------------------------ bytes */

/* Anything but 0 and 1 is damage. */
static bool get_bool(struct bytes_reader *r)
{
    uint8_t byte = bytes_get_u8(r);
    r->failed |= byte > 1;
    return byte == 1;
}

static void put_hash(struct bytes_writer *w, const struct hash32 *hash)
{
    bytes_put(w, hash->b, sizeof hash->b);
}

static struct hash32 get_hash(struct bytes_reader *r)
{
    struct hash32 hash;
    bytes_get(r, hash.b, sizeof hash.b);
    return hash;
}

static void put_bid(struct bytes_writer *w, const struct fee_bid *bid)
{
    bytes_put_u8(w, bid->legacy);
    bytes_put_u64(w, bid->tip);
    bytes_put_u64(w, bid->cap);
    bytes_put_u64(w, bid->gas);
    bytes_put_u128(w, bid->extra);
}

static struct fee_bid get_bid(struct bytes_reader *r)
{
    struct fee_bid bid;
    bid.legacy = get_bool(r);
    bid.tip = bytes_get_u64(r);
    bid.cap = bytes_get_u64(r);
    bid.gas = bytes_get_u64(r);
    bid.extra = bytes_get_u128(r);
    return bid;
}

static void put_attempt(struct bytes_writer *w, const struct anchor_attempt *attempt)
{
    bytes_put_u32(w, attempt->seq);
    put_hash(w, &attempt->hash);
    put_bid(w, &attempt->bid);
    bytes_put_u64(w, attempt->made_at);
    bytes_put_u8(w, attempt->accepted);
    bytes_put_u8(w, attempt->imported);
}

static struct anchor_attempt get_attempt(struct bytes_reader *r)
{
    struct anchor_attempt attempt = {.saved = true};
    attempt.seq = bytes_get_u32(r);
    attempt.hash = get_hash(r);
    attempt.bid = get_bid(r);
    attempt.made_at = bytes_get_u64(r);
    attempt.accepted = get_bool(r);
    attempt.imported = get_bool(r);
    return attempt;
}

static void put_mined(struct bytes_writer *w, const struct anchor_mined *mined)
{
    bytes_put_u32(w, mined->seq);
    bytes_put_u64(w, mined->block);
    put_hash(w, &mined->block_hash);
    bytes_put_u32(w, mined->tx_index);
    bytes_put_u64(w, mined->block_time);
    bytes_put_u8(w, mined->useful);
    bytes_put_u128(w, mined->cost);
}

static struct anchor_mined get_mined(struct bytes_reader *r)
{
    struct anchor_mined mined;
    mined.seq = bytes_get_u32(r);
    mined.block = bytes_get_u64(r);
    mined.block_hash = get_hash(r);
    mined.tx_index = bytes_get_u32(r);
    mined.block_time = bytes_get_u64(r);
    mined.useful = get_bool(r);
    mined.cost = bytes_get_u128(r);
    return mined;
}

void anchor_encode(const struct anchor_job *job, uint8_t ret[ANCHOR_MAX_BLOB], size_t *ret_len)
{
    struct bytes_writer w = bytes_writer(ret, ANCHOR_MAX_BLOB);
    bytes_put_u8(&w, BLOB_VERSION);
    bytes_put_u64(&w, job->k);
    put_hash(&w, &job->value);
    bytes_put_u8(&w, (uint8_t)job->state);
    bytes_put_u8(&w, job->has_nonce);
    bytes_put_u64(&w, job->nonce);
    bytes_put_u32(&w, job->next_seq);
    bytes_put_u8(&w, (uint8_t)job->n_attempts);
    for (uint32_t i = 0; i < job->n_attempts; i++)
        put_attempt(&w, &job->attempts[i]);
    put_bid(&w, &job->draft);
    put_mined(&w, &job->mined);
    bytes_put_u128(&w, job->cost);
    bytes_put_u32(&w, job->n_foreign);
    bytes_put_u32(&w, job->n_reverted);
    bytes_put_u32(&w, job->n_reorgs);
    put_hash(&w, &job->stranger);
    bytes_put_u64(&w, job->covered_by);
    bytes_put_u64(&w, job->queued_at);
    bytes_put_u64(&w, job->sent_at);
    bytes_put_u64(&w, job->mined_at);
    bytes_put_u64(&w, job->final_at);
    bytes_put_u8(&w, job->has_evidence);
    bytes_put_u8(&w, job->done);
    bytes_put_u32(&w, job->alarms & ALARMS_OF_HISTORY);
    bytes_put_u8(&w, (uint8_t)job->call);
    bytes_put(&w, job->from.b, sizeof job->from.b);
    *ret_len = w.len;
}

static void get_attempts(struct bytes_reader *r, struct anchor_job *job)
{
    job->n_attempts = bytes_get_u8(r);
    if (job->n_attempts > ANCHOR_MAX_ATTEMPTS) {
        r->failed = true;
        job->n_attempts = 0;
    }
    for (uint32_t i = 0; i < job->n_attempts; i++)
        job->attempts[i] = get_attempt(r);
}

static void get_rest(struct bytes_reader *r, struct anchor_job *job)
{
    job->draft = get_bid(r);
    job->mined = get_mined(r);
    job->cost = bytes_get_u128(r);
    job->booked = job->cost;
    job->n_foreign = bytes_get_u32(r);
    job->n_reverted = bytes_get_u32(r);
    job->n_reorgs = bytes_get_u32(r);
    job->stranger = get_hash(r);
    job->covered_by = bytes_get_u64(r);
    job->queued_at = bytes_get_u64(r);
    job->sent_at = bytes_get_u64(r);
    job->mined_at = bytes_get_u64(r);
    job->final_at = bytes_get_u64(r);
    job->has_evidence = get_bool(r);
    job->done = get_bool(r);
    job->alarms = bytes_get_u32(r);
}

static void get_call(struct bytes_reader *r, struct anchor_job *job)
{
    uint8_t call = bytes_get_u8(r);
    bytes_get(r, job->from.b, sizeof job->from.b);
    r->failed |= call > ANCHOR_CALL_REVOKE;
    job->call = (enum anchor_call)call;
}

/* What the step takes for granted: a nonce without attempts is ASSIGNED, attempts have a nonce, a mined
 * attempt is among them. */
static bool is_sound(const struct anchor_job *job)
{
    if (anchor_is_call(job) != (job->k >= ANCHOR_CALLS))
        return false;
    switch (job->state) {
    case ANCHOR_QUEUED:
    case ANCHOR_FOREIGN:
    case ANCHOR_REVERTED:
        return !job->has_nonce && job->n_attempts == 0 && !job->done;
    case ANCHOR_COVERED:
    case ANCHOR_ORPHANED:
        return !job->has_nonce && job->n_attempts == 0 && job->done;
    case ANCHOR_ASSIGNED:
        return job->has_nonce && job->n_attempts == 0;
    case ANCHOR_SIGNED:
    case ANCHOR_SENT:
    case ANCHOR_FEE_CAPPED:
    case ANCHOR_SUSPECT:
        return job->has_nonce && job->n_attempts > 0;
    case ANCHOR_MINED:
        return job->has_nonce && anchor_attempt(job, job->mined.seq) != NULL;
    case ANCHOR_FINAL:
        return job->has_nonce && anchor_attempt(job, job->mined.seq) != NULL && job->cost >= job->mined.cost;
    }
    return false;
}

enum err_code anchor_decode(struct anchor_job *ret, const void *data, size_t len, struct err *e)
{
    struct bytes_reader r = bytes_reader(data, len);
    uint8_t version = bytes_get_u8(&r);
    if (!r.failed && version != BLOB_VERSION && version != BLOB_VERSION_1)
        return err_set(e, ERR_VERSION, "anchor record has version %u, this program knows %u", version,
                       BLOB_VERSION);
    struct anchor_job job = {.k = bytes_get_u64(&r)};
    job.value = get_hash(&r);
    job.state = bytes_get_u8(&r);
    job.has_nonce = get_bool(&r);
    job.nonce = bytes_get_u64(&r);
    job.next_seq = bytes_get_u32(&r);
    get_attempts(&r, &job);
    get_rest(&r, &job);
    if (version == BLOB_VERSION)
        get_call(&r, &job);
    if (!bytes_done(&r) || !is_sound(&job))
        return err_set(e, ERR_CORRUPT, "anchor record of %zu bytes is damaged", len);
    *ret = job;
    return ERR_OK;
}

/* ------------------------------------------------------------------ names */

const char *anchor_state_name(enum anchor_state state)
{
    static const char *const NAMES[] = {
        [ANCHOR_QUEUED] = "queued",       [ANCHOR_ASSIGNED] = "assigned",
        [ANCHOR_SIGNED] = "signed",       [ANCHOR_SENT] = "sent",
        [ANCHOR_FEE_CAPPED] = "fee-capped", [ANCHOR_SUSPECT] = "suspect",
        [ANCHOR_MINED] = "mined",         [ANCHOR_FINAL] = "final",
        [ANCHOR_FOREIGN] = "foreign",     [ANCHOR_REVERTED] = "reverted",
        [ANCHOR_COVERED] = "covered",     [ANCHOR_ORPHANED] = "orphaned",
    };
    return NAMES[state];
}

const char *anchor_call_name(enum anchor_call call)
{
    static const char *const NAMES[] = {
        [ANCHOR_CALL_NONE] = "anchor",
        [ANCHOR_CALL_AUTHORIZE] = "authorize",
        [ANCHOR_CALL_DEAUTHORIZE] = "deauthorize",
        [ANCHOR_CALL_REVOKE] = "revoke",
    };
    return NAMES[call];
}

const char *anchor_do_name(enum anchor_do what)
{
    static const char *const NAMES[] = {
        [ANCHOR_DO_WAIT] = "wait",         [ANCHOR_DO_SAVE] = "save",
        [ANCHOR_DO_QUOTE] = "quote",       [ANCHOR_DO_SIGN] = "sign",
        [ANCHOR_DO_SEND] = "send",         [ANCHOR_DO_LOOK] = "look",
        [ANCHOR_DO_CHECK] = "check",       [ANCHOR_DO_LOCATE] = "locate",
        [ANCHOR_DO_EVIDENCE] = "evidence", [ANCHOR_DO_DONE] = "done",
    };
    return NAMES[what];
}

const char *anchor_what_name(enum anchor_what what)
{
    static const char *const NAMES[] = {
        [ANCHOR_EV_TICK] = "tick",       [ANCHOR_EV_GO] = "go",
        [ANCHOR_EV_COVER] = "cover",     [ANCHOR_EV_RETRY] = "retry",
        [ANCHOR_EV_ADOPT] = "adopt",     [ANCHOR_EV_SAVED] = "saved",
        [ANCHOR_EV_QUOTE] = "quote",     [ANCHOR_EV_SIGNED] = "signed",
        [ANCHOR_EV_SENT] = "sent",       [ANCHOR_EV_LOOKED] = "looked",
        [ANCHOR_EV_CHECKED] = "checked", [ANCHOR_EV_LOCATED] = "located",
        [ANCHOR_EV_EVIDENCE] = "evidence", [ANCHOR_EV_FAILED] = "failed",
        [ANCHOR_EV_ORPHAN] = "orphan",
    };
    return NAMES[what];
}
