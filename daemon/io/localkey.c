/* The issuer key in this process: see localkey.h. */
#include "daemon/io/localkey.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "daemon/io/secret.h"

static enum err_code decrypt(const char *text, size_t len, const char *passphrase_file,
                             struct keystore_secret *ret, struct err *e)
{
    void *memory;
    enum err_code rc = secret_alloc(&memory, sizeof(struct secret_passphrase), e);
    if (rc != ERR_OK)
        return rc;
    struct secret_passphrase *passphrase = memory;
    rc = secret_read_passphrase(passphrase_file, passphrase, e);
    if (rc == ERR_OK)
        rc = keystore_read(text, len, secret_slice(passphrase), ret, e);
    secret_free(passphrase, sizeof *passphrase);
    return rc;
}

/* A file that states no address makes no claim. */
static enum err_code check_address(const char *text, size_t len, const struct seal_address *derived,
                                   struct err *e)
{
    struct seal_address stated;
    enum err_code rc = keystore_address(text, len, &stated, e);
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc == ERR_OK && memcmp(stated.b, derived->b, sizeof stated.b) != 0)
        return err_set(e, ERR_CONFLICT, "it states the address of another key");
    return rc;
}

static enum err_code load(struct localkey *s, const struct localkey_config *config, char *text,
                          struct err *e)
{
    size_t len;
    enum err_code rc = secret_read_file(config->key_file, text, LIMITS_KEY_FILE_BYTES, &len, e);
    if (rc != ERR_OK)
        return rc; /* it begins with the path */
    rc = decrypt(text, len, config->passphrase_file, s->secret, e);
    if (rc == ERR_OK)
        rc = ethtx_key_address(&s->address, s->secret->b, e);
    if (rc == ERR_OK)
        rc = check_address(text, len, &s->address, e);
    if (rc != ERR_OK)
        err_wrap(e, "key file %s", config->key_file);
    return rc;
}

enum err_code localkey_open(struct localkey *s, const struct localkey_config *config, struct err *e)
{
    *s = (struct localkey){0};
    char *text = malloc(LIMITS_KEY_FILE_BYTES); /* encrypted: ordinary memory */
    if (text == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    void *memory = NULL;
    enum err_code rc = secret_alloc(&memory, sizeof *s->secret, e);
    s->secret = memory;
    if (rc == ERR_OK)
        rc = load(s, config, text, e);
    if (rc != ERR_OK)
        localkey_close(s);
    free(text);
    return rc;
}

void localkey_close(struct localkey *s)
{
    secret_free(s->secret, sizeof *s->secret);
    *s = (struct localkey){0};
}

struct seal_address localkey_address(const struct localkey *s)
{
    assert(s->secret != NULL);
    return s->address;
}

enum err_code localkey_sign(const struct localkey *s, const struct hash32 *sighash,
                          struct ethtx_signature *ret, struct err *e)
{
    assert(s->secret != NULL);
    return ethtx_sign_hash(ret, sighash, s->secret->b, e);
}
