/* One anchored value under way: see task.h. One function an action, in the order of a value's life; at
 * the end the loop that steps and performs. */
#include "daemon/task.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/ethtx.h"
#include "common/hex.h"
#include "common/keccak.h"
#include "common/registry.h"
#include "daemon/fault.h"
#include "daemon/log.h"

static void answer(struct task *task, enum anchor_what what);
static void fail(struct task *task);

static uint64_t clamp_u64(wei amount)
{
    return amount > UINT64_MAX ? UINT64_MAX : (uint64_t)amount;
}

static void ask(struct task *task, struct ethrpc_request request, void (*done)(struct chain_ask *))
{
    task->ask.user = task;
    chain_ask(task->env->chain, &task->ask, &request, done);
}

/* ------------------------------------------------------------------ WAIT */

static void on_timer(uv_timer_t *timer)
{
    struct task *task = timer->data;
    struct anchor_event tick = {.what = ANCHOR_EV_TICK};
    if (task->idle)
        task_give(task, &tick);
}

static void do_wait(struct task *task)
{
    task->idle = true;
    if (task->action.wait_ms != ANCHOR_NO_WAKE)
        uv_timer_start(&task->timer, on_timer, task->action.wait_ms, 0);
    task->env->on_idle(task->env->owner, task);
}

/* ------------------------------------------------------------------ SAVE */

/* What the state of an anchor says of its batch. It is called final once its proofs are complete: with
 * evidence, or without it for good. */
static enum store_status batch_status(const struct anchor_job *job, bool evidence)
{
    switch (job->state) {
    case ANCHOR_QUEUED:
    case ANCHOR_ASSIGNED:
    case ANCHOR_SIGNED:
    case ANCHOR_FOREIGN:
    case ANCHOR_REVERTED:
    case ANCHOR_COVERED:
        return STORE_SEALED;
    case ANCHOR_SENT:
    case ANCHOR_FEE_CAPPED:
    case ANCHOR_SUSPECT:
        return STORE_SENT;
    case ANCHOR_MINED:
        return STORE_MINED;
    case ANCHOR_FINAL:
        return !evidence || job->has_evidence || job->done ? STORE_FINAL : STORE_MINED;
    }
    return STORE_SEALED;
}

static bool is_covered(const struct store_read *read, uint64_t k)
{
    struct slice blob;
    struct anchor_job job;
    bool final;
    return store_anchor(read, k, &blob, &final, NULL) == ERR_OK &&
           anchor_decode(&job, blob.data, blob.len, NULL) == ERR_OK && job.state == ANCHOR_COVERED;
}

/* Mark the batch, and those just before it that this anchor proves too. */
static enum err_code mark(struct store_write *w, const struct task *task, struct err *e)
{
    const struct store_read *read = store_write_view(w);
    const struct anchor_job *job = &task->job;
    enum store_status status = batch_status(job, task->env->policy.evidence);
    uint64_t k = job->k, final_at = status == STORE_FINAL ? job->final_at : 0;
    struct store_batch before;
    enum err_code rc = store_batch_mark(w, k, status, job->mined_at, final_at, e);
    while (rc == ERR_OK && store_batch_before(read, k, &before, NULL) == ERR_OK && is_covered(read, before.k)) {
        k = before.k;
        rc = store_batch_mark(w, k, status, job->mined_at, final_at, e);
    }
    return rc;
}

/* What the stored lane keeps of this job. The one in memory follows once this is committed: another job's
 * save must never make a nonce durable whose job is not. */
static enum err_code note_lane(struct store_write *w, const struct task *task, struct err *e)
{
    struct lane lane = {0};
    struct slice stored;
    uint8_t blob[LANE_MAX_BLOB];
    size_t len;
    enum err_code rc = store_meta(store_write_view(w), TASK_LANE_META, &stored, e);
    if (rc == ERR_OK)
        rc = lane_decode(&lane, stored.data, stored.len, e);
    if (rc != ERR_OK && rc != ERR_NOT_FOUND)
        return rc;
    lane = lane_note(&lane, &task->job, task->saving_at);
    lane_encode(&lane, blob, &len);
    return store_meta_put(w, TASK_LANE_META, blob, len, e);
}

