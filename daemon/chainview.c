/* What is known of the chain: see chainview.h. The questions follow one another in the order of this
 * file; each answer is noted and the next question asked. */
#include "daemon/chainview.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/log.h"

static void ask(struct chainview *v, struct ethrpc_request request, void (*done)(struct chain_ask *))
{
    v->ask.user = v;
    chain_ask(v->chain, &v->ask, &request, done);
}

static void on_timer(uv_timer_t *timer);

static void finish(struct chainview *v, bool ok)
{
    v->running = false;
    if (v->closing) {
        chain_ask_done(&v->ask);
        return;
    }
    ok = ok && !v->other;
    v->other = false;
    if (ok) {
        v->stale = false;
        v->lane = v->next_lane;
        v->anchor = v->next_anchor;
        v->ever = true;
        v->looks++;
    } else {
        v->lane.rpc_ok = false;
        v->failures++;
    }
    v->lane.serial = v->looks + v->failures;
    v->lane.now = clock_unix_s(v->clock);
    v->looked_mono_ms = clock_mono_ms(v->clock);
    v->on_view(v->owner);
    bool now = v->again;
    v->again = false;
    uv_timer_start(&v->timer, on_timer, now ? 0 : v->is_busy(v->owner) ? v->busy_ms : v->idle_ms, 0);
}

/* ------------------------------------------------------------------ 7: our balance */

static void on_balance(struct chain_ask *a)
{
    struct chainview *v = a->user;
    wei most;
    finish(v, !a->cancelled && chain_amounts(a, &v->next_lane.balance, &most));
}

static void ask_balance(struct chainview *v)
{
    ask(v, (struct ethrpc_request){.method = ETHRPC_BALANCE, .address = v->sender, .block = ETHRPC_LATEST}, on_balance);
}

/* ------------------------------------------------------------------ 6: our transaction counts */

static void ask_count(struct chainview *v, uint64_t block, void (*done)(struct chain_ask *))
{
    ask(v, (struct ethrpc_request){.method = ETHRPC_TRANSACTION_COUNT, .address = v->sender, .block = block}, done);
}

static void on_pending_count(struct chain_ask *a)
{
    struct chainview *v = a->user;
    wei least, most;
    v->next_lane.pending_known = chain_amounts(a, &least, &most);
    if (v->next_lane.pending_known)
        v->next_lane.nonce_pending = (uint64_t)most;
    ask_balance(v);
}

static void on_final_count(struct chain_ask *a)
{
    struct chainview *v = a->user;
    uint64_t count = 0;
    bool known = chain_reached(a, &count);
    v->next_lane.final_known = v->next_anchor.nonce_final_known = known;
    v->next_lane.nonce_final = v->next_anchor.nonce_final = count;
    ask_count(v, ETHRPC_PENDING, on_pending_count);
}

static void on_latest_count(struct chain_ask *a)
{
    struct chainview *v = a->user;
    uint64_t count, head = v->next_anchor.head;
    if (a->cancelled || !chain_reached(a, &count)) {
        finish(v, false);
        return;
    }
    v->next_lane.nonce = v->next_anchor.nonce = count;
    if (!v->by_depth)
        ask_count(v, ETHRPC_FINALIZED, on_final_count);
    else
        ask_count(v, head > v->confirmations ? head - v->confirmations : 0, on_final_count);
}

/* ------------------------------------------------------------------ 5: the finalized block */

static void on_finalized(struct chain_ask *a)
{
    struct chainview *v = a->user;
    struct ethrpc_block block;
    v->next_anchor.finalized_known = chain_block_reached(a, &block);
    if (v->next_anchor.finalized_known) {
        v->finalized = block;
        v->next_anchor.finalized = block.number;
    }
    v->next_anchor.no_finality = chain_all_refuse(a, ETHFAULT_NO_BLOCK);
    ask_count(v, ETHRPC_LATEST, on_latest_count);
}

/* ------------------------------------------------------------------ 4: the newest block */

static void note_heads(struct chainview *v, const struct chain_ask *a)
{
    struct ethrpc_block block;
    memset(v->heads, 0, sizeof v->heads);
    for (size_t i = 0; i < a->n; i++)
        if (ethrpc_get_block(&a->replies[i], &block, NULL) == ERR_OK)
            v->heads[a->endpoints[i]] = block.number;
}

static void on_head(struct chain_ask *a)
{
    struct chainview *v = a->user;
    struct ethrpc_block block;
    if (!a->cancelled)
        note_heads(v, a);
    if (a->cancelled || !chain_block_reached(a, &block)) {
        finish(v, false);
        return;
    }
    v->head = block;
    v->next_anchor.head = block.number;
    v->next_lane.rpc_ok = true;
    ask(v, (struct ethrpc_request){.method = ETHRPC_BLOCK_BY_NUMBER, .block = ETHRPC_FINALIZED}, on_finalized);
}

