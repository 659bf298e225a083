/* One transaction as endpoints tell it: everything that an anchor needs, in six calls. */
#ifndef VERIFIER_CHAIN_H
#define VERIFIER_CHAIN_H

#include <stdbool.h>

#include "common/err.h"
#include "common/proof.h"
#include "common/seal.h"
#include "verifier/record.h"
#include "verifier/endpoints.h"

#define CHAIN_DEPTH 12 /* blocks on top that count as final where a chain knows no `finalized` */

/** Its bytes (rebuilt, and checked against its hash), receipt, block, whether canonical and final.
 *
 *  In:      genesis       names the registry whose Anchored counts
 *           want_block_0  also ask for the hash of block 0
 *  Returns: ERR_OK, also for a transaction that is not mined; the failures of endpoints.h.
 */
enum err_code chain_anchor(struct endpoints *endpoints, const struct seal_genesis *genesis,
                           const struct proof_anchor *anchor, bool want_block_0,
                           struct record_facts *ret, struct err *e)
    __attribute__((warn_unused_result));

/** The newest final block; on a chain that knows no such tag, the one under CHAIN_DEPTH others.
 *  Returns: as a question of endpoints.h. */
enum err_code chain_final(const struct endpoints_talk *t, uint64_t *ret_number)
    __attribute__((warn_unused_result));

#endif
