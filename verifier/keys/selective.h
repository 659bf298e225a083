/* ecdsa-sd-2023, derived proofs: the holder shows some of the statements that the issuer signed. Pure.
 *
 * The issuer signs, with his key, the hash of the options, a key made for this one document, and the
 * statements that must always be shown; with that other key every remaining statement by itself. Blank
 * nodes bear names that a secret of the issuer hides; the proof tells the names of those that are shown.
 * Source: W3C Data Integrity ECDSA Cryptosuites 1.0, sections 3.4 and 3.5.
 */
#ifndef VERIFIER_KEYS_SELECTIVE_H
#define VERIFIER_KEYS_SELECTIVE_H

#include "common/hash32.h"
#include "verifier/keys/signature.h"
#include "verifier/rdf/arena.h"

#define SELECTIVE_MAX_ITEMS 20000 /* signatures, names or indexes of one proof */

struct selective_proof {
    struct slice base_signature;
    struct slice public_key; /* Multikey bytes, as signed */
    struct key key;          /* the same: P-256 */
    struct slice *signatures;
    size_t n_signatures;
    struct slice *labels; /* by number of the canonical blank node; data NULL: none */
    size_t n_labels;
    size_t *mandatory; /* indexes into the sorted statements, ascending */
    size_t n_mandatory;
};

/** Read the bytes of a proofValue.
 *  Returns: ERR_OK; ERR_UNSUPPORTED a base proof, which is the holder's own; ERR_PARSE; ERR_LIMIT;
 *           ERR_INVALID a key that is none, or two names for one node, or one for two. */
enum err_code selective_read(struct arena *arena, struct slice bytes, struct selective_proof *ret,
                             struct err *e) __attribute__((warn_unused_result));

/** Check all signatures.
 *
 *  In:      options_hash  of the canonical options
 *           document      canonical N-Quads of what is shown
 *           issuer        P-256 or secp256k1
 *  Returns: ERR_OK, *ret says whether everything holds; ERR_LIMIT; ERR_PARSE; ERR_INVALID the proof does
 *           not fit the number of statements, or does not name a node: then *ret is untouched.
 */
enum err_code selective_check(struct arena *arena, const struct selective_proof *proof,
                              const struct hash32 *options_hash, struct slice document,
                              const struct key *issuer, enum signature_answer *ret, struct err *e)
    __attribute__((warn_unused_result));

#endif
