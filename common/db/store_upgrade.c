/* Stores of older schemas: see store_upgrade.h. */
#include "common/db/store_upgrade.h"

#include "common/db/store.h"

#define FORGOT_1 72 /* leaf 32, revoke id 32, index key 8 (zeros after a compaction) */

static enum err_code from_1(struct store *s, struct dbtxn *t, struct err *e)
{
    uint8_t old[FORGOT_1];
    uint64_t sequence = 0;
    struct slice value;
    enum err_code rc = dbenv_table(t->txn, "forgot", 0, &s->forgot, e);
    if (rc == ERR_OK)
        rc = dbenv_table(t->txn, "erase", MDB_CREATE | MDB_INTEGERKEY, &s->erase, e);
    for (; rc == ERR_OK; sequence++) {
        static const uint8_t NONE[8];
        rc = storebase_next(t->txn, s->forgot, &sequence, &value, e);
        if (rc != ERR_OK)
            break;
        if (value.len != sizeof old)
            return err_set(e, ERR_CORRUPT, "a forgotten record is damaged");
        memcpy(old, value.data, sizeof old);
        dbtxn_put(t, s->forgot, dbtxn_u64(&sequence), (struct slice){old, STOREBASE_FORGOT_LEN}, 0);
        if (memcmp(old + STOREBASE_FORGOT_LEN, NONE, sizeof NONE) != 0)
            dbtxn_put(t, s->erase, dbtxn_u64(&sequence), (struct slice){old + STOREBASE_FORGOT_LEN, sizeof NONE}, 0);
    }
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

static enum err_code (*const STEPS[STORE_SCHEMA])(struct store *s, struct dbtxn *t, struct err *e) = {
    [1] = from_1,
};

enum err_code store_upgrade(struct store *s, struct dbtxn *t, uint32_t schema, struct err *e)
{
    uint8_t value[4];
    struct bytes_writer w = bytes_writer(value, sizeof value);
    enum err_code rc = ERR_OK;
    for (uint32_t version = schema; version < STORE_SCHEMA && rc == ERR_OK; version++)
        rc = STEPS[version](s, t, e);
    bytes_put_u32(&w, STORE_SCHEMA);
    if (rc == ERR_OK)
        dbtxn_put(t, s->meta, (struct slice){(const uint8_t *)"schema", 6}, (struct slice){value, sizeof value}, 0);
    return rc;
}
