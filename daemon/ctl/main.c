/* hallmarkctl: what each command of the table in commands.h does. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon/ctl/backup.h"
#include "daemon/ctl/client.h"
#include "daemon/ctl/commands.h"
#include "daemon/ctl/compact.h"
#include "daemon/ctl/completion.h"
#include "daemon/ctl/deploy.h"
#include "daemon/ctl/fsck.h"
#include "daemon/ctl/keycmd.h"
#include "daemon/ctl/restorebackup.h"
#include "daemon/ctl/restore.h"
#include "daemon/ctl/tokencmd.h"
#include "daemon/ctl/revokecmd.h"
#include "daemon/io/ctlsock_client.h"
#include "daemon/signers.h"

#define PROBE_TIMEOUT_MS 5000
#define DEPLOY_POLL_MS 500
#define DEPLOY_TIMEOUT_MS 600000

static int fail(const struct err *e)
{
    fprintf(stderr, "hallmarkctl: %s\n", e->msg);
    return EXIT_FAILURE;
}

/* ------------------------------------------------------------------ commands */

static int ask(struct commands_line *line, json_t *members, bool waits)
{
    const char *socket = line->option[COMMANDS_SOCKET];
    struct client_options options = {.socket = socket != NULL ? socket : line->settings.control.socket,
                                     .json = line->option[COMMANDS_JSON] != NULL};
    return client_run(&options, commands_table[line->command].name, members, waits);
}

static json_t *hashes_of(const struct commands_line *line)
{
    json_t *hashes = json_array();
    for (unsigned i = 0; i < line->n_args; i++)
        json_array_append_new(hashes, json_string(line->args[i]));
    return hashes;
}

/* A command that is only its name and perhaps hashes. */
static int ask_daemon(struct commands_line *line)
{
    return ask(line, json_pack("{s:o}", "hashes", hashes_of(line)), false);
}

static int wait_for(struct commands_line *line)
{
    const char *timeout = line->option[COMMANDS_TIMEOUT];
    unsigned long long seconds = 0;
    if (timeout != NULL) {
        char *end;
        seconds = strtoull(timeout, &end, 10);
        if (*timeout < '0' || *timeout > '9' || *end != '\0') {
            fprintf(stderr, "hallmarkctl: --timeout takes whole seconds\n");
            return EX_USAGE;
        }
    }
    return ask(line, json_pack("{s:o, s:b, s:I}", "hashes", hashes_of(line), "final", line->option[COMMANDS_FINAL] != NULL,
                               "timeout", (json_int_t)seconds), true);
}

/* By the daemon if one runs, else here. */
static int compact(struct commands_line *line)
{
    const char *socket = line->option[COMMANDS_SOCKET];
    struct ctlsock_client probe = {.fd = -1};
    struct compact_result result;
    struct err e;
    enum err_code code =
        ctlsock_client_open(&probe, socket != NULL ? socket : line->settings.control.socket, PROBE_TIMEOUT_MS, &e);
    ctlsock_client_close(&probe);
    if (code != ERR_NOT_FOUND && code != ERR_BUSY) /* there is one, or we may not ask it */
        return ask(line, json_object(), true);
    if (compact_store(&line->settings, &result, &e) != ERR_OK)
        return fail(&e);
    compact_print(stdout, &result, line->option[COMMANDS_JSON] != NULL);
    return EXIT_SUCCESS;
}

static int fsck(struct commands_line *line)
{
    return fsck_run(&line->settings, line->option[COMMANDS_DEEP] != NULL, line->option[COMMANDS_JSON] != NULL);
}

static int backup(struct commands_line *line)
{
    return backup_run(&line->settings, line->args[0], line->option[COMMANDS_WITH_KEY] != NULL,
                      line->option[COMMANDS_JSON] != NULL);
}

static struct keycmd_options key_options(const struct commands_line *line)
{
    return (struct keycmd_options){
        .key_file = line->settings.key.file, .passphrase_file = line->settings.key.passphrase_file};
}

static int print_key(enum err_code code, const struct commands_line *line, const struct seal_address *address,
                     const struct err *e)
{
    if (code != ERR_OK)
        return fail(e);
    keycmd_print(stdout, address, line->option[COMMANDS_JSON] != NULL);
    return EXIT_SUCCESS;
}

static int key_new(struct commands_line *line)
{
    struct keycmd_options options = key_options(line);
    struct seal_address address;
    struct err e;
    return print_key(keycmd_new(&options, &address, &e), line, &address, &e);
}

static int key_import(struct commands_line *line)
{
    struct keycmd_options options = key_options(line);
    struct seal_address address;
    struct err e;
    return print_key(keycmd_import(&options, line->args[0], &address, &e), line, &address, &e);
}

static int key_address(struct commands_line *line)
{
    struct keycmd_options options = key_options(line);
    struct seal_address address;
    struct err e;
    return print_key(keycmd_address(&options, &address, &e), line, &address, &e);
}