/* Attempts that a former life of the store had made and the chain showed: we know who sent them where. */
static enum err_code put_imported(struct store_write *w, const struct task *task, struct err *e)
{
    uint8_t bytes[PROOFS_ATTEMPT_MAX];
    struct proofs_attempt attempt = {.from = task->env->sender, .to = task->env->to};
    size_t len = proofs_attempt_encode(&attempt, bytes);
    enum err_code rc = ERR_OK;
    for (uint32_t i = 0; rc == ERR_OK && i < task->job.n_attempts; i++)
        if (task->job.attempts[i].imported)
            rc = store_attempt_put(w, task->job.k, task->job.attempts[i].seq, &task->job.attempts[i].hash, bytes, len, e);
    return rc;
}

/* Pool thread. */
static enum err_code apply_save(struct store_write *w, struct storeq_req *req, struct err *e)
{
    struct task *task = (struct task *)((char *)req - offsetof(struct task, put));
    uint64_t k = task->job.k;
    enum err_code rc = store_anchor_put(w, k, task->job.done, task->blob, task->blob_len, e);
    if (rc == ERR_OK)
        rc = note_lane(w, task, e);
    if (rc == ERR_OK)
        rc = put_imported(w, task, e);
    if (rc == ERR_OK && task->raw_seq != 0)
        rc = store_attempt_put(w, k, task->raw_seq, &task->raw_hash, task->raw, task->raw_len, e);
    if (rc == ERR_OK && task->evidence.len > 0) /* with its NUL: it is handed out as a string */
        rc = store_evidence_put(w, k, task->evidence.data, task->evidence.len + 1, e);
    if (rc == ERR_OK && task->job.state != ANCHOR_COVERED) /* a covered batch is marked by what covers it */
        rc = mark(w, task, e);
    return rc;
}

static void log_state(const struct task *task)
{
    const struct anchor_job *job = &task->job;
    const struct anchor_attempt *last = job->n_attempts > 0 ? &job->attempts[job->n_attempts - 1] : NULL;
    char tx[67] = "-";
    if (last != NULL) {
        memcpy(tx, "0x", 2);
        hex_encode(tx + 2, last->hash.b, sizeof last->hash.b);
    }
    log_info("anchor", "batch=%" PRIu64 " state=%s nonce=%" PRIu64 " attempts=%" PRIu32 " tx=%s block=%" PRIu64, job->k,
             anchor_state_name(job->state), job->nonce, job->n_attempts, tx, job->mined.block);
}

static void on_saved(struct storeq_req *req, enum err_code status)
{
    struct task *task = (struct task *)((char *)req - offsetof(struct task, put));
    if (status != ERR_OK) {
        log_error("save-failed", "batch=%" PRIu64 " error=%s", task->job.k, log_quote(req->err.msg).s);
        fail(task);
        return;
    }
    task->env->lane = lane_note(&task->env->lane, &task->job, task->saving_at);
    task->raw_seq = 0;
    text_clear(&task->evidence);
    if (task->saved_state != task->job.state) {
        task->saved_state = task->job.state;
        log_state(task);
        fault_point(anchor_state_name(task->job.state));
    }
    task->env->on_saved(task->env->owner, task);
    answer(task, ANCHOR_EV_SAVED);
}

static void do_save(struct task *task)
{
    struct task_env *env = task->env;
    struct err e;
    task->saving_at = clock_unix_s(env->clock);
    anchor_encode(&task->job, task->blob, &task->blob_len);
    task->put = (struct storeq_req){.apply = apply_save, .done = on_saved};
    if (storeq_submit(env->storeq, &task->put, &e) != ERR_OK)
        fail(task);
}

/* ------------------------------------------------------------------ QUOTE */

static void on_estimate(struct chain_ask *a)
{
    struct task *task = a->user;
    wei least, most;
    /* The dearest answer: a limit that is too low wastes the whole fee. */
    task->event.quote.gas = chain_amounts(a, &least, &most) ? clamp_u64(most) : 0;
    for (size_t i = 0; i < a->n; i++)
        if (a->replies[i].refused)
            log_warning("estimate-refused", "batch=%" PRIu64 " endpoint=%s error=%s", task->job.k,
                        rpc_endpoint_label(task->env->chain->rpc, a->endpoints[i]), log_quote(a->replies[i].message).s);
    task->event.quote.next_nonce = task->env->lane.next_nonce;
    task->event.quote.room = task->env->room(task->env->owner);
    answer(task, ANCHOR_EV_QUOTE);
}

static void ask_estimate(struct task *task)
{
    struct ethrpc_request request = {
        .method = ETHRPC_ESTIMATE_GAS,
        .address = task->env->sender,
        .has_to = true,
        .to = task->env->to,
        .data = {task->job.value.b, sizeof task->job.value.b},
    };
    ask(task, request, on_estimate);
}

