/* hallmark-signer at work: a line comes in on the Unix socket, the guard decides, its state is made durable, the
 * key signs, the raw transaction goes back. One thread, one request after the other: each takes a
 * fsync, and there are few.
 *
 * Failure modes: a caller that is not named in the settings, a request that is not one of ours: refused with
 * a code (common/signerline.h). The state cannot be written: nothing is signed, and the guard stands as before.
 */
#ifndef DAEMON_SIGNER_SERVE_H
#define DAEMON_SIGNER_SERVE_H

#include <sys/types.h>
#include <uv.h>

#include "common/err.h"
#include "daemon/io/clock.h"
#include "daemon/io/ctlsock.h"
#include "daemon/io/localkey.h"
#include "daemon/signer/guard.h"
#include "daemon/signer/guardfile.h"
#include "daemon/signer/signerconf.h"

struct serve {
    const struct clock *clock; /* set by the caller, before serve_open */
    uv_loop_t *loop;
    struct guard_policy policy;
    struct guard_state state;
    struct guardfile file;
    struct localkey keys[CONF_LIST_MAX];
    size_t n_keys;
    uid_t users[CONF_LIST_MAX];
    size_t n_users;
    struct ctlsock sock;
};

/** Read keys and state, find the users, listen.
 *  In:      fd  an inherited listening socket, or -1
 *  Returns: ERR_OK; what is wrong with a key, the state, a user's name or the socket. serve_done() after any. */
enum err_code serve_open(struct serve *s, const struct signerconf *settings, int fd, struct err *e)
    __attribute__((warn_unused_result));

/** Close the socket; the loop runs dry after it. */
void serve_stop(struct serve *s);

/** Wipe the keys, give the state's lock back. */
void serve_done(struct serve *s);

#endif
