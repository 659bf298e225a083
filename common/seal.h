/* Section 2 of design.md in code: genesis, leaf, batch header, seal, anchored value, revoke id, and
 * the exact shape of a path. Frozen: these bytes cannot change later. */
#ifndef COMMON_SEAL_H
#define COMMON_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/hash32.h"
#include "common/merkle.h"

#define SEAL_SALT_LEN 16
#define SEAL_LEAF_LEN 48
#define SEAL_GENESIS_LEN 103
#define SEAL_HEADER_LEN 140
#define SEAL_NAME_MAX 253
#define SEAL_MAX_STEPS 65536 /* path and tail together */

struct seal_address {
    uint8_t b[20];
};

struct seal_salt {
    uint8_t b[SEAL_SALT_LEN];
};

/* The first record of a log; R_0 is its hash. */
struct seal_genesis {
    uint64_t created_at;          /* Unix seconds */
    uint64_t chain_id;            /* EIP-155 */
    struct seal_address registry; /* zeros: none, anchors go to the sender itself */
    struct seal_address issuer;   /* the first issuer key */
    struct hash32 name_hash;      /* SHA-256 of the log name */
};

/* What a batch commits besides its leaves. */
struct seal_header {
    struct hash32 r0;
    uint64_t number;     /* k, from 1 */
    uint64_t leaf_count;
    uint64_t sealed_at;  /* Unix seconds; the issuer's word only */
    uint64_t chain_id;   /* of the recent block */
    uint64_t block;      /* number of the recent block, 0 if none is known */
    struct hash32 block_hash; /* zeros if none is known */
    struct hash32 annex_hash; /* zeros if there is no annex */
};

/** 1 to 253 bytes of [a-z0-9.-]. */
bool seal_name_ok(const char *name, size_t len);

void seal_genesis_encode(uint8_t bytes[SEAL_GENESIS_LEN], const struct seal_genesis *genesis);
/** Returns: ERR_OK; ERR_PARSE if it does not begin with the magic line. */
enum err_code seal_genesis_decode(struct seal_genesis *ret, const uint8_t bytes[SEAL_GENESIS_LEN],
                                  struct err *e);

void seal_header_encode(uint8_t bytes[SEAL_HEADER_LEN], const struct seal_header *header);
/** Returns: ERR_OK; ERR_PARSE if it does not begin with "HMB1". */
enum err_code seal_header_decode(struct seal_header *ret, const uint8_t bytes[SEAL_HEADER_LEN],
                                 struct err *e);

/** SHA-256(target ‖ salt). */
struct hash32 seal_leaf(const struct hash32 *target, const struct seal_salt *salt);

/** S_k = SHA-256(B_k ‖ SHA-256(header)). */
struct hash32 seal_of(const struct hash32 *root, const struct hash32 *header_hash);

/** R_k = SHA-256(R_prev ‖ S_k). */
struct hash32 seal_next(const struct hash32 *previous, const struct hash32 *seal);

/** SHA-256("hallmark revoke 1\n" ‖ target ‖ salt). */
struct hash32 seal_revoke_id(const struct hash32 *target, const struct seal_salt *salt);

/* One step of a path as a proof carries it: 16 bytes for the salt, 32 for all others. */
struct seal_step {
    bool left;
    uint8_t len; /* 16 or 32 */
    uint8_t bytes[32];
};

/* What a path claims, all of it checked together. */
struct seal_claim {
    const uint8_t *genesis; /* SEAL_GENESIS_LEN bytes */
    const uint8_t *header;  /* SEAL_HEADER_LEN bytes */
    struct hash32 target;
    uint64_t leaf_index;
    uint64_t leaf_count;    /* must be the header's */
    const struct seal_step *path; /* salt, tree, header hash, R_prev */
    size_t n_path;
};

/** Check that a path has exactly the shape of design.md section 2 and compute what it proves.
 *
 *  The steps must be: one right step of 16 bytes; the steps that (leaf_index, leaf_count) dictate;
 *  right SHA-256(header); left R_prev. The header must hold SHA-256(genesis), k = 1 requires
 *  R_prev = R_0, leaf_index < leaf_count. A plain fold is not enough: a file of 48 or 64 chosen
 *  bytes could stand for an inner value.
 *
 *  Out:     ret_value  R_k
 *           ret_leaf, ret_salt  may be NULL
 *  Returns: ERR_OK; ERR_PARSE shape of a step; ERR_INVALID a rule above, named in the message;
 *           ERR_LIMIT too many steps.
 */
enum err_code seal_check_path(const struct seal_claim *claim, struct hash32 *ret_value,
                              struct hash32 *ret_leaf, struct seal_salt *ret_salt, struct err *e)
    __attribute__((warn_unused_result));

/** Add a tail (zero or more right S_i, 32 bytes each) to an anchored value.
 *
 *  In:      n_path  steps of the path before it; together at most SEAL_MAX_STEPS
 *  Returns: ERR_OK, ret_value the value that the anchor must carry; ERR_PARSE, ERR_LIMIT.
 */
enum err_code seal_check_tail(struct hash32 value, const struct seal_step *tail, size_t n_tail,
                              size_t n_path, struct hash32 *ret_value, struct err *e)
    __attribute__((warn_unused_result));

#endif
