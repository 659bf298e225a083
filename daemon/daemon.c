/* hallmarkd: see daemon.h. What the parts ask of each other, reload, stop, start. */
#include "daemon/daemon.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/identity.h"
#include "daemon/log.h"
#include "daemon/metrics.h"
#include "daemon/mirrorsync.h"
#include "daemon/notify.h"
#include "daemon/page.h"
#include "daemon/policies.h"

#define MAX_BODIES (256u << 20) /* bytes of request bodies in memory at once */
#define MAX_STREAMS 64
#define IDLE_TIMEOUT_MS 75000
#define RPC_TIMEOUT_MS 10000

/* ------------------------------------------------------------------ what the parts ask of each other */

static void on_accepted(void *owner, uint64_t n)
{
    struct daemon *d = owner;
    (void)n;
    sealer_wake(&d->sealer);
}

static uint64_t seconds_to_seal(void *owner)
{
    struct daemon *d = owner;
    return sealer_seconds_to_seal(&d->sealer);
}

static enum ready_reason why_not_ready(const struct daemon *d)
{
    const struct chainview *view = &d->anchorer.view;
    if (d->stopping)
        return READY_STOPPING;
    if (keys_is_closed(&d->keys))
        return READY_CLOSED;
    if (d->sealer.last_error[0] != '\0')
        return READY_NOT_SEALING;
    if (!view->lane.chain_ok)
        return READY_OTHER_CHAIN;
    if (view->looks + view->failures > 0 && !view->lane.rpc_ok)
        return READY_NO_CHAIN;
    return READY;
}

static bool is_ready(void *owner, char reason[256])
{
    enum ready_reason why = why_not_ready(owner);
    snprintf(reason, 256, "%s", ready_english(why));
    return why == READY;
}

static void write_metrics(void *owner, struct text *out)
{
    struct daemon *d = owner;
    metrics_write(&d->control, out);
}

static const char *write_page(void *owner, const char *lang, const char *accept_language, struct text *out)
{
    struct daemon *d = owner;
    enum page_language language = page_choose(lang, accept_language);
    page_write(&d->control, language, why_not_ready(d), out);
    return page_language_code(language);
}

static void write_issuers(void *owner, struct text *out)
{
    struct daemon *d = owner;
    issuers_write(d->store, &d->log, out);
}

static struct sealer_block recent_block(void *owner)
{
    struct daemon *d = owner;
    return anchorer_recent_block(&d->anchorer);
}

static void on_batch(void *owner, uint64_t k, enum anchor_state state)
{
    struct daemon *d = owner;
    (void)state;
    events_changed(&d->events, k);
    control_wake(&d->control);
    keys_wake(&d->keys);
}

static void on_sealed(void *owner, const struct anchor_job *job)
{
    struct daemon *d = owner;
    anchorer_add(&d->anchorer, job);
    keys_wake(&d->keys);
    on_batch(d, job->k, job->state);
}

static bool may_seal(void *owner)
{
    struct daemon *d = owner;
    return anchorer_may_seal(&d->anchorer);
}

static bool is_sealing(void *owner)
{
    const struct daemon *d = owner;
    return sealer_is_busy(&d->sealer);
}

static void on_may_seal(void *owner)
{
    struct daemon *d = owner;
    sealer_wake(&d->sealer);
    keys_wake(&d->keys); /* it counts as settled only now */
}

static void on_declared(void *owner)
{
    struct daemon *d = owner;
    anchorer_recovered(&d->anchorer);
}

/* The store is older than the chain: seal what says so, and go on behind it. */
static void on_gap(void *owner, const struct recover *found)
{
    struct daemon *d = owner;
    struct sealer_gap gap = {
        .k = found->plan.k, .previous = found->plan.previous, .annex_len = (uint32_t)found->annex_len};
    struct err e;
    memcpy(gap.annex, found->annex, sizeof gap.annex);
    if (sealer_declare(&d->sealer, &gap, found->again, found->n_again, &e) != ERR_OK)
        log_error("gap-failed", "error=%s", log_quote(e.msg).s);
}

