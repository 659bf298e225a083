/* hallmark-signer at work: see serve.h. */
#include "daemon/signer/serve.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/keccak.h"
#include "common/text.h"
#include "daemon/log.h"

/* ------------------------------------------------------------------ one request */

static void refuse(struct signerline_reply *reply, enum signerline_code code, const char *message)
{
    *reply = (struct signerline_reply){.code = code};
    snprintf(reply->message, sizeof reply->message, "%.*s", (int)sizeof reply->message - 1,
             message != NULL ? message : signerline_code_text(code));
}

static const struct localkey *find_key(const struct serve *s, const struct seal_address *address)
{
    for (size_t i = 0; i < s->n_keys; i++)
        if (memcmp(&s->keys[i].address, address, sizeof *address) == 0)
            return &s->keys[i];
    return NULL;
}

static enum err_code sign_with(const struct localkey *key, const struct ethtx *tx, struct signerline_reply *reply, struct err *e)
{
    struct bytes_writer payload = bytes_writer(reply->raw, sizeof reply->raw);
    struct bytes_writer w = bytes_writer(reply->raw, sizeof reply->raw);
    struct ethtx_signature signature;
    enum err_code rc = ethtx_put_unsigned(&payload, tx, e);
    if (rc != ERR_OK)
        return rc;
    struct hash32 sighash = keccak_256(payload.data, payload.len);
    rc = localkey_sign(key, &sighash, &signature, e);
    if (rc == ERR_OK)
        rc = ethtx_put_signed(&w, tx, &signature, e);
    reply->raw_len = w.len;
    return rc;
}

static void log_answer(const struct signerline_request *request, const struct signerline_reply *reply)
{
    char key[41];
    const char *kind = guard_kind(request->tx.data);
    hex_encode(key, request->from.b, sizeof request->from.b);
    if (reply->code == SIGNERLINE_OK)
        log_info("signed", "key=0x%s nonce=%" PRIu64 " what=%s", key, request->tx.nonce, kind);
    else
        log_warning("refused", "key=0x%s nonce=%" PRIu64 " what=%s code=%s", key, request->tx.nonce,
                    kind != NULL ? kind : "unknown", signerline_code_name(reply->code));
}

/* The state is durable before the signature exists. */
static void answer_sign(struct serve *s, const struct signerline_request *request, struct signerline_reply *reply)
{
    const struct localkey *key = find_key(s, &request->from);
    struct guard_state next = s->state;
    struct err e;
    bool changed = false;
    enum signerline_code code = key == NULL ? SIGNERLINE_NO_KEY
                                            : guard_check(&next, &s->policy, &request->from, &request->tx,
                                                          clock_unix_s(s->clock), &changed);
    if (code != SIGNERLINE_OK) {
        refuse(reply, code, NULL);
    } else if (changed && guardfile_save(&s->file, &next, &e) != ERR_OK) {
        log_error("state-failed", "error=%s", log_quote(e.msg).s);
        refuse(reply, SIGNERLINE_STATE, e.msg);
    } else {
        s->state = next;
        if (sign_with(key, &request->tx, reply, &e) != ERR_OK)
            refuse(reply, SIGNERLINE_INTERNAL, e.msg);
    }
    log_answer(request, reply);
}

static bool may_ask(const struct serve *s, uid_t uid)
{
    for (size_t i = 0; i < s->n_users; i++)
        if (s->users[i] == uid)
            return true;
    return false;
}

static void answer(struct serve *s, const struct ctlsock_request *req, struct signerline_reply *reply)
{
    struct signerline_request request;
    struct err e;
    if (!may_ask(s, req->peer.uid)) {
        log_warning("refused", "uid=%d pid=%d code=caller", (int)req->peer.uid, (int)req->peer.pid);
        refuse(reply, SIGNERLINE_CALLER, NULL);
    } else if (signerline_read_request(&request, req->line, req->len, &e) != ERR_OK) {
        log_warning("refused", "uid=%d code=bad-request error=%s", (int)req->peer.uid, log_quote(e.msg).s);
        refuse(reply, SIGNERLINE_BAD_REQUEST, e.msg);
    } else if (request.sign) {
        answer_sign(s, &request, reply);
    } else {
        for (size_t i = 0; i < s->n_keys; i++)
            reply->keys[reply->n_keys++] = localkey_address(&s->keys[i]);
    }
}

static void on_request(struct ctlsock_request *req)
{
    struct signerline_reply reply = {0};
    struct text line = {0};
    answer(req->server->handler.self, req, &reply);
    signerline_put_reply(&line, &reply);
    if (!line.failed)
        ctlsock_send(req, line.data, line.len);
    text_done(&line);
    ctlsock_end(req);
}

/* ------------------------------------------------------------------ start and stop */

static enum err_code find_users(struct serve *s, const struct conf_list *names, struct err *e)
{
    for (unsigned i = 0; i < names->n; i++) {
        char *end;
        errno = 0;
        unsigned long number = strtoul(names->item[i], &end, 10);
        const struct passwd *user = getpwnam(names->item[i]);
        bool is_number = names->item[i][0] >= '0' && names->item[i][0] <= '9' && *end == '\0' && errno == 0 &&
                         number < UINT32_MAX;
        if (user == NULL && !is_number)
            return err_set(e, ERR_NOT_FOUND, "[signer] user: there is no user %s", names->item[i]);
        s->users[s->n_users++] = user != NULL ? user->pw_uid : (uid_t)number;
    }
    return ERR_OK;
}

static enum err_code read_keys(struct serve *s, const struct signerconf *settings, struct err *e)
{
    struct localkey_config config = {.passphrase_file = settings->key.passphrase_file};
    for (unsigned i = 0; i < settings->key.file.n; i++) {
        config.key_file = settings->key.file.item[i];
        enum err_code rc = localkey_open(&s->keys[s->n_keys], &config, e);
        if (rc != ERR_OK)
            return rc;
        s->n_keys++;
    }
    return ERR_OK;
}

enum err_code serve_open(struct serve *s, const struct signerconf *settings, int fd, struct err *e)
{
    static const struct ctlsock_handler HANDLER = {.on_request = on_request};
    struct ctlsock_handler handler = HANDLER;
    handler.self = s;
    s->policy = signerconf_policy(settings);
    s->file.folder = -1;
    enum err_code rc = find_users(s, &settings->signer.user, e);
    if (rc == ERR_OK)
        rc = guardfile_open(&s->file, settings->signer.state, &s->state, e);
    if (rc == ERR_OK)
        rc = read_keys(s, settings, e);
    if (rc == ERR_OK)
        rc = ctlsock_open(&s->sock, s->loop, fd >= 0 ? NULL : settings->signer.socket, fd, &handler, e);
    return rc;
}

static void on_closed(struct ctlsock *sock)
{
    (void)sock;
}

void serve_stop(struct serve *s)
{
    ctlsock_close(&s->sock, on_closed);
}

void serve_done(struct serve *s)
{
    for (size_t i = 0; i < s->n_keys; i++)
        localkey_close(&s->keys[i]);
    s->n_keys = 0;
    guardfile_close(&s->file);
}
