/* Asking a running daemon: see client.h. */
#include "daemon/ctl/client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/jsonio.h"
#include "daemon/ctl/compact.h"
#include "daemon/io/ctlsock_client.h"

#define TIMEOUT_MS 30000 /* of commands that do not wait for the chain */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "-";
}

static json_int_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void line(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void line(const char *name, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    printf("%-16s ", name);
    vprintf(fmt, ap);
    putchar('\n');
    va_end(ap);
}

static void show_anchors(const json_t *list)
{
    size_t i;
    json_t *row;
    if (json_array_size(list) == 0)
        line("under way", "nothing");
    json_array_foreach(list, i, row)
        line(i == 0 ? "under way" : "", "batch %lld %s, nonce %lld, %lld attempt(s)", number_of(row, "batch"),
             text_of(row, "state"), number_of(row, "nonce"), number_of(row, "attempts"));
}

static void show_chain(const json_t *reply)
{
    const json_t *chain = json_object_get(reply, "chain"), *days = json_object_get(reply, "runwayDays");
    size_t i;
    json_t *row;
    line("chain", "id %lld, %s, block %lld, final %lld", number_of(chain, "id"),
         json_is_true(json_object_get(chain, "reachable")) ? "reachable" : "NOT reachable", number_of(chain, "head"),
         number_of(chain, "finalized"));
    line("key", "%s, balance %s, spent today %s", text_of(chain, "sender"), text_of(chain, "balance"),
         text_of(chain, "spentToday"));
    if (json_is_integer(days))
        line("runway", "%lld days at the present fee and pace", json_integer_value(days));
    json_array_foreach(json_object_get(reply, "endpoints"), i, row)
        line(i == 0 ? "endpoints" : "", "%s %s%s%s", text_of(row, "endpoint"), text_of(row, "health"),
             text_of(row, "reason")[0] != '\0' ? ": " : "", text_of(row, "reason"));
}

static void show_status(const json_t *reply)
{
    const json_t *store = json_object_get(reply, "store");
    size_t i;
    json_t *row;
    line("log", "%s", text_of(reply, "log"));
    line("service", "hallmarkd %s on %s, since %s%s", text_of(reply, "version"), text_of(reply, "http"),
         text_of(reply, "startedAt"), json_is_true(json_object_get(reply, "paused")) ? ", PAUSED" : "");
    line("accepted", "%lld hashes, %lld waiting for a batch (oldest %s)", number_of(reply, "accepted"),
         number_of(reply, "pending"), text_of(reply, "oldestPendingAt"));
    line("batches", "%lld, newest %lld; last final anchor %s", number_of(reply, "batches"), number_of(reply, "head"),
         text_of(reply, "lastFinalAt"));
    show_anchors(json_object_get(reply, "anchors"));
    show_chain(reply);
    line("store", "%.1f MiB of %.1f GiB",
         (double)(number_of(store, "logBytes") + number_of(store, "indexBytes") + number_of(store, "treeBytes")) / 1048576,
         (double)number_of(store, "mapSize") / 1073741824);
    if (number_of(store, "forgotten") > 0)
        line("forgotten", "%lld hashes, %lld not yet erased from all files%s", number_of(store, "forgotten"),
             number_of(store, "toErase"), number_of(store, "toErase") > 0 ? ": hallmarkctl compact" : "");
    if (text_of(reply, "sealError")[0] != '\0')
        line("SEALING FAILS", "%s", text_of(reply, "sealError"));
    json_array_foreach(json_object_get(reply, "alarms"), i, row)
        line("ALARM", "%s: %s. %s.", text_of(row, "name"), text_of(row, "text"), text_of(row, "remedy"));
}

static void show_flush(const json_t *reply)
{
    printf("%lld waiting hashes go into a batch now.\n", number_of(reply, "pending"));
}

static void show_paused(const json_t *reply)
{
    puts(json_is_true(json_object_get(reply, "paused")) ? "Paused: hashes are accepted, nothing is sealed."
                                                        : "Running.");
}

static void show_reload(const json_t *reply)
{
    const char *changed = text_of(reply, "changed");
    printf("Settings read again. %s%s", changed[0] != '\0' ? "Changed:\n" : "Nothing changed.\n", changed);
}

static void show_explain(const json_t *reply)
{
    puts(text_of(reply, "text"));
}

static void show_forget(const json_t *reply)
{
    printf("Forgotten: number %lld. Nothing opens its leaf any more; it can still be revoked by its id %s.\n"
           "Complete after \"hallmarkctl compact\", which takes old copies out of store and mirror; destroy older "
           "backups yourself.\n", number_of(reply, "sequence"), text_of(reply, "revokeId"));
}

static void show_compact(const json_t *reply)
{
    struct compact_result result = {
        .erased = (uint64_t)number_of(reply, "erased"),
        .mirror_files = (uint64_t)number_of(reply, "mirrorFiles"),
        .before = (uint64_t)number_of(reply, "before"),
        .after = (uint64_t)number_of(reply, "after"),
    };
    compact_print(stdout, &result, false);
}

static void show_wait(const json_t *reply)
{
    (void)reply;
}

static const struct {
    const char *command;
    void (*show)(const json_t *reply);
} SHOW[] = {
    {"status", show_status},  {"flush", show_flush},     {"pause", show_paused}, {"resume", show_paused},
    {"reload", show_reload},  {"explain", show_explain}, {"wait", show_wait},
    {"forget", show_forget},  {"compact", show_compact},
};

static char *make_request(const char *command, json_t *members)
{
    json_t *request = members != NULL ? members : json_object();
    json_object_set_new(request, "command", json_string(command));
    char *text = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    return text;
}

static int show(const struct client_options *options, const char *command, const char *text)
{
    json_t *reply = NULL;
    struct err e;
    if (jsonio_load(&reply, text, strlen(text), CTLSOCK_CLIENT_MAX_LINE, &e) != ERR_OK) {
        fprintf(stderr, "hallmarkctl: the daemon's answer: %s\n", e.msg);
        return EX_PROTOCOL;
    }
    bool ok = json_is_true(json_object_get(reply, "ok"));
    if (options->json)
        puts(text);
    else if (!ok)
        fprintf(stderr, "hallmarkctl: %s\n", text_of(json_object_get(reply, "error"), "message"));
    else
        for (size_t i = 0; i < sizeof SHOW / sizeof *SHOW; i++)
            if (strcmp(SHOW[i].command, command) == 0)
                SHOW[i].show(reply);
    json_decref(reply);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int exit_code(enum err_code code)
{
    return code == ERR_DENIED ? EX_NOPERM : EX_UNAVAILABLE;
}

int client_run(const struct client_options *options, const char *command, json_t *members, bool waits)
{
    struct ctlsock_client client = {.fd = -1};
    struct err e;
    const char *answer = NULL;
    char *request = make_request(command, members);
    int rc = EX_OSERR;
    if (request == NULL)
        return rc;
    enum err_code code = ctlsock_client_open(&client, options->socket, waits ? -1 : TIMEOUT_MS, &e);
    if (code == ERR_OK)
        code = ctlsock_client_send(&client, request, &e);
    if (code == ERR_OK)
        code = ctlsock_client_read(&client, &answer, &e);
    if (code == ERR_OK && answer == NULL)
        code = err_set(&e, ERR_IO, "the daemon gave no answer");
    if (code == ERR_OK) {
        rc = show(options, command, answer);
    } else {
        fprintf(stderr, "hallmarkctl: %s\n", e.msg);
        rc = exit_code(code);
    }
    ctlsock_client_close(&client);
    free(request);
    return rc;
}
