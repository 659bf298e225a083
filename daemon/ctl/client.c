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

#define LONG_DAYS 3652 /* a runway that nobody needs to know in days */
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

/* "40 s", "3 min", "5 h", "12 days". In: seconds  not negative */
static void put_age(char text[32], json_int_t seconds)
{
    static const struct {
        json_int_t from, divisor;
        const char *unit;
    } UNITS[] = {{2 * 86400, 86400, "days"}, {2 * 3600, 3600, "h"}, {120, 60, "min"}, {0, 1, "s"}};
    unsigned i = 0;
    while (seconds < UNITS[i].from)
        i++;
    snprintf(text, 32, "%lld %s", seconds / UNITS[i].divisor, UNITS[i].unit);
}

/* An amount as people read it: four digits behind the point, "9.9999ether". */
struct amount {
    char text[64];
};

static struct amount amount_of(const json_t *object, const char *key)
{
    struct amount a;
    const char *text = text_of(object, key), *point = strchr(text, '.');
    size_t digits = point != NULL ? strspn(point + 1, "0123456789") : 0;
    if (digits > 4)
        snprintf(a.text, sizeof a.text, "%.*s%s", (int)(point + 5 - text), text, point + 1 + digits);
    else
        snprintf(a.text, sizeof a.text, "%s", text);
    return a;
}

static void show_work(const json_t *reply)
{
    char age[32];
    line("accepted", "%lld hashes, %lld of them not in a batch yet", number_of(reply, "accepted"), number_of(reply, "pending"));
    put_age(age, number_of(reply, "oldestUnanchoredSeconds"));
    if (json_is_string(json_object_get(reply, "oldestUnanchoredAt")))
        line("unanchored", "the oldest for %s, since %s", age, text_of(reply, "oldestUnanchoredAt"));
    else
        line("unanchored", "nothing");
    line("batches", "%lld, the newest is %lld; about %lld a day", number_of(reply, "batches"), number_of(reply, "head"),
         number_of(reply, "batchesPerDay"));
    if (number_of(reply, "lastFinal") != 0)
        line("last anchor", "batch %lld, final since %s", number_of(reply, "lastFinal"), text_of(reply, "lastFinalAt"));
    else
        line("last anchor", "none is final yet");
}

static void show_anchors(const json_t *list)
{
    size_t i, shown = 0, n = json_array_size(list);
    json_t *row;
    if (n == 0)
        line("in flight", "nothing");
    json_array_foreach(list, i, row) {
        char nonce[40] = "";
        if (shown++ == 8) {
            line("", "and %zu more", n - 8);
            return;
        }
        if (json_is_integer(json_object_get(row, "nonce")))
            snprintf(nonce, sizeof nonce, ", nonce %lld", number_of(row, "nonce"));
        line(i == 0 ? "in flight" : "", "batch %lld %s%s, attempts: %lld", number_of(row, "batch"), text_of(row, "state"),
             nonce, number_of(row, "attempts"));
    }
}

static void show_fees(const json_t *reply)
{
    static const struct {
        const char *state, *words;
    } STATES[] = {
        {"ok", "ok"},
        {"above-cap", "ABOVE THE CAP: the chain asks for more than max_fee_per_gas"},
        {"no-budget", "BUDGET USED UP: anchoring goes on tomorrow, UTC"},
        {"no-funds", "NO FUNDS: the balance does not cover an anchor"},
        {"unknown", "not known, the chain was never reached"},
    };
    const json_t *fees = json_object_get(reply, "fees"), *days = json_object_get(reply, "runwayDays");
    const char *words = text_of(fees, "state");
    for (size_t i = 0; i < sizeof STATES / sizeof *STATES; i++)
        if (strcmp(STATES[i].state, text_of(fees, "state")) == 0)
            words = STATES[i].words;
    line("fees", "%s; base fee %s, cap %s; today %s of %s", words, amount_of(fees, "baseFee").text,
         amount_of(fees, "maxFeePerGas").text, amount_of(fees, "spentToday").text, amount_of(fees, "dailyBudget").text);
    struct amount balance = amount_of(json_object_get(reply, "chain"), "balance");
    if (!json_is_integer(days))
        line("balance", "%s", balance.text);
    else if (json_integer_value(days) > LONG_DAYS)
        line("balance", "%s, enough for more than ten years", balance.text);
    else
        line("balance", "%s, enough for %lld days at the present fee and pace", balance.text, json_integer_value(days));
}

static void show_endpoint(const char *name, const json_t *row)
{
    char head[40] = "no answer";
    const char *why = text_of(row, "reason")[0] != '\0' ? text_of(row, "reason") : text_of(row, "lastError");
    size_t label = strlen(text_of(row, "endpoint"));
    if (strncmp(why, text_of(row, "endpoint"), label) == 0 && strncmp(why + label, ": ", 2) == 0)
        why += label + 2;
    if (json_is_integer(json_object_get(row, "head")))
        snprintf(head, sizeof head, "block %lld", number_of(row, "head"));
    line(name, "%s %s, %s%s%s", text_of(row, "endpoint"), text_of(row, "health"), head, why[0] != '\0' ? ": " : "", why);
}

