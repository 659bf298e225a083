/* The file of one sealed batch: see batchfile.h. */
#include "common/batchfile.h"

#include <string.h>

#include "common/bytes.h"
#include "common/limits.h"

static const char MAGIC[] = "hallmark batch 1\n";
#define MAGIC_LEN (sizeof MAGIC - 1)
_Static_assert(MAGIC_LEN == 17, "the length of the head counts on it");

enum { FLAG_KEPT = 0, FLAG_FORGOTTEN = 0x80 };

void batchfile_head_encode(uint8_t ret[BATCHFILE_HEAD_LEN], const struct batchfile_head *head)
{
    struct bytes_writer w = bytes_writer(ret, BATCHFILE_HEAD_LEN);
    bytes_put(&w, MAGIC, MAGIC_LEN);
    bytes_put(&w, head->genesis, sizeof head->genesis);
    bytes_put(&w, head->header, sizeof head->header);
    bytes_put(&w, head->previous.b, sizeof head->previous.b);
    bytes_put_u32(&w, head->annex_len);
}

enum err_code batchfile_head_decode(struct batchfile_head *ret, const uint8_t bytes[BATCHFILE_HEAD_LEN],
                                    struct err *e)
{
    struct bytes_reader r = bytes_reader(bytes, BATCHFILE_HEAD_LEN);
    struct batchfile_head head;
    if (memcmp(bytes_get_slice(&r, MAGIC_LEN).data, MAGIC, MAGIC_LEN) != 0)
        return err_set(e, ERR_PARSE, "not a batch file");
    bytes_get(&r, head.genesis, sizeof head.genesis);
    bytes_get(&r, head.header, sizeof head.header);
    bytes_get(&r, head.previous.b, sizeof head.previous.b);
    head.annex_len = bytes_get_u32(&r);
    if (head.annex_len > LIMITS_ANNEX_BYTES)
        return err_set(e, ERR_LIMIT, "the annex is longer than 1 MiB");
    *ret = head;
    return ERR_OK;
}

void batchfile_record_encode(uint8_t ret[BATCHFILE_RECORD_LEN], const struct batchfile_record *record)
{
    static const uint8_t ZEROS[7];
    struct bytes_writer w = bytes_writer(ret, BATCHFILE_RECORD_LEN);
    bytes_put_u8(&w, record->forgotten ? FLAG_FORGOTTEN : FLAG_KEPT);
    bytes_put(&w, record->target.b, sizeof record->target.b);
    if (record->forgotten) {
        bytes_put(&w, record->revoke_id.b, sizeof record->revoke_id.b);
        return;
    }
    bytes_put(&w, record->salt.b, sizeof record->salt.b);
    bytes_put_u64(&w, record->accepted_at);
    bytes_put_u8(&w, record->rule);
    bytes_put(&w, ZEROS, sizeof ZEROS);
}

enum err_code batchfile_record_decode(struct batchfile_record *ret, const uint8_t bytes[BATCHFILE_RECORD_LEN],
                                      struct err *e)
{
    struct bytes_reader r = bytes_reader(bytes, BATCHFILE_RECORD_LEN);
    struct batchfile_record record = {0};
    uint8_t flags = bytes_get_u8(&r), zeros = 0;
    bytes_get(&r, record.target.b, sizeof record.target.b);
    if (flags == FLAG_FORGOTTEN) {
        record.forgotten = true;
        bytes_get(&r, record.revoke_id.b, sizeof record.revoke_id.b);
    } else {
        bytes_get(&r, record.salt.b, sizeof record.salt.b);
        record.accepted_at = bytes_get_u64(&r);
        record.rule = bytes_get_u8(&r);
        while (bytes_left(&r) > 0)
            zeros |= bytes_get_u8(&r);
    }
    if ((flags != FLAG_KEPT && flags != FLAG_FORGOTTEN) || zeros != 0)
        return err_set(e, ERR_PARSE, "a record of the batch file is damaged");
    *ret = record;
    return ERR_OK;
}
