/* Who this log is: its genesis, written at the first start and never changed, and held against the settings at every
 * start. Opening a store with the settings of another log is refused. */
#ifndef DAEMON_IDENTITY_H
#define DAEMON_IDENTITY_H

#include <stdint.h>

#include "common/err.h"
#include "daemon/keys.h"
#include "daemon/proofs.h"
#include "daemon/settings.h"

/** Read the identity and the keys of the log; an empty store becomes a new log, with the signer's first key.
 *
 *  In:      keys  .store and .signers (prepared) are set
 *           now   Unix seconds: when a new log begins
 *  Out:     ret   borrowed by keys; stays where it is
 *  Returns: ERR_OK; ERR_CONFLICT the settings name another log, chain, registry or key; as signers_first_key(),
 *           keys_read(), and the errors of the store. ret and keys are not to be used then.
 *  Cost:    the first start may wait for the signer's answer.
 *  Thread:  before the loop.
 *  Source:  design.md section 3: the genesis is fixed at the first start.
 */
enum err_code identity_open(struct keys *keys, struct proofs_log *ret, const struct settings *s, uint64_t now,
                            struct err *e);

#endif