static void on_gas_price(struct chain_ask *a)
{
    struct task *task = a->user;
    wei least, most;
    if (!chain_amounts(a, &least, &most)) {
        fail(task);
        return;
    }
    task->event.quote.market = fee_market_legacy(clamp_u64(least));
    ask_estimate(task);
}

static void on_tip(struct chain_ask *a)
{
    struct task *task = a->user;
    wei least, most;
    if (chain_amounts(a, &least, &most))
        task->event.quote.market.tip = clamp_u64(least);
    ask_estimate(task);
}

/* Out: whether any block says something about tips. */
static struct fee_market market_of(const struct ethrpc_fee_history *from, bool *ret_tips)
{
    struct fee_history history = {.n_blocks = from->n_blocks < FEE_BLOCKS ? from->n_blocks : FEE_BLOCKS};
    size_t skip = from->n_blocks - history.n_blocks;
    *ret_tips = false;
    for (size_t i = 0; i < history.n_blocks; i++) {
        const struct ethrpc_fee_block *block = &from->blocks[skip + i];
        history.base[i] = clamp_u64(block->base_fee);
        history.tip[i] = clamp_u64(block->reward50);
        history.used[i] = block->used;
        *ret_tips |= block->used;
    }
    history.base[history.n_blocks] = clamp_u64(from->next_base_fee);
    return fee_market_of(&history, 0);
}

static void on_history(struct chain_ask *a)
{
    struct task *task = a->user;
    struct ethrpc_fee_history history;
    for (size_t i = 0; i < a->n; i++) {
        bool tips;
        if (ethrpc_get_fee_history(&a->replies[i], &history, NULL) != ERR_OK)
            continue;
        task->event.quote.market = market_of(&history, &tips);
        if (tips)
            ask_estimate(task);
        else
            ask(task, (struct ethrpc_request){.method = ETHRPC_MAX_PRIORITY_FEE}, on_tip);
        return;
    }
    fail(task);
}

static void do_quote(struct task *task)
{
    memset(&task->event.quote, 0, sizeof task->event.quote);
    if (task->env->view->head.has_base_fee)
        ask(task, (struct ethrpc_request){.method = ETHRPC_FEE_HISTORY, .n_blocks = FEE_BLOCKS, .block = ETHRPC_LATEST},
            on_history);
    else
        ask(task, (struct ethrpc_request){.method = ETHRPC_GAS_PRICE}, on_gas_price);
}

/* ------------------------------------------------------------------ SIGN */

static enum err_code sign(struct task *task, struct err *e)
{
    const struct anchor_job *job = &task->job;
    const struct task_env *env = task->env;
    struct ethtx tx = {
        .type = job->draft.legacy ? ETHTX_LEGACY : ETHTX_DYNAMIC_FEE,
        .has_chain_id = true,
        .chain_id = env->log->chain_id,
        .nonce = job->nonce,
        .gas = job->draft.gas,
        .max_fee = job->draft.cap,
        .max_priority_fee = job->draft.tip,
        .has_to = true,
        .to = env->to,
        .data = {job->value.b, sizeof job->value.b},
    };
    uint8_t raw[PROOFS_ATTEMPT_MAX];
    struct bytes_writer w = bytes_writer(raw, sizeof raw);
    struct ethtx_signature signature;
    struct bytes_writer unsigned_form = bytes_writer(raw, sizeof raw);
    struct hash32 sighash;
    enum err_code rc = ethtx_put_unsigned(&unsigned_form, &tx, e);
    if (rc == ERR_OK)
        sighash = keccak_256(unsigned_form.data, unsigned_form.len);
    if (rc == ERR_OK)
        rc = signer_sign(env->signer, &sighash, &signature, e);
    if (rc == ERR_OK)
        rc = ethtx_put_signed(&w, &tx, &signature, e);
    if (rc == ERR_OK)
        rc = ethtx_check_signed(w.data, w.len, &tx, &env->sender, &task->raw_hash, e);
    if (rc != ERR_OK)
        return rc;
    struct proofs_attempt attempt = {.from = env->sender, .to = env->to, .raw = {w.data, w.len}};
    task->raw_len = proofs_attempt_encode(&attempt, task->raw);
    task->raw_seq = task->action.seq;
    return ERR_OK;
}

