/* Whoever signs our transactions: see signer.h. What comes back is checked here, whoever sent it. */
#include "daemon/io/signer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *signer_fault_name(enum signer_fault fault)
{
    static const char *const NAMES[] = {
#define X(name, code) [SIGNER_##name] = code,
        SIGNER_FAULTS(X)
#undef X
    };
    return NAMES[fault];
}

void signer_fail(struct signer_request *r, enum signer_fault fault, enum err_code code, const char *fmt, ...)
{
    char message[sizeof r->err.msg];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    r->fault = fault;
    err_set(&r->err, code, "%s", message);
}

/* ------------------------------------------------------------------ what came back */

static void check_signed(struct signer_request *r)
{
    struct ethtx tx;
    struct seal_address sender;
    struct err e;
    if (ethtx_decode(&tx, r->raw, r->raw_len, &e) != ERR_OK)
        signer_fail(r, SIGNER_GARBAGE, e.code, "what was signed is no transaction: %s", e.msg);
    else if (ethtx_sender(&tx, &sender, &e) != ERR_OK)
        signer_fail(r, SIGNER_GARBAGE, e.code, "the signature is not good: %s", e.msg);
    else if (memcmp(&sender, &r->from, sizeof sender) != 0)
        signer_fail(r, SIGNER_OTHER_KEY, ERR_CONFLICT, "the signature is by another key, or of another transaction");
    else if (ethtx_check_signed(r->raw, r->raw_len, &r->tx, &r->from, &r->hash, &e) != ERR_OK)
        signer_fail(r, SIGNER_ALTERED, e.code, "not what was asked for was signed: %s", e.msg);
}

static void note(struct signer *s, const struct signer_request *r)
{
    if (r->err.code == ERR_CANCELLED)
        return;
    s->fault = r->fault;
    snprintf(s->message, sizeof s->message, "%s", r->err.code == ERR_OK ? "" : r->err.msg);
    s->faults += r->err.code != ERR_OK;
    s->signatures += r->err.code == ERR_OK && r->is_sign;
}

static void tell(struct signer *s, struct signer_request *r)
{
    if (s->is_closing)
        signer_fail(r, SIGNER_NONE, ERR_CANCELLED, "the daemon stops");
    else if (r->err.code == ERR_OK && r->is_sign)
        check_signed(r);
    note(s, r);
    s->n_running--;
    r->done(r);
}

/* ------------------------------------------------------------------ on the loop */

static void on_idle_closed(uv_handle_t *handle)
{
    struct signer *s = handle->data;
    s->on_closed(s);
}

static void on_soon(uv_idle_t *idle)
{
    struct signer *s = idle->data;
    struct signer_request *r = s->answered;
    s->answered = NULL;
    s->last = &s->answered;
    for (struct signer_request *next; r != NULL; r = next) {
        next = r->next;
        tell(s, r);
    }
    if (s->answered != NULL)
        return; /* done() has asked again, and was answered at once */
    uv_idle_stop(idle);
    if (s->is_closing && s->n_running == 0)
        uv_close((uv_handle_t *)idle, on_idle_closed);
}

void signer_finish(struct signer_request *r)
{
    struct signer *s = r->signer;
    r->next = NULL;
    *s->last = r;
    s->last = &r->next;
    uv_idle_start(&s->soon, on_soon);
}

/* Returns: false if nothing is begun any more. */
static bool start(struct signer *s, struct signer_request *r, bool is_sign)
{
    if (s->is_closing)
        return false;
    r->signer = s;
    r->is_sign = is_sign;
    r->fault = SIGNER_NONE;
    r->err = (struct err){.code = ERR_OK};
    r->raw_len = r->n_keys = 0;
    s->n_running++;
    return true;
}

void signer_keys(struct signer *s, struct signer_request *r)
{
    if (start(s, r, false))
        s->backend->keys(s->self, r);
}

void signer_sign(struct signer *s, struct signer_request *r)
{
    if (start(s, r, true))
        s->backend->sign(s->self, r);
}

void signer_open(struct signer *s, uv_loop_t *loop, const struct signer_backend *backend, void *self)
{
    *s = (struct signer){.backend = backend, .self = self};
    s->last = &s->answered;
    uv_idle_init(loop, &s->soon);
    s->soon.data = s;
}

void signer_close(struct signer *s, void (*on_closed)(struct signer *s))
{
    s->is_closing = true;
    s->on_closed = on_closed;
    s->backend->close(s->self);
    uv_idle_start(&s->soon, on_soon);
}