static void show_signer(const json_t *signer)
{
    bool fails = strcmp(text_of(signer, "fault"), "none") != 0;
    line("signer", "%s%s%s", text_of(signer, "kind"), fails ? ": " : "", fails ? text_of(signer, "message") : "");
}

static void show_keys(const json_t *keys)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(keys, "inForce"), i, row)
        line(i == 0 ? "keys in force" : "", "%s", json_string_value(row));
    if (json_is_object(keys) && strcmp(text_of(keys, "change"), "none") != 0)
        line("KEY CHANGE", "stage %s", text_of(keys, "change"));
    json_array_foreach(json_object_get(keys, "calls"), i, row)
        line(i == 0 ? "registry calls" : "", "%lld: %s %s, %s", number_of(row, "call"), text_of(row, "what"),
             json_object_get(row, "id") != NULL ? text_of(row, "id") : text_of(row, "key"), text_of(row, "state"));
}

static void show_chain(const json_t *reply)
{
    static const struct {
        const char *state, *words;
    } STATES[] = {
        {"agree", "they agree"},
        {"behind", "one is BEHIND the others"},
        {"disagree", "they DISAGREE, or one is on another chain"},
        {"too-few", "TOO FEW answer"},
        {"unknown", "not asked yet"},
    };
    const json_t *chain = json_object_get(reply, "chain"), *list = json_object_get(reply, "endpoints");
    const char *words = text_of(reply, "agreement");
    size_t i;
    json_t *row;
    for (i = 0; i < sizeof STATES / sizeof *STATES; i++)
        if (strcmp(STATES[i].state, text_of(reply, "agreement")) == 0)
            words = STATES[i].words;
    line("chain", "id %lld, %s, block %lld, final %lld", number_of(chain, "id"),
         json_is_true(json_object_get(chain, "reachable")) ? "reachable" : "NOT reachable", number_of(chain, "head"),
         number_of(chain, "finalized"));
    line("sender", "%s", text_of(chain, "sender"));
    show_signer(json_object_get(reply, "signer"));
    show_keys(json_object_get(reply, "keys"));
    line("endpoints", "%zu, of which %lld must say the same: %s", json_array_size(list), number_of(reply, "quorum"), words);
    json_array_foreach(list, i, row)
        show_endpoint("", row);
}

static void show_status(const json_t *reply)
{
    const json_t *store = json_object_get(reply, "store");
    size_t i;
    json_t *row;
    line("log", "%s", text_of(reply, "log"));
    line("service", "hallmarkd %s on %s, since %s%s", text_of(reply, "version"), text_of(reply, "http"),
         text_of(reply, "startedAt"), json_is_true(json_object_get(reply, "paused")) ? ", PAUSED: nothing is sealed" : "");
    show_work(reply);
    show_anchors(json_object_get(reply, "anchors"));
    show_fees(reply);
    show_chain(reply);
    line("store", "log %.1f, index %.1f, tree %.1f MiB; each may grow to %.1f GiB", (double)number_of(store, "logBytes") / 1048576,
         (double)number_of(store, "indexBytes") / 1048576, (double)number_of(store, "treeBytes") / 1048576,
         (double)number_of(store, "mapSize") / 1073741824);
    if (number_of(store, "forgotten") > 0)
        line("forgotten", "%lld hashes, %lld not yet erased from all files%s", number_of(store, "forgotten"),
             number_of(store, "toErase"), number_of(store, "toErase") > 0 ? ": hallmarkctl compact" : "");
    if (text_of(reply, "sealError")[0] != '\0')
        line("SEALING FAILS", "%s", text_of(reply, "sealError"));
    json_array_foreach(json_object_get(reply, "alarms"), i, row)
        line("ALARM", "%s: %s. %s.", text_of(row, "name"), text_of(row, "text"), text_of(row, "remedy"));
    if (json_array_size(json_object_get(reply, "alarms")) == 0)
        line("alarms", "none");
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

static void show_call(const json_t *reply)
{
    printf("Recorded. The change is final once the chain has it; hallmarkctl status shows how far it is (call %lld).\n",
           number_of(reply, "call"));
}

static void show_rotation(const json_t *reply)
{
    printf("Recorded: the log goes over to %s. That key needs money before it can anchor.\n"
           "The change goes on by itself, also after a restart; hallmarkctl status shows its stage.\n",
           text_of(reply, "to"));
}

static void show_revoke(const json_t *reply)
{
    printf("Recorded: revoke id %s%s. It counts once its call is final; hallmarkctl status shows how far it is.\n",
           text_of(reply, "id"),
           json_is_true(json_object_get(reply, "known")) ? "" : " (no hash that this log knows now stands behind it)");
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
    {"reload", show_reload},  {"explain", show_explain},
    {"key authorize", show_call}, {"key deauthorize", show_call}, {"key rotate", show_rotation}, {"revoke", show_revoke},
    {"wait", show_wait},
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