static void do_sign(struct task *task)
{
    struct err e;
    if (sign(task, &e) != ERR_OK) {
        log_error("sign-failed", "batch=%" PRIu64 " error=%s", task->job.k, log_quote(e.msg).s);
        fail(task);
        return;
    }
    task->event.hash = task->raw_hash;
    answer(task, ANCHOR_EV_SIGNED);
}

/* ------------------------------------------------------------------ SEND */

static uint32_t reply_bit(const struct ethrpc_reply *reply)
{
    if (!reply->refused)
        return ANCHOR_REPLY_ACCEPTED;
    switch (reply->fault.class) {
    case ETHFAULT_KNOWN:
        return ANCHOR_REPLY_KNOWN;
    case ETHFAULT_NONCE_LOW:
        return ANCHOR_REPLY_NONCE_LOW;
    case ETHFAULT_NONCE_HIGH:
        return ANCHOR_REPLY_NONCE_HIGH;
    case ETHFAULT_REPLACEMENT:
        return ANCHOR_REPLY_REPLACEMENT;
    case ETHFAULT_BELOW_BASE:
        return ANCHOR_REPLY_BELOW_BASE;
    case ETHFAULT_UNDERPRICED:
        return ANCHOR_REPLY_UNDERPRICED;
    case ETHFAULT_FUNDS:
        return ANCHOR_REPLY_FUNDS;
    case ETHFAULT_POOL_FULL:
        return ANCHOR_REPLY_POOL_FULL;
    case ETHFAULT_FEE_CAP:
        return ANCHOR_REPLY_FEE_CAP;
    case ETHFAULT_GAS:
        return ANCHOR_REPLY_GAS;
    case ETHFAULT_CHAIN:
        return ANCHOR_REPLY_CHAIN;
    case ETHFAULT_SYNC:
        return ANCHOR_REPLY_SYNC;
    case ETHFAULT_UNKNOWN:
    case ETHFAULT_NO_METHOD:
    case ETHFAULT_NO_BLOCK:
    case ETHFAULT_TOO_MUCH:
        return ANCHOR_REPLY_UNKNOWN;
    }
    return ANCHOR_REPLY_UNKNOWN;
}

static void on_sent(struct chain_ask *a)
{
    struct task *task = a->user;
    struct rpc *rpc = task->env->chain->rpc;
    struct anchor_sent *sent = &task->event.sent;
    *sent = (struct anchor_sent){0};
    if (a->n < a->fanout.n_calls) /* no answer: perhaps it was sent all the same */
        sent->replies |= ANCHOR_REPLY_UNKNOWN;
    for (size_t i = 0; i < a->n; i++) {
        const struct ethrpc_reply *reply = &a->replies[i];
        uint32_t bit = reply_bit(reply);
        sent->replies |= bit;
        if (clamp_u64(reply->fault.min_cap) > sent->min_cap)
            sent->min_cap = clamp_u64(reply->fault.min_cap);
        if (clamp_u64(reply->fault.min_tip) > sent->min_tip)
            sent->min_tip = clamp_u64(reply->fault.min_tip);
        if (bit == ANCHOR_REPLY_CHAIN)
            rpc_quarantine(rpc, a->endpoints[i], "it says that our transaction is for another chain");
        if ((bit & (ANCHOR_REPLY_ACCEPTED | ANCHOR_REPLY_KNOWN)) == 0)
            log_warning("send-refused", "batch=%" PRIu64 " attempt=%" PRIu32 " endpoint=%s class=%s error=%s", task->job.k,
                        task->action.seq, rpc_endpoint_label(rpc, a->endpoints[i]), ethfault_name(reply->fault.class),
                        log_quote(reply->message).s);
    }
    fault_point("sent");
    answer(task, ANCHOR_EV_SENT);
}

/* The stored bytes, and only those, ever leave this process. */
static void do_send(struct task *task)
{
    struct store_read read;
    struct slice bytes;
    struct proofs_attempt attempt = {0};
    struct err e;
    enum err_code rc = store_read_begin(task->env->store, &read, &e);
    if (rc == ERR_OK) {
        rc = store_attempt(&read, task->job.k, task->action.seq, &bytes, &e);
        if (rc == ERR_OK)
            rc = proofs_attempt_decode(&attempt, bytes, &e);
        if (rc == ERR_OK) /* the request's body is a copy */
            ask(task, (struct ethrpc_request){.method = ETHRPC_SEND_RAW, .data = attempt.raw}, on_sent);
        store_read_end(&read);
    }
    if (rc != ERR_OK) {
        log_error("send-failed", "batch=%" PRIu64 " attempt=%" PRIu32 " error=%s", task->job.k, task->action.seq,
                  log_quote(e.msg).s);
        fail(task);
    }
}

