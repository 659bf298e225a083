/* The fee that chains of the OP stack take beside gas, for the space on their L1: asked of their price oracle before
 * each attempt, so that it counts in balance and budget. Other chains have nothing at its address.
 *
 * Thread: the loop's.
 * Source: optimism, GasPriceOracle.getL1Fee(bytes) at 0x420000000000000000000000000000000000000F. */
#ifndef DAEMON_L1FEE_H
#define DAEMON_L1FEE_H

#include <stdint.h>

#include "common/ethrpc.h"
#include "common/hash32.h"
#include "common/wei.h"
#include "daemon/chain.h"

#define L1FEE_CALL_LEN 260 /* selector, offset, length, six words of transaction */

enum l1fee {
    L1FEE_UNKNOWN, /* nobody gave an answer that can be used */
    L1FEE_NONE,    /* there is no oracle: another kind of chain */
    L1FEE_KNOWN,
};

/** The question for an anchor of this value; the oracle counts how well the bytes compress, so they are those of a
 *  whole transaction with prices and a signature that do not.
 *  Out: call  the calldata; it must outlive the request */
struct ethrpc_request l1fee_request(const struct hash32 *value, uint8_t call[static L1FEE_CALL_LEN]);

/** Out: ret  the dearest answer, if KNOWN; untouched else. */
enum l1fee l1fee_read(const struct chain_ask *ask, wei *ret);

#endif
