/* hallmarkd: arguments, settings, run. */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon/arguments.h"
#include "daemon/daemon.h"
#include "daemon/log.h"
#include "daemon/settings.h"

/* Of the thread pool: so many that a commit never waits behind other work. At once there can be a round, a job and
 * the upkeep of the index (storeq.h), READQ_ROUNDS, API_MAX_WORK bodies, and a passphrase or a name that is looked up. */
#define POOL_THREADS "24"

static const struct arguments_program PROGRAM = {
    .name = "hallmarkd",
    .purpose = "Accepts credential hashes over HTTP, closes them into Merkle trees and anchors each tree on a chain.\n",
    .config = "settings (default " SETTINGS_PATH ", if it is there)",
    .remarks = "\nSIGHUP reads the settings again. SIGTERM finishes what is in flight and stops.\n",
};

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
    int rc = arguments_read(&arguments, &PROGRAM, argc, argv);
    if (rc >= 0)
        return rc;
    if (arguments.config == NULL && !arguments.print && access(SETTINGS_PATH, R_OK) == 0)
        arguments.config = SETTINGS_PATH;
    bool lenient = arguments.check || arguments.print;
    enum err_code code = settings_read(&settings, arguments.config, lenient ? SETTINGS_FOR_CHECK : SETTINGS_FOR_DAEMON,
                                       &report, &e);
    if (code != ERR_OK)
        arguments_complain(&PROGRAM, &report, &e);
    conf_report_done(&report);
    if (code != ERR_OK)
        return arguments.check ? EXIT_FAILURE : EX_CONFIG;
    if (arguments.print)
        return arguments_print(&settings_table, &settings);
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
