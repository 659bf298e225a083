/* hallmarkctl: the table of commands, used for dispatch and for the help text. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon/ctl/client.h"
#include "daemon/ctl/deploy.h"
#include "daemon/ctl/keycmd.h"
#include "daemon/ctl/restore.h"
#include "daemon/settings.h"

#define DEPLOY_POLL_MS 500
#define DEPLOY_TIMEOUT_MS 600000

/* What stands on the command line. */
struct context {
    const char *config; /* NULL: the default file, if it is there */
    const char *socket; /* NULL: as the settings say */
    bool json;
    bool final;
    uint64_t timeout_s;
    char **args; /* behind the command's words */
    unsigned n_args;
    struct settings settings;
};

struct command {
    const char *name;      /* one or two words */
    const char *arguments; /* for the help text */
    unsigned min_args, max_args;
    int (*run)(const struct command *command, struct context *context);
    const char *help;
};

static int fail(const struct err *e)
{
    fprintf(stderr, "hallmarkctl: %s\n", e->msg);
    return EXIT_FAILURE;
}

/* ------------------------------------------------------------------ commands */

static int ask_daemon(const struct command *command, struct context *context)
{
    struct client_options options = {
        .socket = context->socket != NULL ? context->socket : context->settings.control.socket, .json = context->json};
    return client_run(&options, command->name, context->args, context->n_args, context->final, context->timeout_s);
}

static struct keycmd_options key_options(const struct context *context)
{
    return (struct keycmd_options){
        .key_file = context->settings.key.file, .passphrase_file = context->settings.key.passphrase_file};
}

static int print_key(enum err_code code, const struct context *context, const struct seal_address *address,
                     const struct err *e)
{
    if (code != ERR_OK)
        return fail(e);
    keycmd_print(stdout, address, context->json);
    return EXIT_SUCCESS;
}

static int key_new(const struct command *command, struct context *context)
{
    (void)command;
    struct keycmd_options options = key_options(context);
    struct seal_address address;
    struct err e;
    return print_key(keycmd_new(&options, &address, &e), context, &address, &e);
}

static int key_import(const struct command *command, struct context *context)
{
    (void)command;
    struct keycmd_options options = key_options(context);
    struct seal_address address;
    struct err e;
    return print_key(keycmd_import(&options, context->args[0], &address, &e), context, &address, &e);
}

static int key_address(const struct command *command, struct context *context)
{
    (void)command;
    struct keycmd_options options = key_options(context);
    struct seal_address address;
    struct err e;
    return print_key(keycmd_address(&options, &address, &e), context, &address, &e);
}

static int deploy(const struct command *command, struct context *context)
{
    (void)command;
    const struct settings *s = &context->settings;
    const char *urls[CONF_LIST_MAX];
    struct signer signer = {0};
    struct signer_config config = {.key_file = s->key.file, .passphrase_file = s->key.passphrase_file};
    struct deploy_result result;
    struct err e;
    for (unsigned i = 0; i < s->chain.rpc.n; i++)
        urls[i] = s->chain.rpc.item[i];
    enum err_code code = signer_open(&signer, &config, &e);
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
    signer_close(&signer);
    if (code != ERR_OK)
        return fail(&e);
    deploy_print(stdout, &result, context->json);
    return EXIT_SUCCESS;
}

static int restore(const struct command *command, struct context *context)
{
    (void)command;
    struct restore_options options = {.store_path = context->settings.store.path,
                                      .map_size = context->settings.store.map_size,
                                      .source = context->args[0]};
    struct restore_result result;
    struct err e;
    if (restore_from_mirror(&options, &result, &e) != ERR_OK)
        return fail(&e);
    if (context->json)
        printf("{\"batches\":%" PRIu64 ",\"hashes\":%" PRIu64 ",\"head\":%" PRIu64 "}\n", result.batches, result.hashes,
               result.head);
    else
        printf("Restored %" PRIu64 " batches with %" PRIu64 " hashes, the newest is %" PRIu64
               ". Start hallmarkd: it looks on the chain for what was sent before it sends anything.\n",
               result.batches, result.hashes, result.head);
    return EXIT_SUCCESS;
}

static const struct command COMMANDS[] = {
    {"status", "", 0, 0, ask_daemon, "what the daemon does, and what it needs"},
    {"flush", "", 0, 0, ask_daemon, "put all waiting hashes into a batch now"},
    {"pause", "", 0, 0, ask_daemon, "seal nothing until resume; hashes are still accepted"},
    {"resume", "", 0, 0, ask_daemon, "go on sealing"},
    {"reload", "", 0, 0, ask_daemon, "read the settings again"},
    {"explain", "HASH", 1, 1, ask_daemon, "tell the story of one hash"},
    {"wait", "[--final] [--timeout S] HASH...", 1, 1000, ask_daemon, "wait until all are sealed, or final"},
    {"key new", "", 0, 0, key_new, "make the issuer's key"},
    {"key import", "FILE|-", 1, 1, key_import, "take over a key: 64 hex digits, or Web3 secret storage"},
    {"key address", "", 0, 0, key_address, "print the address of the key"},
    {"restore", "DIR", 1, 1, restore, "rebuild a lost store from its mirror; the daemon must not run"},
    {"deploy-registry", "", 0, 0, deploy, "create the registry contract and print its address"},
};