/* ------------------------------------------------------------------ LOOK */

static void look_next(struct task *task);

static void on_canonical(struct chain_ask *a)
{
    struct task *task = a->user;
    struct anchor_looked *looked = &task->event.looked;
    struct anchor_receipt *receipt = &looked->receipts[looked->n_receipts];
    struct ethrpc_block block;
    bool disagree;
    receipt->canonical_known = chain_block_agreed(a, &block, &disagree);
    looked->chain.disagree |= disagree;
    if (receipt->canonical_known) {
        receipt->canonical = block.hash;
        receipt->mined.block_time = block.time;
    }
    looked->n_receipts++;
    look_next(task);
}

static bool is_useful(const struct task *task, const struct ethrpc_receipt *r)
{
    if (!task->env->policy.registry)
        return true;
    struct ethreceipt_log logs[16];
    size_t n = r->logs.n < 16 ? r->logs.n : 16;
    for (size_t i = 0; i < n; i++)
        logs[i] = r->logs.item[i].log;
    return r->has_status && r->ok &&
           registry_has_anchored(logs, n, &task->env->to, &task->job.value, &task->env->sender);
}

static void on_receipt(struct chain_ask *a)
{
    struct task *task = a->user;
    const struct anchor_attempt *attempt = &task->job.attempts[task->look_at];
    struct anchor_receipt *out = &task->event.looked.receipts[task->event.looked.n_receipts];
    bool found = false;
    for (size_t i = 0; i < a->n && !found; i++) {
        struct ethrpc_receipt r = {0};
        if (ethrpc_get_receipt(&a->replies[i], &r, NULL) == ERR_OK && hash32_equal(&r.tx_hash, &attempt->hash)) {
            found = true;
            *out = (struct anchor_receipt){
                .seq = attempt->seq,
                .mined = {.seq = attempt->seq,
                          .block = r.block_number,
                          .block_hash = r.block_hash,
                          .tx_index = (uint32_t)r.tx_index,
                          .useful = is_useful(task, &r),
                          .cost = wei_add(wei_mul(r.gas_used, r.gas_price), r.l1_fee)},
            };
        }
        ethrpc_logs_done(&r.logs);
    }
    if (found)
        ask(task, (struct ethrpc_request){.method = ETHRPC_BLOCK_BY_NUMBER, .block = out->mined.block}, on_canonical);
    else
        look_next(task);
}

/* Receipts of all attempts, newest first; nothing follows from one that is missing. */
static void look_next(struct task *task)
{
    if (task->ask.cancelled)
        return;
    if (task->look_at == 0) {
        answer(task, ANCHOR_EV_LOOKED);
        return;
    }
    task->look_at--;
    ask(task, (struct ethrpc_request){.method = ETHRPC_RECEIPT, .hash = task->job.attempts[task->look_at].hash},
        on_receipt);
}

static void do_look(struct task *task)
{
    if (!task->env->view->lane.rpc_ok) {
        fail(task);
        return;
    }
    /* The view is older than the receipts: a nonce that it calls used has a receipt by now. */
    task->event.looked = (struct anchor_looked){.chain = task->env->view->anchor};
    task->look_at = task->job.n_attempts;
    task->ask.cancelled = false;
    look_next(task);
}

/* ------------------------------------------------------------------ CHECK */

static void on_checked(struct chain_ask *a)
{
    struct task *task = a->user;
    struct ethrpc_block block;
    bool disagree;
    struct anchor_checked *checked = &task->event.checked;
    *checked = (struct anchor_checked){.chain = task->env->view->anchor};
    checked->canonical_known = chain_block_agreed(a, &block, &disagree);
    checked->chain.disagree |= disagree;
    if (checked->canonical_known)
        checked->canonical = block.hash;
    answer(task, ANCHOR_EV_CHECKED);
}

static void do_check(struct task *task)
{
    if (task->env->view->lane.rpc_ok)
        ask(task, (struct ethrpc_request){.method = ETHRPC_BLOCK_BY_NUMBER, .block = task->job.mined.block}, on_checked);
    else
        fail(task);
}

/* ------------------------------------------------------------------ LOCATE */

