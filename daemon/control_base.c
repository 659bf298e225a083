/* Replies of the control socket: see control_base.h. */
#include "daemon/control_base.h"

#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/text.h"

void control_base_reply(struct ctlsock_request *req, json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    if (text != NULL)
        ctlsock_send(req, text, strlen(text));
    free(text);
    json_decref(object);
    ctlsock_end(req);
}

json_t *control_base_refusal(enum err_code code, const char *message)
{
    return json_pack("{s:b, s:{s:s, s:s}}", "ok", 0, "error", "code", err_name(code), "message", message);
}

void control_base_error(struct ctlsock_request *req, enum err_code code, const char *message)
{
    control_base_reply(req, control_base_refusal(code, message));
}

void control_base_result(struct ctlsock_request *req, enum err_code rc, json_t *object, const struct err *e)
{
    if (rc == ERR_OK) {
        json_object_set_new(object, "ok", json_true());
        control_base_reply(req, object);
        return;
    }
    json_decref(object);
    control_base_error(req, rc, e->msg);
}

void control_base_put_u64(json_t *object, const char *key, uint64_t v)
{
    json_object_set_new(object, key, json_integer((json_int_t)v));
}

void control_base_put_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, json_string(text));
}

void control_base_put_time(json_t *object, const char *key, uint64_t seconds)
{
    struct text t = {0};
    if (seconds != 0)
        text_put_time(&t, seconds);
    json_object_set_new(object, key, seconds != 0 ? json_string(text_string(&t)) : json_null());
    text_done(&t);
}

void control_base_put_bytes(json_t *object, const char *key, const char *prefix, const void *bytes, size_t len)
{
    struct text t = {0};
    text_puts(&t, prefix);
    text_put_hex(&t, bytes, len);
    control_base_put_text(object, key, text_string(&t));
    text_done(&t);
}

void control_base_put_wei(json_t *object, const char *key, wei amount)
{
    char text[WEI_TEXT_LEN];
    wei_format(text, amount);
    control_base_put_text(object, key, text);
}

bool control_base_hash(const json_t *value, struct hash32 *ret)
{
    const char *text = json_string_value(value);
    return text != NULL && hex_decode(ret->b, sizeof ret->b, text, json_string_length(value), false);
}
