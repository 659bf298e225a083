/* Price, signature and sending of one attempt: see tasksend.h. */
#include "daemon/tasksend.h"

#include <inttypes.h>
#include <string.h>

#include "common/ethtx.h"
#include "daemon/fault.h"
#include "daemon/log.h"

/* ------------------------------------------------------------------ QUOTE */

static void finish_quote(struct task *task)
{
    struct anchor_quote *quote = &task->event.quote;
    task->env->price = (wei)quote->market.base + quote->market.tip;
    task->env->l1_price = quote->l1_fee;
    quote->next_nonce = task->env->lane.next_nonce;
    quote->sender = task->env->sender;
    quote->room = task->env->room(task->env->owner);
    taskbase_answer(task, ANCHOR_EV_QUOTE);
}

/* On a chain that is known to take an L1 fee nothing is signed before that is known. */
static void on_l1_fee(struct chain_ask *a)
{
    struct task *task = a->user;
    enum l1fee found = l1fee_read(a, &task->event.quote.l1_fee);
    if (found != L1FEE_UNKNOWN)
        task->env->l1fee = found;
    if (found == L1FEE_UNKNOWN && task->env->l1fee == L1FEE_KNOWN)
        taskbase_fail(task);
    else
        finish_quote(task);
}

static void on_estimate(struct chain_ask *a)
{
    struct task *task = a->user;
    wei least, most;
    /* The dearest answer: a limit that is too low wastes the whole fee. */
    task->event.quote.gas = chain_amounts(a, &least, &most) ? taskbase_clamp(most) : 0;
    for (size_t i = 0; i < a->n; i++)
        if (a->replies[i].refused)
            log_warning("estimate-refused", "%s endpoint=%s error=%s", taskbase_name(&task->job).s,
                        rpc_endpoint_label(task->env->chain->rpc, a->endpoints[i]), log_quote(a->replies[i].message).s);
    uint8_t call[L1FEE_CALL_LEN];
    if (task->env->l1fee == L1FEE_NONE)
        finish_quote(task);
    else
        taskbase_ask(task, l1fee_request(&task->job.value, call), on_l1_fee);
}

static void ask_estimate(struct task *task)
{
    struct ethrpc_request request = {
        .method = ETHRPC_ESTIMATE_GAS,
        .address = task->env->sender,
        .has_to = true,
        .to = task->env->to,
        .data = {task->data, task->data_len},
    };
    taskbase_ask(task, request, on_estimate);
}

static void on_gas_price(struct chain_ask *a)
{
    struct task *task = a->user;
    wei least, most;
    if (!chain_amounts(a, &least, &most)) {
        taskbase_fail(task);
        return;
    }
    task->event.quote.market = fee_market_legacy(taskbase_clamp(least));
    ask_estimate(task);
}

static void on_tip(struct chain_ask *a)
{
    struct task *task = a->user;
    wei least, most;
    if (chain_amounts(a, &least, &most))
        task->event.quote.market.tip = taskbase_clamp(least);
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
        history.base[i] = taskbase_clamp(block->base_fee);
        history.tip[i] = taskbase_clamp(block->reward50);
        history.used[i] = block->used;
        *ret_tips |= block->used;
    }
    history.base[history.n_blocks] = taskbase_clamp(from->next_base_fee);
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
            taskbase_ask(task, (struct ethrpc_request){.method = ETHRPC_MAX_PRIORITY_FEE}, on_tip);
        return;
    }
    taskbase_fail(task);
}

void tasksend_quote(struct task *task)
{
    memset(&task->event.quote, 0, sizeof task->event.quote);
    if (task->env->view->head.has_base_fee)
        taskbase_ask(task, (struct ethrpc_request){.method = ETHRPC_FEE_HISTORY, .n_blocks = FEE_BLOCKS, .block = ETHRPC_LATEST},
            on_history);
    else
        taskbase_ask(task, (struct ethrpc_request){.method = ETHRPC_GAS_PRICE}, on_gas_price);
}

/* ------------------------------------------------------------------ SIGN */