static void on_located(struct locate *l)
{
    struct task *task = l->user;
    bool same = l->found && l->is_anchor && hash32_equal(&l->value, &task->job.value);
    task->event.located = (struct anchor_located){
        .user = !l->found ? ANCHOR_USER_UNKNOWN : same ? ANCHOR_USER_SAME : ANCHOR_USER_STRANGER,
        .hash = l->hash,
    };
    task->ask.cancelled = l->cancelled;
    answer(task, ANCHOR_EV_LOCATED);
}

static void do_locate(struct task *task)
{
    const struct chainview *view = task->env->view;
    task->locate.chain = task->env->chain;
    task->locate.sender = task->env->sender;
    task->locate.to = task->env->to;
    task->locate.nonce = task->job.nonce;
    task->locate.last = view->by_depth ? view->head.number - (view->head.number > view->confirmations ? view->confirmations : 0)
                                       : view->finalized.number;
    task->locate.user = task;
    task->locate.done = on_located;
    locate_start(&task->locate);
}

/* ------------------------------------------------------------------ EVIDENCE */

static void on_captured(struct capture *c)
{
    struct task *task = c->user;
    task->ask.cancelled = c->cancelled;
    if (c->err.code == ERR_OK) {
        answer(task, ANCHOR_EV_EVIDENCE);
        return;
    }
    text_clear(&task->evidence);
    if (!c->cancelled)
        log_warning("evidence-failed", "batch=%" PRIu64 " error=%s", task->job.k, log_quote(c->err.msg).s);
    fail(task);
}

static void do_evidence(struct task *task)
{
    task->capture.chain = task->env->chain;
    task->capture.block_hash = task->job.mined.block_hash;
    task->capture.block_number = task->job.mined.block;
    task->capture.tx_index = task->job.mined.tx_index;
    task->capture.genesis = task->env->view->genesis;
    task->capture.out = &task->evidence;
    task->capture.user = task;
    task->capture.done = on_captured;
    text_clear(&task->evidence);
    capture_start(&task->capture);
}

/* ------------------------------------------------------------------ step and perform */

static void do_done(struct task *task)
{
    task->env->on_done(task->env->owner, task);
}

static void step(struct task *task)
{
    static void (*const PERFORM[])(struct task *) = {
        [ANCHOR_DO_WAIT] = do_wait,   [ANCHOR_DO_SAVE] = do_save,         [ANCHOR_DO_QUOTE] = do_quote,
        [ANCHOR_DO_SIGN] = do_sign,   [ANCHOR_DO_SEND] = do_send,         [ANCHOR_DO_LOOK] = do_look,
        [ANCHOR_DO_CHECK] = do_check, [ANCHOR_DO_LOCATE] = do_locate,     [ANCHOR_DO_EVIDENCE] = do_evidence,
        [ANCHOR_DO_DONE] = do_done,
    };
    task->event.now_ms = clock_mono_ms(task->env->clock);
    task->event.now = clock_unix_s(task->env->clock);
    task->idle = false;
    task->action = anchor_step(&task->job, &task->event, &task->env->policy);
    log_debug("step", "batch=%" PRIu64 " event=%s state=%s action=%s wait_ms=%" PRIu64, task->job.k,
              anchor_what_name(task->event.what), anchor_state_name(task->job.state), anchor_do_name(task->action.what),
              task->action.what == ANCHOR_DO_WAIT ? task->action.wait_ms : 0);
    PERFORM[task->action.what](task);
}

/* The answer to the action under way. After the last one of a closing task nothing follows. */
static void answer(struct task *task, enum anchor_what what)
{
    if (task->closing || task->ask.cancelled)
        return;
    task->event.what = what;
    step(task);
}

static void fail(struct task *task)
{
    task->event.action = task->action.what;
    answer(task, ANCHOR_EV_FAILED);
}

void task_give(struct task *task, const struct anchor_event *event)
{
    assert(task->idle);
    uv_timer_stop(&task->timer);
    task->event = *event;
    step(task);
}

struct task *task_new(struct task_env *env, const struct anchor_job *job)
{
    struct task *task = calloc(1, sizeof *task);
    if (task == NULL)
        return NULL;
    task->env = env;
    task->job = *job;
    task->saved_state = job->state;
    task->idle = true;
    if (uv_timer_init(env->loop, &task->timer) != 0) {
        free(task);
        return NULL;
    }
    task->timer.data = task;
    return task;
}

static void on_closed(uv_handle_t *handle)
{
    struct task *task = handle->data;
    chain_ask_done(&task->ask);
    text_done(&task->evidence);
    free(task);
}

void task_close(struct task *task)
{
    task->closing = true;
    uv_close((uv_handle_t *)&task->timer, on_closed);
}
