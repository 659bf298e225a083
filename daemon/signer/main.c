/* hallmark-signer: arguments, settings, run. A process of its own, without network, that holds the key. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon/arguments.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/signer/serve.h"
#include "daemon/signer/signerconf.h"

static const struct arguments_program PROGRAM = {
    .name = "hallmark-signer",
    .purpose = "Holds the issuer's key and signs anchors and registry calls for hallmarkd, over a Unix socket, and nothing else.\n",
    .config = "settings (default " SIGNERCONF_PATH ")",
    .remarks = "",
};

struct program {
    uv_loop_t loop;
    uv_signal_t on_term, on_int;
    struct serve serve;
};

static void on_signal(uv_signal_t *signal, int number)
{
    struct program *p = signal->data;
    (void)number;
    log_info("stopping", "%s", "");
    notify_send("STOPPING=1");
    uv_close((uv_handle_t *)&p->on_term, NULL);
    uv_close((uv_handle_t *)&p->on_int, NULL);
    serve_stop(&p->serve);
}

static void catch_signal(struct program *p, uv_signal_t *handle, int number)
{
    uv_signal_init(&p->loop, handle);
    handle->data = p;
    uv_signal_start(handle, on_signal, number);
}

static int run(struct program *p, const struct signerconf *settings)
{
    struct err e;
    /* Nobody of the same user may look into this process or have it leave a core. */
    if (prctl(PR_SET_DUMPABLE, 0) != 0 || uv_loop_init(&p->loop) != 0)
        return EX_OSERR;
    p->serve.clock = clock_system();
    p->serve.loop = &p->loop;
    enum err_code rc = serve_open(&p->serve, settings, notify_listen_fd(), &e);
    if (rc == ERR_OK) {
        signal(SIGPIPE, SIG_IGN);
        catch_signal(p, &p->on_term, SIGTERM);
        catch_signal(p, &p->on_int, SIGINT);
        log_info("listening", "socket=%s keys=%zu version=" HALLMARK_VERSION, settings->signer.socket, p->serve.n_keys);
        notify_send("READY=1");
        uv_run(&p->loop, UV_RUN_DEFAULT);
        log_info("stopped", "%s", "");
    } else {
        log_error("start-failed", "code=%s error=%s", err_name(e.code), log_quote(e.msg).s);
    }
    serve_done(&p->serve);
    return rc == ERR_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static struct program program; /* large */
    struct arguments arguments = {0};
    struct signerconf settings;
    struct conf_report report = {0};
    struct err e;
    int rc = arguments_read(&arguments, &PROGRAM, argc, argv);
    if (rc >= 0)
        return rc;
    if (arguments.config == NULL && (!arguments.print || access(SIGNERCONF_PATH, R_OK) == 0))
        arguments.config = SIGNERCONF_PATH;
    enum err_code code = signerconf_read(&settings, arguments.config, &report, &e);
    bool usable = code == ERR_OK || (arguments.print && arguments.config == NULL); /* the example has no registry */
    if (!usable)
        arguments_complain(&PROGRAM, &report, &e);
    conf_report_done(&report);
    if (!usable)
        return arguments.check ? EXIT_FAILURE : EX_CONFIG;
    if (arguments.print)
        return arguments_print(&signerconf_table, &settings);
    if (arguments.check) {
        printf("%s: good\n", arguments.config);
        return EXIT_SUCCESS;
    }
    log_open();
    return run(&program, &settings);
}
