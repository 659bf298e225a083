/* What a node means by the error it answers with. There is no standard: every client has its own
 * texts, and they change; so this is one table of texts, in the order in which they are tried. */
#ifndef COMMON_ETHFAULT_H
#define COMMON_ETHFAULT_H

#include <stdint.h>

#include "common/wei.h"

/* class, name in logs, what it means for the sender of a transaction. */
#define ETHFAULT_CLASSES(X)                                                                         \
    X(UNKNOWN, "unknown")       /* anything else: it says nothing, the transaction may be sent */   \
    X(KNOWN, "known")           /* the node has it already: as good as accepted */                  \
    X(NONCE_LOW, "nonce-low")   /* something with this nonce is mined: look up all attempts */      \
    X(NONCE_HIGH, "nonce-high") /* lower nonces are missing there: send those first */              \
    X(REPLACEMENT, "replacement") /* not enough more than the transaction it would replace */       \
    X(BELOW_BASE, "below-base") /* fee cap below the base fee: wait, or raise it */                 \
    X(UNDERPRICED, "underpriced") /* below a minimum of the node */                                 \
    X(FUNDS, "funds")           /* the balance does not cover it: somebody must pay in */           \
    X(POOL_FULL, "pool-full")   /* another endpoint, or later */                                    \
    X(FEE_CAP, "fee-cap")       /* a cap of the endpoint itself */                                  \
    X(GAS, "gas")               /* gas limit too low or too high: estimate again */                 \
    X(CHAIN, "chain")           /* signed for another chain than the endpoint's */                  \
    X(SYNC, "sync")             /* the node is not ready: another endpoint */                       \
    X(NO_METHOD, "no-method")   /* the endpoint does not offer this call */                         \
    X(NO_BLOCK, "no-block")     /* the endpoint does not have this block, or this tag */            \
    X(TOO_MUCH, "too-much")     /* eth_getLogs: ask for fewer blocks */

enum ethfault_class {
#define X(name, text) ETHFAULT_##name,
    ETHFAULT_CLASSES(X)
#undef X
};

struct ethfault {
    enum ethfault_class class;
    wei min_cap; /* the fee a gas that the node wants at least, if it says so; else 0 */
    wei min_tip; /* the priority fee a gas, likewise */
};

/** Classify an error of a node.
 *
 *  In:      code     of the JSON-RPC error; only -32601 counts, the rest differs from client to client
 *           message  its text; only the first 255 bytes are looked at
 *  Source:  the sources of geth, nethermind, besu, erigon and reth; anvil and hardhat measured.
 */
struct ethfault ethfault_classify(int64_t code, const char *message);

/** The name of a class, for logs. Never NULL. */
const char *ethfault_name(enum ethfault_class class);

#endif