static void usage(FILE *out)
{
    fputs("usage: hallmarkctl [-c FILE] [-s SOCKET] [--json] COMMAND [ARGUMENT...]\n\n", out);
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++) {
        char words[80];
        snprintf(words, sizeof words, "%s %s", COMMANDS[i].name, COMMANDS[i].arguments);
        fprintf(out, "  %-40s %s\n", words, COMMANDS[i].help);
    }
    fputs("\n  -c, --config FILE   settings (default " SETTINGS_PATH ", if it is there)\n"
          "  -s, --socket PATH   control socket (default: as the settings say)\n"
          "      --json          print JSON\n"
          "      --version       print the version and exit\n",
          out);
}

/* ------------------------------------------------------------------ the command line */

enum option_code { OPTION_JSON = 256, OPTION_FINAL, OPTION_TIMEOUT, OPTION_VERSION, OPTION_HELP };

static const struct option OPTIONS[] = {
    {"config", required_argument, NULL, 'c'},   {"socket", required_argument, NULL, 's'},
    {"json", no_argument, NULL, OPTION_JSON},   {"final", no_argument, NULL, OPTION_FINAL},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT}, {"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, OPTION_HELP},   {NULL, 0, NULL, 0},
};

/* Returns: an exit code, or -1 to go on. */
static int read_options(int argc, char **argv, struct context *context)
{
    int c;
    char *end;
    while ((c = getopt_long(argc, argv, "c:s:", OPTIONS, NULL)) != -1) {
        switch (c) {
        case 'c':
            context->config = optarg;
            break;
        case 's':
            context->socket = optarg;
            break;
        case OPTION_JSON:
            context->json = true;
            break;
        case OPTION_FINAL:
            context->final = true;
            break;
        case OPTION_TIMEOUT:
            context->timeout_s = strtoull(optarg, &end, 10);
            if (*optarg < '0' || *optarg > '9' || *end != '\0') {
                fprintf(stderr, "hallmarkctl: --timeout takes whole seconds\n");
                return EX_USAGE;
            }
            break;
        case OPTION_VERSION:
            puts("hallmarkctl " HALLMARK_VERSION);
            return EXIT_SUCCESS;
        case OPTION_HELP:
            usage(stdout);
            return EXIT_SUCCESS;
        default:
            usage(stderr);
            return EX_USAGE;
        }
    }
    return -1;
}

/* The command whose words the arguments begin with; two words before one. Out: how many words. */
static const struct command *find_command(int n, char **args, int *ret_words)
{
    for (int words = 2; words >= 1; words--) {
        char name[64];
        if (words > n)
            continue;
        snprintf(name, sizeof name, words == 2 ? "%s %s" : "%s", args[0], words == 2 ? args[1] : "");
        for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++)
            if (strcmp(COMMANDS[i].name, name) == 0) {
                *ret_words = words;
                return &COMMANDS[i];
            }
    }
    return NULL;
}

static int read_settings(struct context *context)
{
    struct conf_report report = {0};
    struct err e;
    if (context->config == NULL && access(SETTINGS_PATH, R_OK) == 0)
        context->config = SETTINGS_PATH;
    enum err_code code = settings_read(&context->settings, context->config, SETTINGS_FOR_CHECK, &report, &e);
    if (report.text != NULL)
        fputs(report.text, stderr);
    else if (code != ERR_OK)
        fail(&e);
    conf_report_done(&report);
    return code == ERR_OK ? -1 : EX_CONFIG;
}

int main(int argc, char **argv)
{
    struct context context = {0};
    int words = 0, rc = read_options(argc, argv, &context);
    if (rc >= 0)
        return rc;
    const struct command *command = find_command(argc - optind, argv + optind, &words);
    if (command == NULL) {
        if (optind < argc)
            fprintf(stderr, "hallmarkctl: unknown command: %s\n", argv[optind]);
        usage(stderr);
        return EX_USAGE;
    }
    context.args = argv + optind + words;
    context.n_args = (unsigned)(argc - optind - words);
    if (context.n_args < command->min_args || context.n_args > command->max_args) {
        fprintf(stderr, "usage: hallmarkctl %s %s\n", command->name, command->arguments);
        return EX_USAGE;
    }
    rc = read_settings(&context);
    return rc >= 0 ? rc : command->run(command, &context);
}