/* The files of the store are whole, but this process has lost them: the service manager starts another. */
static void on_store_lost(void *owner, const struct err *e)
{
    struct daemon *d = owner;
    if (d->stopping)
        return; /* its index was being written again: the next start does that */
    log_error("store-lost", "error=%s", log_quote(e->msg).s);
    exit(EXIT_FAILURE);
}

static void on_index_error(struct storeq *q, const struct err *e)
{
    (void)q;
    log_error("index-failed", "error=%s", log_quote(e->msg).s);
}

static void on_reopened(struct storeq *q)
{
    log_warning("store-reopened", "times=%" PRIu64 " reason=%s", q->stats.reopened,
                log_quote("a write of its header failed: check the disk").s);
}

/* ------------------------------------------------------------------ reload */

/* What a reload may change. */
static void apply_settings(struct daemon *d)
{
    const struct settings *s = &d->settings;
    d->api.limits = (struct api_limits){.max_body = s->http.max_body, .max_bulk_body = s->http.max_bulk_body};
    d->sealer.policy = policies_batch(s);
    d->anchorer.env.policy = policies_anchor(s);
    d->anchorer.lane_policy = policies_lane(s);
    d->anchorer.view.busy_ms = s->chain.poll;
    d->anchorer.view.idle_ms = policies_idle_poll_ms(s);
}

/* Take over what may change; refuse a bad file whole. */
static enum err_code reload(void *owner, json_t *reply, struct err *e)
{
    struct daemon *d = owner;
    struct settings next;
    struct tokens tokens;
    struct conf_report report = {0};
    unsigned restart = 0;
    enum err_code rc = settings_read(&next, d->config_path, SETTINGS_FOR_DAEMON, &report, e);
    if (rc == ERR_INVALID && report.text != NULL) {
        report.text[strcspn(report.text, "\n")] = '\0';
        err_set(e, rc, "%s (%u in all)", report.text, report.errors);
    }
    conf_report_done(&report);
    if (rc == ERR_OK)
        rc = tokens_read(&tokens, next.http.tokens_file, e);
    if (rc == ERR_OK && (rc = httpd_set_certificate(&d->httpd, d->settings.http.tls_cert, d->settings.http.tls_key, e)) != ERR_OK)
        tokens_done(&tokens);
    if (rc != ERR_OK) {
        log_error("reload-refused", "error=%s", log_quote(e->msg).s);
        return rc;
    }
    tokens_carry(&tokens, &d->tokens);
    tokens_done(&d->tokens);
    d->tokens = tokens;
    char *changed = settings_difference(&d->settings, &next, &restart);
    settings_take_reloadable(&d->settings, &next);
    apply_settings(d);
    chainview_look(&d->anchorer.view); /* and then at the new pace */
    for (size_t i = 0; i < d->rpc.n_endpoints; i++) /* an operator has looked after them */
        if (d->rpc.endpoints[i].health == RPC_QUARANTINED)
            rpc_release(&d->rpc, (int)i);
    log_info("reloaded", "changed=%s needs_restart=%u", log_quote(changed != NULL ? changed : "").s, restart);
    if (reply != NULL) {
        json_object_set_new(reply, "changed", json_string(changed != NULL ? changed : ""));
        json_object_set_new(reply, "needsRestart", json_integer(restart));
    }
    free(changed);
    sealer_wake(&d->sealer);
    return ERR_OK;
}

static void on_hup(uv_signal_t *signal, int number)
{
    struct daemon *d = signal->data;
    struct err e;
    char state[64];
    (void)number;
    snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, clock_mono_ms(d->clock) * 1000);
    notify_send(state);
    if (reload(d, NULL, &e) != ERR_OK) { /* logged; the old settings stand */
    }
    notify_send("READY=1");
}

/* ------------------------------------------------------------------ stop, from the edge inwards */

static void on_storeq_closed(struct storeq *q)
{
    struct daemon *d = q->owner;
    anchorer_done(&d->anchorer); /* the last handles: the loop ends after their callbacks */
}

static struct daemon *daemon_of_curl(struct curluv *c)
{
    return (struct daemon *)((char *)c - offsetof(struct daemon, curl));
}

