/* The Merkle receipt of a Blockcerts credential, in its three forms: ChainpointSHA256v2 (1.2),
 * MerkleProof2017 (2.x), both JSON, and MerkleProof2019 (3.x), multibase of CBOR. Pure. */
#ifndef VERIFIER_FORMATS_RECEIPT_H
#define VERIFIER_FORMATS_RECEIPT_H

#include "common/merkleproof.h"
#include "verifier/rdf/jdoc.h"

/* Networks of MERKLEPROOF_BTC. */
enum receipt_bitcoin { RECEIPT_BTC_UNSTATED, RECEIPT_BTC_MAIN, RECEIPT_BTC_REGTEST, RECEIPT_BTC_TEST };

#define RECEIPT_CHAIN_FOREIGN INT64_MAX /* a chain whose name we do not know */

/** Read the member "receipt" of a 1.2 certificate, or "signature" of a 2.x one.
 *  Returns: ERR_OK; ERR_PARSE a member is missing or damaged; ERR_LIMIT too many steps or anchors;
 *           ERR_UNSUPPORTED another type of receipt; ERR_NOMEM.
 *  Owner:   the caller: merkleproof_done(). Untouched on error. */
enum err_code receipt_read_json(struct merkleproof *ret, const struct jdoc *receipt, struct err *e)
    __attribute__((warn_unused_result));

/** Read the proof of a 3.x credential, whichever of its types. Returns: as merkleproof_read(). */
enum err_code receipt_read_proof(struct merkleproof *ret, const struct jdoc *proof, struct err *e)
    __attribute__((warn_unused_result));

/** True if the steps lead from .target to .root. */
bool receipt_holds(const struct merkleproof *receipt);

/** True for chains that record nothing: mocknet, regtest. */
bool receipt_is_test(const struct merkleproof_anchor *anchor);

#endif
