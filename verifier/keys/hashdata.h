/* What a proof signs: the hash of its options and the hash of the document, side by side. */
#ifndef VERIFIER_KEYS_HASHDATA_H
#define VERIFIER_KEYS_HASHDATA_H

#include "verifier/formats/format.h"
#include "verifier/keys/key.h"

#define HASHDATA_MAX 96 /* twice SHA-384 */

struct hashdata {
    uint8_t bytes[HASHDATA_MAX]; /* options ‖ document */
    size_t len;
};

/** Over canonical RDF: the options get the @context of the document, and lose their value (proofValue,
 *  jws). Nothing may be lost on the way, in neither of the two.
 *  In:      algorithm  of both hashes, and inside RDFC-1.0
 *  Returns: false: a finding was added. */
bool hashdata_rdfc(struct format_check *c, const struct format_proof *proof, enum digest_algorithm algorithm,
                   struct hashdata *ret) __attribute__((warn_unused_result));

/** Over canonical JSON (RFC 8785). If the options carry an @context it must be that of the document:
 *  a context that was added later would be covered by nothing. As hashdata_rdfc(). */
bool hashdata_jcs(struct format_check *c, const struct format_proof *proof, enum digest_algorithm algorithm,
                  struct hashdata *ret) __attribute__((warn_unused_result));

/** The canonical RDF of the two, with SHA-256: for suites that sign more than their hashes. */
struct hashdata_texts {
    struct canonize_result options, document;
};
bool hashdata_canonical(struct format_check *c, const struct format_proof *proof,
                        enum digest_algorithm algorithm, struct hashdata_texts *ret)
    __attribute__((warn_unused_result));

#endif
