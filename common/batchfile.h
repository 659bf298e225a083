/* The file of one sealed batch: all that is needed to rebuild it in an empty store. It is written to the
 * mirror before the batch is first sent, and holds targets and salts: it is as private as the store.
 *
 *   "hallmark batch 1\n" ‖ genesis 103 ‖ header 140 ‖ R_prev 32 ‖ u32 annex length ‖ annex
 *   ‖ one record of 65 bytes a leaf, in order ‖ SHA-256 of all that
 *
 * A record is flags 1 ‖ target 32 ‖ salt 16 ‖ u64 accepted-at ‖ rule 1 ‖ 7 zeros; of a forgotten one
 * (flags 0x80) flags 1 ‖ leaf 32 ‖ revoke id 32. Written and read in a stream: a batch may be large.
 */
#ifndef COMMON_BATCHFILE_H
#define COMMON_BATCHFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/hash32.h"
#include "common/seal.h"
#include "common/sha256.h"

#define BATCHFILE_HEAD_LEN (17 + SEAL_GENESIS_LEN + SEAL_HEADER_LEN + 32 + 4) /* before the annex */
#define BATCHFILE_RECORD_LEN 65

struct batchfile_head {
    uint8_t genesis[SEAL_GENESIS_LEN];
    uint8_t header[SEAL_HEADER_LEN];
    struct hash32 previous; /* R_prev */
    uint32_t annex_len;
};

struct batchfile_record {
    bool forgotten;
    struct hash32 target;   /* of a forgotten one: its leaf */
    struct seal_salt salt;
    uint64_t accepted_at;   /* Unix seconds */
    uint8_t rule;
    struct hash32 revoke_id; /* of a forgotten one */
};

void batchfile_head_encode(uint8_t ret[BATCHFILE_HEAD_LEN], const struct batchfile_head *head);
/** Returns: ERR_OK; ERR_PARSE not such a file; ERR_LIMIT the annex. */
enum err_code batchfile_head_decode(struct batchfile_head *ret, const uint8_t bytes[BATCHFILE_HEAD_LEN],
                                    struct err *e) __attribute__((warn_unused_result));

void batchfile_record_encode(uint8_t ret[BATCHFILE_RECORD_LEN], const struct batchfile_record *record);
/** Returns: ERR_OK; ERR_PARSE unknown flags, or bytes that should be zero. */
enum err_code batchfile_record_decode(struct batchfile_record *ret, const uint8_t bytes[BATCHFILE_RECORD_LEN],
                                      struct err *e) __attribute__((warn_unused_result));

#endif
