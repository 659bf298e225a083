/* hallmarkd: owns everything by value, starts it in order, stops it in the opposite order.
 *
 * Start: the table START in daemon.c is the order; then word to the service manager. Stop (SIGTERM): HTTP finishes
 * what is in flight, then the rest closes from the edge inwards; the store is the last. What was accepted is in the
 * store, so nothing else needs saving.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/db/store.h"
#include "common/err.h"
#include "daemon/anchorer.h"
#include "daemon/api.h"
#include "daemon/chain.h"
#include "daemon/compaction.h"
#include "daemon/control.h"
#include "daemon/events.h"
#include "daemon/io/curluv.h"
#include "daemon/io/httpd.h"
#include "daemon/io/rpc.h"
#include "daemon/io/readq.h"
#include "daemon/io/storeq.h"
#include "daemon/keys.h"
#include "daemon/proofs.h"
#include "daemon/sealer.h"
#include "daemon/settings.h"
#include "daemon/signers.h"
#include "daemon/tokens.h"
#include "daemon/watchdog.h"

struct daemon {
    struct settings settings;
    const char *config_path; /* NULL: defaults; read again on SIGHUP */
    const struct clock *clock;
    uint64_t started_at; /* Unix seconds */
    uv_loop_t loop;
    struct signers signers;
    struct store *store;
    struct proofs_log log;
    struct tokens tokens;
    struct storeq storeq;
    struct readq readq;
    struct curluv curl;
    struct rpc rpc;
    struct chain chain;
    struct mirror mirror;
    struct sealer sealer;
    struct compaction compaction;
    struct anchorer anchorer;
    struct keys keys;
    struct events events;
    struct api api;
    struct httpd httpd;
    struct control control;
    uv_signal_t on_term, on_int, on_hup;
    struct watchdog watchdog;
    bool stopping;
};

/** Run until a signal ends it.
 *  In:      d            zeroed; large: keep it off the stack
 *           config_path  NULL: the defaults
 *  Returns: ERR_OK after an orderly stop; else why it could not start, already worded for the log. */
enum err_code daemon_run(struct daemon *d, const char *config_path, const struct settings *settings, struct err *e);

#endif
