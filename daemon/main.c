/* hallmarkd: arguments, settings, run. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "daemon/log.h"
#include "daemon/settings.h"

/* Of the thread pool: so many that a commit never waits behind other work. At once there can be a round, a job and
 * the upkeep of the index (storeq.h), READQ_ROUNDS, API_MAX_WORK bodies, and a passphrase or a name that is looked up. */
#define POOL_THREADS "24"

static const char USAGE[] =
    "usage: hallmarkd [-c FILE] [--check-config] [--print-config] [--version]\n"
    "\n"
    "Accepts credential hashes over HTTP, closes them into Merkle trees and anchors each tree on a chain.\n"
    "\n"
    "  -c, --config FILE   settings (default " SETTINGS_PATH ", if it is there)\n"
    "      --check-config  report every error of the settings and exit: 0 good, 1 not\n"
    "      --print-config  print the settings in force, with an explanation of each, and exit\n"
    "      --version       print the version and exit\n"
    "      --help          print this and exit\n"
    "\n"
    "SIGHUP reads the settings again. SIGTERM finishes what is in flight and stops.\n";

enum option_code { OPTION_CHECK = 256, OPTION_PRINT, OPTION_VERSION, OPTION_HELP };

static const struct option OPTIONS[] = {
    {"config", required_argument, NULL, 'c'},          {"check-config", no_argument, NULL, OPTION_CHECK},
    {"print-config", no_argument, NULL, OPTION_PRINT}, {"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, OPTION_HELP},          {NULL, 0, NULL, 0},
};

struct arguments {
    const char *config; /* NULL: defaults */
    bool check, print;
};

/* Returns: an exit code, or -1 to go on. */
static int read_arguments(int argc, char **argv, struct arguments *ret)
{
    int c;
    while ((c = getopt_long(argc, argv, "c:", OPTIONS, NULL)) != -1) {
        switch (c) {
        case 'c':
            ret->config = optarg;
            break;
        case OPTION_CHECK:
            ret->check = true;
            break;
        case OPTION_PRINT:
            ret->print = true;
            break;
        case OPTION_VERSION:
            puts("hallmarkd " HALLMARK_VERSION);
            return EXIT_SUCCESS;
        case OPTION_HELP:
            fputs(USAGE, stdout);
            return EXIT_SUCCESS;
        default:
            fputs(USAGE, stderr);
            return EX_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "hallmarkd: unexpected argument: %s\n%s", argv[optind], USAGE);
        return EX_USAGE;
    }
    return -1;
}

static int print_config(const struct settings *settings)
{
    char *text = conf_print(&settings_table, settings);
    if (text == NULL)
        return EX_OSERR;
    fputs(text, stdout);
    free(text);
    return EXIT_SUCCESS;
}

/* What the settings name must be good too: the daemon would not start, or would not reload. */
static enum err_code check_files(const struct settings *s, struct err *e)
{
    struct tlscert *cert = NULL;
    struct tokens tokens = {0};
    enum err_code rc = s->http.tls_cert[0] != '\0' ? tlscert_load(&cert, s->http.tls_cert, s->http.tls_key, e) : ERR_OK;
    if (rc == ERR_OK)
        rc = tokens_read(&tokens, s->http.tokens_file, e);
    tlscert_free(cert);
    tokens_done(&tokens);
    return rc;
}

int main(int argc, char **argv)
{
    static struct daemon daemon; /* large */
    struct arguments arguments = {0};
    struct settings settings;
    struct conf_report report = {0};
    struct err e;
    int rc = read_arguments(argc, argv, &arguments);
    if (rc >= 0)
        return rc;
    if (arguments.config == NULL && !arguments.print && access(SETTINGS_PATH, R_OK) == 0)
        arguments.config = SETTINGS_PATH;
    bool lenient = arguments.check || arguments.print;
    enum err_code code = settings_read(&settings, arguments.config, lenient ? SETTINGS_FOR_CHECK : SETTINGS_FOR_DAEMON,
                                       &report, &e);
    if (report.text != NULL)
        fputs(report.text, stderr);
    else if (code != ERR_OK)
        fprintf(stderr, "hallmarkd: %s\n", e.msg);
    conf_report_done(&report);
    if (code != ERR_OK)
        return arguments.check ? EXIT_FAILURE : EX_CONFIG;
    if (arguments.print)
        return print_config(&settings);
    if (arguments.check && check_files(&settings, &e) != ERR_OK) {
        fprintf(stderr, "hallmarkd: %s\n", e.msg);
        return EXIT_FAILURE;
    }
    if (arguments.check) {
        printf("%s: good\n", arguments.config != NULL ? arguments.config : "defaults");
        return EXIT_SUCCESS;
    }
    log_open();
    setenv("UV_THREADPOOL_SIZE", POOL_THREADS, 0);
    if (daemon_run(&daemon, arguments.config, &settings, &e) != ERR_OK) {
        log_error("start-failed", "code=%s error=%s", err_name(e.code), log_quote(e.msg).s);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
