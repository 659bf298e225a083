/* Attempts to anchor a batch, each a signed transaction kept before it is sent: see store.h. */
#include "common/db/store.h"
#include "common/db/storebase.h"

#define KEY_LEN 12 /* k 8, number 4 */

static struct slice encode_key(uint8_t key[KEY_LEN], uint64_t k, uint32_t number)
{
    struct bytes_writer w = bytes_writer(key, KEY_LEN);
    bytes_put_u64(&w, k);
    bytes_put_u32(&w, number);
    return (struct slice){key, KEY_LEN};
}

static bool decode_key(struct slice key, uint64_t *ret_k, uint32_t *ret_number)
{
    struct bytes_reader r = bytes_reader(key.data, key.len);
    *ret_k = bytes_get_u64(&r);
    *ret_number = bytes_get_u32(&r);
    return bytes_done(&r);
}

static enum err_code check(struct store_write *w, uint64_t k, uint32_t number, const struct hash32 *tx_hash,
                           size_t len, struct err *e)
{
    uint64_t old_k;
    uint32_t old_number;
    if (len > STORE_MAX_BLOB)
        return err_set(e, ERR_LIMIT, "the attempt is over %u bytes", STORE_MAX_BLOB);
    enum err_code rc = store_attempt_of_tx(store_write_view(w), tx_hash, &old_k, &old_number, e);
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc == ERR_OK && (old_k != k || old_number != number))
        return err_set(e, ERR_CONFLICT, "the transaction is attempt %u of batch %llu", old_number,
                       (unsigned long long)old_k);
    return rc;
}

enum err_code store_attempt_put(struct store_write *w, uint64_t k, uint32_t number,
                                const struct hash32 *tx_hash, const void *data, size_t len,
                                struct err *e)
{
    uint8_t bytes[KEY_LEN];
    struct slice key = encode_key(bytes, k, number);
    enum err_code rc = check(w, k, number, tx_hash, len, e);
    if (rc != ERR_OK)
        return rc;
    dbtxn_put(&w->t, w->store->attempt, key, (struct slice){data, len}, 0);
    dbtxn_put(&w->t, w->store->tx, (struct slice){tx_hash->b, sizeof tx_hash->b}, key, 0);
    return storebase_written(w, 1, e);
}

enum err_code store_attempt(const struct store_read *r, uint64_t k, uint32_t number, struct slice *ret,
                            struct err *e)
{
    uint8_t bytes[KEY_LEN];
    enum err_code rc = dbtxn_get(r->txn, r->store->attempt, encode_key(bytes, k, number), ret, e);
    return rc == ERR_NOT_FOUND ? err_set(e, rc, "batch %llu has no attempt %u", (unsigned long long)k, number)
                               : rc;
}

enum err_code store_attempt_after(const struct store_read *r, uint64_t k, uint32_t number,
                                  uint32_t *ret_number, struct slice *ret, struct err *e)
{
    uint8_t bytes[KEY_LEN];
    uint64_t found_k = 0;
    uint32_t found = 0;
    struct slice key = encode_key(bytes, k, number + 1), value;
    enum err_code rc = number == UINT32_MAX
                           ? ERR_NOT_FOUND
                           : dbtxn_seek(r->txn, r->store->attempt, MDB_SET_RANGE, &key, &value, e);
    if (rc == ERR_OK && !decode_key(key, &found_k, &found))
        return err_set(e, ERR_CORRUPT, "an attempt is damaged");
    if (rc == ERR_NOT_FOUND || (rc == ERR_OK && found_k != k))
        return err_set(e, ERR_NOT_FOUND, "batch %llu has no later attempt", (unsigned long long)k);
    if (rc == ERR_OK) {
        *ret_number = found;
        *ret = value;
    }
    return rc;
}

enum err_code store_attempt_of_tx(const struct store_read *r, const struct hash32 *tx_hash,
                                  uint64_t *ret_k, uint32_t *ret_number, struct err *e)
{
    struct slice value;
    uint64_t k;
    uint32_t number;
    enum err_code rc =
        dbtxn_get(r->txn, r->store->tx, (struct slice){tx_hash->b, sizeof tx_hash->b}, &value, e);
    if (rc == ERR_NOT_FOUND)
        return err_set(e, rc, "no attempt has this transaction hash");
    if (rc == ERR_OK && !decode_key(value, &k, &number))
        return err_set(e, ERR_CORRUPT, "an attempt is damaged");
    if (rc == ERR_OK) {
        *ret_k = k;
        *ret_number = number;
    }
    return rc;
}