static void on_curl_closed(struct curluv *c)
{
    storeq_close(&daemon_of_curl(c)->storeq, on_storeq_closed);
}

static void on_signer_closed(struct signer *s)
{
    struct daemon *d = (struct daemon *)((char *)s - offsetof(struct daemon, signers.signer));
    curluv_close(&d->curl, on_curl_closed);
}

static void on_control_closed(struct ctlsock *s)
{
    struct daemon *d = (struct daemon *)((char *)s - offsetof(struct daemon, control.sock));
    sealer_close(&d->sealer);
    anchorer_close(&d->anchorer);
    signer_close(&d->signers.signer, on_signer_closed);
}

static void on_httpd_closed(struct httpd *h)
{
    struct daemon *d = (struct daemon *)((char *)h - offsetof(struct daemon, httpd));
    events_close(&d->events);
    control_close(&d->control, on_control_closed);
}

static void stop(struct daemon *d)
{
    d->stopping = true;
    d->sealer.draining = true;
    log_info("stopping", "in_flight=%u", d->httpd.stats.connections);
    notify_send("STOPPING=1");
    uv_close((uv_handle_t *)&d->on_term, NULL);
    uv_close((uv_handle_t *)&d->on_int, NULL);
    uv_close((uv_handle_t *)&d->on_hup, NULL);
    watchdog_close(&d->watchdog);
    httpd_drain(&d->httpd, on_httpd_closed);
}

static void on_signal(uv_signal_t *signal, int number)
{
    (void)number;
    stop(signal->data);
}

/* ------------------------------------------------------------------ start */

static enum err_code open_tokens(struct daemon *d, struct err *e)
{
    return tokens_read(&d->tokens, d->settings.http.tokens_file, e);
}

static enum err_code open_store(struct daemon *d, struct err *e)
{
    struct store_options options = {.path = d->settings.store.path, .map_size = d->settings.store.map_size};
    return store_open(&d->store, &options, e);
}

static enum err_code open_signers(struct daemon *d, struct err *e)
{
    return signers_prepare(&d->signers, &d->settings, e);
}

static enum err_code open_identity(struct daemon *d, struct err *e)
{
    d->keys.store = d->store;
    d->keys.signers = &d->signers;
    return identity_open(&d->keys, &d->log, &d->settings, clock_unix_s(d->clock), e);
}

static enum err_code open_mirror(struct daemon *d, struct err *e)
{
    enum err_code rc = mirror_open(&d->mirror, d->settings.store.mirror, &d->log, e);
    if (rc == ERR_OK)
        rc = mirrorsync_check(&d->mirror, d->store, e);
    return rc == ERR_OK ? mirrorsync_fill(&d->mirror, d->store, &d->log, e) : rc;
}

static void open_signals(struct daemon *d)
{
    static const struct {
        size_t offset;
        int number;
        uv_signal_cb run;
    } SIGNALS[] = {
        {offsetof(struct daemon, on_term), SIGTERM, on_signal},
        {offsetof(struct daemon, on_int), SIGINT, on_signal},
        {offsetof(struct daemon, on_hup), SIGHUP, on_hup},
    };
    for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++) {
        uv_signal_t *handle = (uv_signal_t *)((char *)d + SIGNALS[i].offset);
        uv_signal_init(&d->loop, handle);
        handle->data = d;
        uv_signal_start(handle, SIGNALS[i].run, SIGNALS[i].number);
    }
    signal(SIGPIPE, SIG_IGN);
}

static void open_watchdog(struct daemon *d)
{
    d->watchdog.storeq = &d->storeq;
    d->watchdog.compaction = &d->compaction;
    d->watchdog.view = &d->anchorer.view;
    d->watchdog.clock = d->clock;
    watchdog_open(&d->watchdog, &d->loop);
}

static enum err_code open_loop(struct daemon *d, struct err *e)
{
    if (uv_loop_init(&d->loop) != 0)
        return err_set(e, ERR_IO, "no event loop");
    open_signals(d);
    open_watchdog(d);
    return ERR_OK;
}

