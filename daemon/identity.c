/* Who this log is: see identity.h. */
#include "daemon/identity.h"

#include <inttypes.h>
#include <string.h>

#include "common/hex.h"
#include "common/sha256.h"
#include "daemon/log.h"

/* Zeros: no registry. */
static struct seal_address registry_of(const struct settings *s)
{
    struct seal_address registry = {0};
    if (s->chain.registry.set)
        memcpy(registry.b, s->chain.registry.b, sizeof registry.b);
    return registry;
}

static enum err_code put(struct store *store, const uint8_t genesis[SEAL_GENESIS_LEN], const char *name, struct err *e)
{
    struct store_write *w;
    enum err_code rc = store_write_begin(store, &w, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_identity_put(w, genesis, name, e);
    if (rc != ERR_OK) {
        store_write_abort(w);
        return rc;
    }
    return store_write_commit(w, e);
}

static enum err_code begin(const struct keys *keys, const struct settings *s, uint64_t now, struct err *e)
{
    uint8_t bytes[SEAL_GENESIS_LEN];
    char hex[2 * SEAL_GENESIS_LEN + 1];
    struct seal_genesis genesis = {
        .created_at = now,
        .chain_id = s->chain.chain_id,
        .registry = registry_of(s),
        .name_hash = sha256(s->log_name, strlen(s->log_name)),
    };
    enum err_code rc = signers_first_key(keys->signers, &genesis.issuer, e);
    if (rc != ERR_OK)
        return rc;
    seal_genesis_encode(bytes, &genesis);
    rc = put(keys->store, bytes, s->log_name, e);
    if (rc != ERR_OK)
        return rc;
    hex_encode(hex, bytes, sizeof bytes);
    log_info("genesis", "log=%s genesis=%s", s->log_name, hex);
    return ERR_OK;
}

static enum err_code read_log(struct store *store, struct proofs_log *ret, struct err *e)
{
    struct store_read read;
    enum err_code rc = store_read_begin(store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = proofs_log_read(ret, &read, e);
    store_read_end(&read);
    return rc;
}

/* A start that contradicts the log it finds is a mistake in the settings. */
static enum err_code check(const struct keys *keys, const struct settings *s, struct err *e)
{
    const struct proofs_log *log = keys->log;
    struct seal_address registry = registry_of(s);
    if (strcmp(log->name, s->log_name) != 0)
        return err_set(e, ERR_CONFLICT, "the store holds the log %s, the settings say %s", log->name, s->log_name);
    if (log->genesis.chain_id != s->chain.chain_id)
        return err_set(e, ERR_CONFLICT, "the log was begun on chain %" PRIu64 ", the settings say %" PRIu64,
                       log->genesis.chain_id, s->chain.chain_id);
    if (memcmp(&log->genesis.registry, &registry, sizeof registry) != 0)
        return err_set(e, ERR_CONFLICT, "the log was begun with another registry; it cannot be changed");
    if (signers_lacks(keys->signers, &keys->sender))
        return err_set(e, ERR_CONFLICT, "the log was begun with another key; after a loss: hallmarkctl restore first");
    return ERR_OK;
}

enum err_code identity_open(struct keys *keys, struct proofs_log *ret, const struct settings *s, uint64_t now,
                            struct err *e)
{
    enum err_code rc = read_log(keys->store, ret, e);
    if (rc == ERR_NOT_FOUND) {
        rc = begin(keys, s, now, e);
        if (rc == ERR_OK)
            rc = read_log(keys->store, ret, e);
    }
    keys->log = ret;
    if (rc == ERR_OK)
        rc = keys_read(keys, e);
    return rc == ERR_OK ? check(keys, s, e) : err_wrap(e, "open the log");
}