/* What must be signed: exactly this, nothing else is accepted. */
static struct ethtx transaction_of(const struct task *task)
{
    const struct anchor_job *job = &task->job;
    return (struct ethtx){
        .type = job->draft.legacy ? ETHTX_LEGACY : ETHTX_DYNAMIC_FEE,
        .has_chain_id = true,
        .chain_id = task->env->log->chain_id,
        .nonce = job->nonce,
        .gas = job->draft.gas,
        .max_fee = job->draft.cap,
        .max_priority_fee = job->draft.tip,
        .has_to = true,
        .to = task->env->to,
        .data = {task->data, task->data_len},
    };
}

static enum anchor_alarm alarm_of(enum signer_fault fault)
{
    switch (fault) {
    case SIGNER_NONE:
    case SIGNER_DOWN:
    case SIGNER_SLOW:
        return ANCHOR_ALARM_SIGNER;
    case SIGNER_REFUSED:
        return ANCHOR_ALARM_SIGNER_REFUSES;
    case SIGNER_GARBAGE:
    case SIGNER_ALTERED:
    case SIGNER_OTHER_KEY:
        return ANCHOR_ALARM_SIGNER_WRONG;
    }
    return ANCHOR_ALARM_SIGNER;
}

static void on_signed(struct signer_request *r)
{
    struct task *task = r->user;
    struct proofs_attempt attempt = {.from = r->from, .to = r->tx.to, .raw = {r->raw, r->raw_len}};
    if (r->err.code == ERR_CANCELLED) {
        task->ask.cancelled = true;
        return;
    }
    task->ask.cancelled = false;
    if (r->err.code != ERR_OK) {
        log_error("sign-failed", "%s fault=%s error=%s", taskbase_name(&task->job).s, signer_fault_name(r->fault),
                  log_quote(r->err.msg).s);
        task->event.alarm = alarm_of(r->fault);
        taskbase_fail(task);
        return;
    }
    task->raw_hash = r->hash;
    task->raw_len = proofs_attempt_encode(&attempt, task->raw);
    task->raw_seq = task->action.seq;
    task->event.hash = r->hash;
    taskbase_answer(task, ANCHOR_EV_SIGNED);
}

void tasksend_sign(struct task *task)
{
    task->sign.from = task->job.from;
    task->sign.tx = transaction_of(task);
    task->sign.user = task;
    task->sign.done = on_signed;
    signer_sign(task->env->signer, &task->sign);
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
        if (taskbase_clamp(reply->fault.min_cap) > sent->min_cap)
            sent->min_cap = taskbase_clamp(reply->fault.min_cap);
        if (taskbase_clamp(reply->fault.min_tip) > sent->min_tip)
            sent->min_tip = taskbase_clamp(reply->fault.min_tip);
        if (bit == ANCHOR_REPLY_CHAIN)
            rpc_quarantine(rpc, a->endpoints[i], "it says that our transaction is for another chain");
        if ((bit & (ANCHOR_REPLY_ACCEPTED | ANCHOR_REPLY_KNOWN)) == 0)
            log_warning("send-refused", "%s attempt=%" PRIu32 " endpoint=%s class=%s error=%s", taskbase_name(&task->job).s,
                        task->action.seq, rpc_endpoint_label(rpc, a->endpoints[i]), ethfault_name(reply->fault.class),
                        log_quote(reply->message).s);
    }
    fault_point("sent");
    taskbase_answer(task, ANCHOR_EV_SENT);
}

/* The stored bytes, and only those, ever leave this process. */
void tasksend_send(struct task *task)
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
            taskbase_ask(task, (struct ethrpc_request){.method = ETHRPC_SEND_RAW, .data = attempt.raw}, on_sent);
        store_read_end(&read);
    }
    if (rc != ERR_OK) {
        log_error("send-failed", "%s attempt=%" PRIu32 " error=%s", taskbase_name(&task->job).s, task->action.seq,
                  log_quote(e.msg).s);
        taskbase_fail(task);
    }
}
