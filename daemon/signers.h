/* Which signer the settings ask for, and with which key a new log begins.
 *
 * Happy path: signers_prepare() before the loop (a key file costs a second); signers_first_key() at the first
 * start only, the one time that a signer must answer before the daemon runs; signers_start() on the loop.
 * Later a signer may be down at any time: hashes are accepted and sealed, and anchoring resumes by itself.
 */
#ifndef DAEMON_SIGNERS_H
#define DAEMON_SIGNERS_H

#include <stdbool.h>
#include <uv.h>

#include "common/err.h"
#include "common/seal.h"
#include "daemon/io/curluv.h"
#include "daemon/io/signer.h"
#include "daemon/io/signerlocal.h"
#include "daemon/io/signersock.h"
#include "daemon/io/signerweb3.h"
#include "daemon/settings.h"

#define SIGNERS_NEXT ".next" /* behind [key] file: the key to rotate to, see hallmarkctl key rotate */

struct signers {
    struct signer signer;
    const struct settings *settings; /* borrowed */
    const struct signer_backend *backend;
    void *self;                      /* one of these */
    struct signerlocal local;
    struct signersock sock;
    struct signerweb3 web3;
};

/** Choose the backend; read the key files, if the keys are in this process.
 *  Returns: ERR_OK; those of localkey_open. */
enum err_code signers_prepare(struct signers *s, const struct settings *settings, struct err *e);

/** The key that a new log begins with: [key] address, else the one key that the signer holds.
 *
 *  Returns: ERR_OK; ERR_CONFLICT it holds several, or not the one of the settings; what is wrong with it.
 *  Cost:    may wait for the signer's answer. Before signers_start() only.
 */
enum err_code signers_first_key(struct signers *s, struct seal_address *ret, struct err *e);

/** Whether it is known without asking that this key cannot be used: a key file holds another one. */
bool signers_lacks(const struct signers *s, const struct seal_address *address);

/** Read the key to rotate to, if it is in a key file and not read yet. Blocks for a second.
 *  Returns: ERR_OK, also if it is not for us to hold keys; those of localkey_open; ERR_NOT_FOUND there is none. */
enum err_code signers_read_next(struct signers *s, struct err *e);

/** Begin on the daemon's loop: .signer may be used from now on. */
void signers_start(struct signers *s, uv_loop_t *loop, struct curluv *curl);

/** Wipe what is held. After the signer was closed. Harmless on a zeroed object. */
void signers_done(struct signers *s);

#endif