static enum err_code open_queues(struct daemon *d, struct err *e)
{
    enum err_code rc = storeq_open(&d->storeq, &d->loop, d->store, e);
    d->storeq.owner = d;
    d->storeq.on_index_error = on_index_error;
    d->storeq.on_reopened = on_reopened;
    readq_init(&d->readq, &d->loop, d->store);
    return rc;
}

static enum err_code open_chain(struct daemon *d, struct err *e)
{
    const struct settings *s = &d->settings;
    const char *urls[CONF_LIST_MAX];
    for (unsigned i = 0; i < s->chain.rpc.n; i++)
        urls[i] = s->chain.rpc.item[i];
    enum err_code rc = curluv_open(&d->curl, &d->loop, e);
    if (rc == ERR_OK)
        rc = rpc_open(&d->rpc, &d->curl, d->clock, urls, s->chain.rpc.n, e);
    if (rc == ERR_OK)
        signers_start(&d->signers, &d->loop, &d->curl);
    d->chain = (struct chain){.rpc = &d->rpc, .quorum = s->chain.quorum, .timeout_ms = RPC_TIMEOUT_MS};
    return rc;
}

static enum err_code open_control(struct daemon *d, struct err *e)
{
    struct control *c = &d->control;
    c->loop = &d->loop;
    c->store = d->store;
    c->storeq = &d->storeq;
    c->sealer = &d->sealer;
    c->anchorer = &d->anchorer;
    c->keys = &d->keys;
    c->compaction = &d->compaction;
    c->api = &d->api;
    c->rpc = &d->rpc;
    c->log = &d->log;
    c->clock = d->clock;
    c->started_at = d->started_at;
    c->owner = d;
    c->reload = reload;
    return control_open(c, d->settings.control.socket, e);
}

static enum err_code open_events(struct daemon *d, struct err *e)
{
    d->events.loop = &d->loop;
    d->events.store = d->store;
    d->events.heartbeat_ms = EVENTS_HEARTBEAT_MS;
    return events_open(&d->events, e);
}

static enum err_code open_http(struct daemon *d, struct err *e)
{
    const struct settings *s = &d->settings;
    bool tls = s->http.tls_cert[0] != '\0';
    d->api.httpd = &d->httpd;
    d->api.store = d->store;
    d->api.storeq = &d->storeq;
    d->api.readq = &d->readq;
    d->api.clock = d->clock;
    d->api.tokens = &d->tokens;
    d->api.log = &d->log;
    d->api.events = &d->events;
    d->api.owner = d;
    d->api.on_accepted = on_accepted;
    d->api.seconds_to_seal = seconds_to_seal;
    d->api.ready = is_ready;
    d->api.write_metrics = write_metrics;
    d->api.write_page = write_page;
    d->api.style = page_style;
    d->api.policy = PAGE_POLICY;
    d->api.write_issuers = write_issuers;
    struct httpd_config config = {
        .listen = s->http.listen,
        .listen_fd = notify_listen_fd(),
        .tls_cert = tls ? s->http.tls_cert : NULL,
        .tls_key = tls ? s->http.tls_key : NULL,
        .max_connections = (unsigned)s->http.max_connections,
        .max_streams = MAX_STREAMS,
        .max_bodies = MAX_BODIES > s->http.max_bulk_body ? MAX_BODIES : s->http.max_bulk_body,
        .request_timeout_ms = s->http.request_timeout,
        .idle_timeout_ms = IDLE_TIMEOUT_MS,
        .user_size = api_user_size(),
        .handler = api_handler(&d->api),
    };
    enum err_code rc = httpd_open(&d->httpd, &d->loop, &config, e);
    /* An inherited socket may listen elsewhere than the settings say. */
    if (rc == ERR_OK && s->http.tokens_file[0] == '\0' && !settings_is_loopback(httpd_address(&d->httpd)))
        rc = err_set(e, ERR_DENIED, "the inherited socket %s is not loopback, and there is no tokens_file: anybody could write",
                     httpd_address(&d->httpd));
    return rc;
}