static void ask_head(struct chainview *v)
{
    ask(v, (struct ethrpc_request){.method = ETHRPC_BLOCK_BY_NUMBER, .block = ETHRPC_LATEST}, on_head);
}

/* ------------------------------------------------------------------ 3: is it the chain that we know? */

static void put_aside(struct chainview *v, int endpoint, const char *reason)
{
    struct rpc *rpc = v->chain->rpc;
    if (rpc->endpoints[endpoint].health == RPC_QUARANTINED)
        return;
    rpc_quarantine(rpc, endpoint, reason);
    log_error("endpoint-quarantined", "endpoint=%s reason=%s", rpc_endpoint_label(rpc, endpoint), log_quote(reason).s);
}

static void on_block_zero(struct chain_ask *a)
{
    struct chainview *v = a->user;
    struct ethrpc_block block;
    bool disagree;
    if (hash32_is_zero(&v->genesis)) {
        if (a->cancelled || !chain_block_agreed(a, &block, &disagree)) {
            finish(v, false);
            return;
        }
        v->genesis = block.hash;
        v->on_genesis(v->owner, &block.hash);
    }
    size_t good = 0, bad = 0;
    for (size_t i = 0; i < a->n; i++) {
        if (ethrpc_get_block(&a->replies[i], &block, NULL) != ERR_OK)
            continue;
        bool same = hash32_equal(&block.hash, &v->genesis);
        good += same;
        bad += !same;
        if (!same)
            put_aside(v, a->endpoints[i], "its first block is not that of our chain");
    }
    if (good == 0 && bad > 0) {
        v->lane.chain_ok = false;
        finish(v, false);
        return;
    }
    ask_head(v);
}

/* ------------------------------------------------------------------ 2: chain ids */

/* Who does not answer now has no newest block. */
static void forget_heads(struct chainview *v, const struct chain_ask *a)
{
    bool answered[RPC_MAX_ENDPOINTS] = {false};
    for (size_t i = 0; i < a->n; i++)
        answered[a->endpoints[i]] = true;
    for (size_t i = 0; i < RPC_MAX_ENDPOINTS; i++)
        if (!answered[i])
            v->heads[i] = 0;
}

static void on_chain_id(struct chain_ask *a)
{
    struct chainview *v = a->user;
    uint64_t id, good = 0;
    if (!a->cancelled)
        forget_heads(v, a);
    for (size_t i = 0; i < a->n; i++) {
        char reason[128];
        if (ethrpc_get_u64(&a->replies[i], &id, NULL) != ERR_OK)
            continue;
        good += id == v->chain_id;
        snprintf(reason, sizeof reason, "its chain id is %" PRIu64 ", ours is %" PRIu64, id, v->chain_id);
        if (id != v->chain_id)
            put_aside(v, a->endpoints[i], reason);
    }
    v->next_lane.chain_ok = good > 0;
    if (a->cancelled || good == 0) {
        v->lane.chain_ok = v->lane.chain_ok && a->n == 0; /* silence is not a wrong chain */
        finish(v, false);
        return;
    }
    ask(v, (struct ethrpc_request){.method = ETHRPC_BLOCK_BY_NUMBER, .block = 0}, on_block_zero);
}

/* ------------------------------------------------------------------ 1: time for a look */

static void look(struct chainview *v)
{
    v->running = true;
    v->next_lane = (struct lane_view){0};
    v->next_anchor = (struct anchor_chain){0};
    ask(v, (struct ethrpc_request){.method = ETHRPC_CHAIN_ID}, on_chain_id);
}

static void on_timer(uv_timer_t *timer)
{
    struct chainview *v = timer->data;
    if (!v->running && !v->closing)
        look(v);
}

void chainview_look(struct chainview *v)
{
    if (v->running)
        v->again = true;
    else if (!v->closing)
        uv_timer_start(&v->timer, on_timer, 0, 0);
}

void chainview_switch(struct chainview *v, const struct seal_address *sender)
{
    v->sender = *sender;
    v->stale = true;
    v->other = v->running;
    chainview_look(v);
}

enum err_code chainview_open(struct chainview *v, struct err *e)
{
    if (uv_timer_init(v->loop, &v->timer) != 0)
        return err_set(e, ERR_IO, "watch the chain: no timer");
    v->timer.data = v;
    v->lane.chain_ok = true;
    chainview_look(v);
    return ERR_OK;
}

void chainview_close(struct chainview *v)
{
    v->closing = true;
    uv_close((uv_handle_t *)&v->timer, NULL);
    if (!v->running)
        chain_ask_done(&v->ask);
}
