/* The table of the commands of the control socket: see control.h. */
#include "daemon/control.h"

#include <string.h>

#include "common/jsonio.h"
#include "daemon/control_batch.h"
#include "daemon/control_erase.h"
#include "daemon/control_explain.h"
#include "daemon/control_keys.h"
#include "daemon/control_status.h"
#include "daemon/control_wait.h"

static const struct {
    const char *name;
    control_base_command *run;
} COMMANDS[] = {
    {"status", control_status},
    {"flush", control_batch_flush},
    {"pause", control_batch_pause},
    {"resume", control_batch_resume},
    {"reload", control_batch_reload},
    {"explain", control_explain},
    {"wait", control_wait},
    {"key authorize", control_keys_authorize},
    {"key deauthorize", control_keys_deauthorize},
    {"key rotate", control_keys_rotate},
    {"revoke", control_keys_revoke},
    {"forget", control_erase_forget},
    {"compact", control_erase_compact},
};

static void on_request(struct ctlsock_request *req)
{
    struct control *c = req->server->handler.self;
    json_t *root = NULL;
    struct err e;
    if (jsonio_load(&root, req->line, req->len, CTLSOCK_MAX_LINE, &e) != ERR_OK) {
        control_base_error(req, ERR_PARSE, e.msg);
        return;
    }
    const char *name = json_string_value(json_object_get(root, "command"));
    for (size_t i = 0; name != NULL && i < sizeof COMMANDS / sizeof *COMMANDS; i++)
        if (strcmp(COMMANDS[i].name, name) == 0) {
            COMMANDS[i].run(c, req, root);
            json_decref(root);
            return;
        }
    json_decref(root);
    control_base_error(req, ERR_UNSUPPORTED, "this daemon does not know that command");
}

static void on_gone(struct ctlsock_request *req)
{
    struct control_call *call = req->user;
    if (call != NULL && call->on_gone != NULL)
        call->on_gone(req);
}

enum err_code control_open(struct control *c, const char *path, struct err *e)
{
    struct ctlsock_handler handler = {.self = c, .on_request = on_request, .on_gone = on_gone};
    return ctlsock_open(&c->sock, c->loop, path, -1, &handler, e);
}

void control_wake(struct control *c)
{
    control_wait_wake(c);
}

void control_close(struct control *c, void (*on_closed)(struct ctlsock *s))
{
    control_wait_cancel(c);
    control_erase_cancel(c);
    ctlsock_close(&c->sock, on_closed);
}