static enum err_code open_anchorer(struct daemon *d, struct err *e)
{
    const struct settings *s = &d->settings;
    struct anchorer *a = &d->anchorer;
    a->owner = d;
    a->on_batch = on_batch;
    a->on_gap = on_gap;
    a->is_sealing = is_sealing;
    a->on_may_seal = on_may_seal;
    a->env.loop = &d->loop;
    a->env.store = d->store;
    a->env.storeq = &d->storeq;
    a->env.chain = &d->chain;
    a->env.clock = d->clock;
    a->env.log = &d->log;
    a->env.signer = &d->signers.signer;
    a->env.sender = d->keys.sender;
    a->env.to = a->env.policy.registry ? d->log.genesis.registry : a->env.sender;
    a->view.loop = &d->loop;
    a->view.chain = &d->chain;
    a->view.clock = d->clock;
    a->view.sender = a->env.sender;
    a->view.chain_id = d->log.chain_id;
    a->view.by_depth = a->env.policy.by_depth;
    a->view.confirmations = s->chain.confirmations;
    return anchorer_open(a, e);
}

static void open_keys(struct daemon *d)
{
    struct keys *k = &d->keys;
    k->storeq = &d->storeq;
    k->clock = d->clock;
    k->anchorer = &d->anchorer;
    k->sealer = &d->sealer;
    k->registry = d->anchorer.env.policy.registry;
    keys_open(k);
}

static enum err_code open_sealer(struct daemon *d, struct err *e)
{
    struct sealer *s = &d->sealer;
    s->loop = &d->loop;
    s->store = d->store;
    s->storeq = &d->storeq;
    s->clock = d->clock;
    s->log = &d->log;
    s->mirror = &d->mirror;
    s->owner = d;
    s->recent_block = recent_block;
    s->on_sealed = on_sealed;
    s->may_seal = may_seal;
    s->on_declared = on_declared;
    enum err_code rc = sealer_open(s, e);
    if (rc == ERR_OK)
        open_keys(d);
    return rc;
}

static void set_up_compaction(struct daemon *d)
{
    d->compaction = (struct compaction){.storeq = &d->storeq,
                                        .sealer = &d->sealer,
                                        .mirror = &d->mirror,
                                        .log = &d->log,
                                        .owner = d,
                                        .on_lost = on_store_lost};
}

/* The order of the start: first what can be wrong without a loop. Nobody is served before the loop runs, so what
 * stands on it may point to what opens later. A failure ends the process: nothing is under way yet that must be undone. */
static enum err_code (*const START[])(struct daemon *d, struct err *e) = {
    open_tokens, open_store,   open_signers, open_identity, open_mirror,   open_loop,   open_queues,
    open_chain,  open_control, open_events,  open_http,     open_anchorer, open_sealer,
};

static enum err_code start(struct daemon *d, struct err *e)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < sizeof START / sizeof *START && rc == ERR_OK; i++)
        rc = START[i](d, e);
    return rc;
}

static void run(struct daemon *d)
{
    log_info("listening", "http=%s control=%s log=%s version=" HALLMARK_VERSION, httpd_address(&d->httpd),
             d->settings.control.socket, d->log.name);
    notify_send("READY=1");
    uv_run(&d->loop, UV_RUN_DEFAULT);
    uv_loop_close(&d->loop);
    api_done(&d->api);
    events_done(&d->events);
    sealer_done(&d->sealer);
    rpc_close(&d->rpc);
    log_info("stopped", "accepted=%" PRIu64, d->api.stats.accepted);
}

enum err_code daemon_run(struct daemon *d, const char *config_path, const struct settings *settings, struct err *e)
{
    d->settings = *settings;
    d->config_path = config_path;
    d->clock = clock_system();
    d->started_at = clock_unix_s(d->clock);
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is a full store, not the end */
    apply_settings(d);
    set_up_compaction(d);
    enum err_code rc = start(d, e);
    if (rc == ERR_OK)
        run(d);
    mirror_close(&d->mirror);
    store_close(d->store);
    signers_done(&d->signers);
    tokens_done(&d->tokens);
    return rc;
}
