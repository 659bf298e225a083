/* What a chain says about the transaction that a Merkle receipt names, whichever chain it is: asked for
 * over --rpc or --btc, or read from a recorded file. */
#ifndef VERIFIER_FORMATS_TRANSACTION_H
#define VERIFIER_FORMATS_TRANSACTION_H

#include "common/merkleproof.h"
#include "verifier/formats/bitcoin.h"
#include "verifier/formats/format.h"

#define TRANSACTION_ACCOUNT_MAX 128

struct transaction_facts {
    bool has_value;
    struct hash32 value;             /* what it records */
    char account[TRANSACTION_ACCOUNT_MAX]; /* who sent it: "0x…" or a Bitcoin address, as the source writes it */
    uint64_t time;                   /* of its block; Unix seconds */
    bool ethereum;                   /* else Bitcoin; then, if an endpoint was asked: */
    bool has_to;
    uint64_t chain_id;
    struct seal_address sender, to;
};

/** Look a transaction up. Adds getTransactionId, fetchRemoteHash, and what follows from the place of the
 *  transaction: checkTransaction, checkFinality.
 *
 *  Out:     ret  untouched if the answer is false
 *  Returns: true if it was found and nothing objects to its place (it may still be pending). */
bool transaction_look(struct format_check *c, const struct merkleproof_anchor *anchor, struct transaction_facts *ret);

/** The Bitcoin network of an anchor; BITCOIN_UNKNOWN: it names none. */
enum bitcoin_network transaction_bitcoin_network(const struct merkleproof_anchor *anchor);

/** True if two accounts are the same: "0x" addresses in either case, others letter by letter. */
bool transaction_same_account(struct slice a, struct slice b);

#endif
