/* What the chain says of a value under way: see tasklook.h. */
#include "daemon/tasklook.h"

#include <inttypes.h>
#include <string.h>

#include "common/registry.h"
#include "daemon/log.h"

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

/* The event of a call: what was asked for, by the key that asked. */
static bool has_event(const struct task *task, const struct ethreceipt_log *logs, size_t n)
{
    static const enum registry_what WHAT[] = {
        [ANCHOR_CALL_AUTHORIZE] = REGISTRY_KEY_ADDED,
        [ANCHOR_CALL_DEAUTHORIZE] = REGISTRY_KEY_REMOVED,
        [ANCHOR_CALL_REVOKE] = REGISTRY_REVOKED,
    };
    const struct anchor_job *job = &task->job;
    for (size_t i = 0; i < n; i++) {
        struct registry_event event;
        if (!registry_read(&event, &logs[i], &task->env->to) || event.what != WHAT[job->call] ||
            memcmp(&event.issuer, &job->from, sizeof event.issuer) != 0)
            continue;
        struct hash32 argument = job->call == ANCHOR_CALL_REVOKE ? event.value : registry_word(&event.key);
        if (hash32_equal(&argument, &job->value))
            return true;
    }
    return false;
}

static bool is_useful(const struct task *task, const struct ethrpc_receipt *r)
{
    if (!task->env->policy.registry)
        return true;
    struct ethreceipt_log logs[16];
    size_t n = r->logs.n < 16 ? r->logs.n : 16;
    for (size_t i = 0; i < n; i++)
        logs[i] = r->logs.item[i].log;
    if (!r->has_status || !r->ok)
        return false;
    return anchor_is_call(&task->job)
               ? has_event(task, logs, n)
               : registry_has_anchored(logs, n, &task->env->to, &task->job.value, &task->job.from);
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
        taskbase_ask(task, (struct ethrpc_request){.method = ETHRPC_BLOCK_BY_NUMBER, .block = out->mined.block}, on_canonical);
    else
        look_next(task);
}

/* Receipts of all attempts, newest first; nothing follows from one that is missing. */
static void look_next(struct task *task)
{
    if (task->ask.cancelled)
        return;
    if (task->look_at == 0) {
        taskbase_answer(task, ANCHOR_EV_LOOKED);
        return;
    }
    task->look_at--;
    taskbase_ask(task, (struct ethrpc_request){.method = ETHRPC_RECEIPT, .hash = task->job.attempts[task->look_at].hash},
        on_receipt);
}

void tasklook_look(struct task *task)
{
    if (!task->env->view->lane.rpc_ok) {
        taskbase_fail(task);
        return;
    }
    /* The view is older than the receipts: a nonce that it calls used has a receipt by now. */
    task->event.looked = (struct anchor_looked){.chain = task->env->view->anchor};
    task->event.looked.chain.other_key = memcmp(&task->job.from, &task->env->sender, sizeof task->job.from) != 0;
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
    taskbase_answer(task, ANCHOR_EV_CHECKED);
}

void tasklook_check(struct task *task)
{
    if (task->env->view->lane.rpc_ok)
        taskbase_ask(task, (struct ethrpc_request){.method = ETHRPC_BLOCK_BY_NUMBER, .block = task->job.mined.block}, on_checked);
    else
        taskbase_fail(task);
}

/* ------------------------------------------------------------------ LOCATE */

static void on_located(struct locate *l)
{
    struct task *task = l->user;
    bool same = l->found && l->is_anchor && !anchor_is_call(&task->job) && hash32_equal(&l->value, &task->job.value);
    task->event.located = (struct anchor_located){
        .user = !l->found ? ANCHOR_USER_UNKNOWN : same ? ANCHOR_USER_SAME : ANCHOR_USER_STRANGER,
        .hash = l->hash,
    };
    task->ask.cancelled = l->cancelled;
    taskbase_answer(task, ANCHOR_EV_LOCATED);
}

void tasklook_locate(struct task *task)
{
    const struct chainview *view = task->env->view;
    task->locate.chain = task->env->chain;
    task->locate.sender = task->job.from;
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
        taskbase_answer(task, ANCHOR_EV_EVIDENCE);
        return;
    }
    text_clear(&task->evidence);
    if (!c->cancelled)
        log_warning("evidence-failed", "%s error=%s", taskbase_name(&task->job).s, log_quote(c->err.msg).s);
    taskbase_fail(task);
}

void tasklook_evidence(struct task *task)
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