/* With a key file the new key is made beside the one in use; a signer must hold it already. */
static int make_next_key(const struct commands_line *line)
{
    const struct settings *s = &line->settings;
    char path[CONF_TEXT_MAX + sizeof SIGNERS_NEXT];
    struct keycmd_options options = key_options(line);
    struct seal_address address;
    struct err e;
    snprintf(path, sizeof path, "%s" SIGNERS_NEXT, s->key.file);
    if (s->key.signer[0] != '\0' || s->key.web3signer[0] != '\0' || access(path, F_OK) == 0)
        return EXIT_SUCCESS;
    options.key_file = path;
    if (keycmd_new(&options, &address, &e) != ERR_OK)
        return fail(&e);
    if (line->option[COMMANDS_JSON] == NULL)
        printf("Made a new key: %s\n", path);
    return EXIT_SUCCESS;
}

static int key_rotate(struct commands_line *line)
{
    int rc = make_next_key(line);
    return rc == EXIT_SUCCESS ? ask_daemon(line) : rc;
}

static int key_revoke(struct commands_line *line)
{
    struct revokecmd what;
    struct err e;
    if (revokecmd_read(&what, line->args[0], &e) != ERR_OK)
        return fail(&e);
    json_t *members = json_pack("{s:[s]}", "hashes", what.subject);
    if (what.genesis[0] != '\0')
        json_object_set_new(members, "genesis", json_string(what.genesis));
    return ask(line, members, false);
}

static int deploy(struct commands_line *line)
{
    const struct settings *s = &line->settings;
    const char *urls[CONF_LIST_MAX];
    struct localkey signer = {0};
    struct localkey_config config = {.key_file = s->key.file, .passphrase_file = s->key.passphrase_file};
    struct deploy_result result;
    struct err e;
    for (unsigned i = 0; i < s->chain.rpc.n; i++)
        urls[i] = s->chain.rpc.item[i];
    enum err_code code = localkey_open(&signer, &config, &e);
    if (code == ERR_OK) {
        struct deploy_options options = {
            .chain_id = s->chain.chain_id,
            .fees = settings_fee_policy(s),
            .signer = &signer,
            .poll_ms = DEPLOY_POLL_MS,
            .timeout_ms = DEPLOY_TIMEOUT_MS,
        };
        code = deploy_registry(&options, urls, s->chain.rpc.n, &result, &e);
    }
    localkey_close(&signer);
    if (code != ERR_OK)
        return fail(&e);
    deploy_print(stdout, &result, line->option[COMMANDS_JSON] != NULL);
    return EXIT_SUCCESS;
}

static int restore_chain(struct commands_line *line, const struct restore_options *options)
{
    struct err e;
    if (restore_from_chain(options, &e) != ERR_OK)
        return fail(&e);
    if (line->option[COMMANDS_JSON] != NULL)
        puts("{\"batches\":0,\"hashes\":0,\"head\":0}");
    else
        puts("The log is set up again, empty. Start hallmarkd: it lists the anchors of the key on the chain, waits until "
             "its nonces agree, declares the gap and goes on behind the newest anchor.");
    return EXIT_SUCCESS;
}

static int restore(struct commands_line *line)
{
    const char *chain = line->option[COMMANDS_FROM_CHAIN];
    struct restore_options options = {.store_path = line->settings.store.path,
                                      .map_size = line->settings.store.map_size,
                                      .source = chain != NULL ? chain : line->n_args > 0 ? line->args[0] : NULL,
                                      .mirror = line->settings.store.mirror,
                                      .log_name = line->settings.log_name};
    struct restore_result result;
    struct err e;
    if ((chain != NULL) == (line->n_args > 0)) {
        fprintf(stderr, "hallmarkctl: restore takes the folder of a mirror or backup, or --from-chain GENESIS|PROOF\n");
        return EX_USAGE;
    }
    if (chain != NULL)
        return restore_chain(line, &options);
    enum err_code code = restorebackup_is_one(options.source) ? restorebackup(&options, &result, &e)
                                                              : restore_from_mirror(&options, &result, &e);
    if (code != ERR_OK)
        return fail(&e);
    if (line->option[COMMANDS_JSON] != NULL)
        printf("{\"batches\":%" PRIu64 ",\"hashes\":%" PRIu64 ",\"head\":%" PRIu64 "}\n", result.batches, result.hashes,
               result.head);
    else
        printf("Restored %" PRIu64 " batches with %" PRIu64 " hashes, the newest is %" PRIu64
               ". Start hallmarkd: it looks on the chain for what was sent before it sends anything.\n",
               result.batches, result.hashes, result.head);
    return EXIT_SUCCESS;
}

/* In the order of the table. */
static int (*const RUN[])(struct commands_line *line) = {
#define X(run, name, arguments, min, max, options, help) run,
    COMMANDS_TABLE(X)
#undef X
};

static int read_settings(struct commands_line *line)
{
    struct conf_report report = {0};
    struct err e;
    const char *path = line->option[COMMANDS_CONFIG];
    if (path == NULL && access(SETTINGS_PATH, R_OK) == 0)
        path = SETTINGS_PATH;
    enum err_code code = settings_read(&line->settings, path, SETTINGS_FOR_CHECK, &report, &e);
    if (report.text != NULL)
        fputs(report.text, stderr);
    else if (code != ERR_OK)
        fail(&e);
    conf_report_done(&report);
    return code == ERR_OK ? -1 : EX_CONFIG;
}

int main(int argc, char **argv)
{
    static struct commands_line line; /* settings are large */
    int rc = commands_parse(&line, argc, argv);
    if (rc < 0)
        rc = read_settings(&line);
    return rc >= 0 ? rc : RUN[line.command](&line);
}
