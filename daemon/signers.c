/* Which signer the settings ask for: see signers.h. */
#include "daemon/signers.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum err_code next_path(const struct settings *s, char path[CONF_TEXT_MAX + 8], struct err *e)
{
    snprintf(path, CONF_TEXT_MAX + 8, "%s" SIGNERS_NEXT, s->key.file);
    return access(path, F_OK) == 0 ? ERR_OK
                                   : err_set(e, ERR_NOT_FOUND, "there is no %s: make it with hallmarkctl key rotate", path);
}

enum err_code signers_read_next(struct signers *s, struct err *e)
{
    char path[CONF_TEXT_MAX + 8];
    struct localkey_config config = {.key_file = path, .passphrase_file = s->settings->key.passphrase_file};
    if (s->backend != &signerlocal_backend || s->local.n == SIGNERLOCAL_MAX_KEYS)
        return ERR_OK;
    enum err_code rc = next_path(s->settings, path, e);
    if (rc == ERR_OK)
        rc = localkey_open(&s->local.keys[s->local.n], &config, e);
    if (rc == ERR_OK)
        s->local.n++;
    return rc;
}

enum err_code signers_prepare(struct signers *s, const struct settings *settings, struct err *e)
{
    struct localkey_config config = {.key_file = settings->key.file, .passphrase_file = settings->key.passphrase_file};
    *s = (struct signers){.settings = settings};
    if (settings->key.signer[0] != '\0') {
        s->backend = &signersock_backend;
        s->self = &s->sock;
        return ERR_OK;
    }
    if (settings->key.web3signer[0] != '\0') {
        s->backend = &signerweb3_backend;
        s->self = &s->web3;
        return ERR_OK;
    }
    s->backend = &signerlocal_backend;
    s->self = &s->local;
    enum err_code rc = localkey_open(&s->local.keys[0], &config, e);
    if (rc != ERR_OK)
        return rc;
    s->local.n = 1;
    rc = signers_read_next(s, e);
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

bool signers_lacks(const struct signers *s, const struct seal_address *address)
{
    for (size_t i = 0; i < s->local.n; i++)
        if (memcmp(&s->local.keys[i].address, address, sizeof *address) == 0)
            return false;
    return s->backend == &signerlocal_backend;
}

void signers_start(struct signers *s, uv_loop_t *loop, struct curluv *curl)
{
    const struct settings *settings = s->settings;
    s->sock = (struct signersock){.loop = loop, .path = settings->key.signer, .timeout_ms = SIGNER_TIMEOUT_MS};
    s->web3 = (struct signerweb3){.curl = curl,
                                  .url = settings->key.web3signer,
                                  .json_rpc = settings->key.web3signer_api == SETTINGS_WEB3_JSON_RPC,
                                  .timeout_ms = SIGNER_TIMEOUT_MS};
    signer_open(&s->signer, loop, s->backend, s->self);
}

void signers_done(struct signers *s)
{
    for (size_t i = 0; i < s->local.n; i++)
        localkey_close(&s->local.keys[i]);
    s->local.n = 0;
}

/* ------------------------------------------------------------------ the first key of a log */

/* One question on a loop of its own. */
struct question {
    struct signers *signers;
    struct curluv curl;
    struct signer_request request;
};

static void on_curl_closed(struct curluv *c)
{
    (void)c;
}

static void on_signer_closed(struct signer *s)
{
    struct signers *signers = (struct signers *)((char *)s - offsetof(struct signers, signer));
    curluv_close(signers->web3.curl, on_curl_closed);
}

static void on_keys(struct signer_request *r)
{
    struct question *q = r->user;
    signer_close(&q->signers->signer, on_signer_closed);
}

static enum err_code ask_keys(struct signers *s, struct question *q, struct err *e)
{
    uv_loop_t loop;
    if (uv_loop_init(&loop) != 0)
        return err_set(e, ERR_IO, "no event loop");
    enum err_code rc = curluv_open(&q->curl, &loop, e);
    if (rc == ERR_OK) {
        signers_start(s, &loop, &q->curl);
        q->signers = s;
        q->request.user = q;
        q->request.done = on_keys;
        signer_keys(&s->signer, &q->request);
        uv_run(&loop, UV_RUN_DEFAULT);
        *e = q->request.err;
        rc = e->code;
    }
    uv_loop_close(&loop);
    return rc;
}

enum err_code signers_first_key(struct signers *s, struct seal_address *ret, struct err *e)
{
    const struct conf_address *wanted = &s->settings->key.address;
    struct question q = {0};
    enum err_code rc = ask_keys(s, &q, e);
    if (rc != ERR_OK)
        return err_wrap(e, "the log begins with a key, so its signer must answer once");
    for (size_t i = 0; wanted->set && i < q.request.n_keys; i++)
        if (memcmp(q.request.keys[i].b, wanted->b, sizeof wanted->b) == 0) {
            *ret = q.request.keys[i];
            return ERR_OK;
        }
    if (wanted->set)
        return err_set(e, ERR_CONFLICT, "%s does not hold the key of [key] address", s->backend->name);
    if (q.request.n_keys == 0)
        return err_set(e, ERR_CONFLICT, "%s holds no key", s->backend->name);
    if (q.request.n_keys > 1 && s->backend != &signerlocal_backend)
        return err_set(e, ERR_CONFLICT, "%s holds %zu keys: say with [key] address which one is the issuer's",
                       s->backend->name, q.request.n_keys);
    *ret = q.request.keys[0]; /* of key files the first is the one of the settings */
    return ERR_OK;
}
