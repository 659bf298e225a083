/* Keys in this process: see signerlocal.h. */
#include "daemon/io/signerlocal.h"

#include <string.h>

#include "common/keccak.h"

static const struct localkey *find(const struct signerlocal *l, const struct seal_address *address)
{
    for (size_t i = 0; i < l->n; i++)
        if (memcmp(&l->keys[i].address, address, sizeof *address) == 0)
            return &l->keys[i];
    return NULL;
}

static enum err_code sign(const struct localkey *key, struct signer_request *r, struct err *e)
{
    struct bytes_writer unsigned_form = bytes_writer(r->raw, sizeof r->raw);
    struct bytes_writer w = bytes_writer(r->raw, sizeof r->raw);
    struct ethtx_signature signature;
    enum err_code rc = ethtx_put_unsigned(&unsigned_form, &r->tx, e);
    if (rc != ERR_OK)
        return rc;
    struct hash32 sighash = keccak_256(unsigned_form.data, unsigned_form.len);
    rc = localkey_sign(key, &sighash, &signature, e);
    if (rc == ERR_OK)
        rc = ethtx_put_signed(&w, &r->tx, &signature, e);
    r->raw_len = w.len;
    return rc;
}

static void local_sign(void *self, struct signer_request *r)
{
    const struct localkey *key = find(self, &r->from);
    struct err e;
    if (key == NULL)
        signer_fail(r, SIGNER_OTHER_KEY, ERR_NOT_FOUND, "the key files do not hold the key that is in use");
    else if (sign(key, r, &e) != ERR_OK)
        signer_fail(r, SIGNER_REFUSED, e.code, "%s", e.msg);
    signer_finish(r);
}

static void local_keys(void *self, struct signer_request *r)
{
    const struct signerlocal *l = self;
    for (size_t i = 0; i < l->n; i++)
        r->keys[r->n_keys++] = localkey_address(&l->keys[i]);
    signer_finish(r);
}

static void local_close(void *self)
{
    (void)self; /* nothing is ever under way */
}

const struct signer_backend signerlocal_backend = {
    .name = "key file", .keys = local_keys, .sign = local_sign, .close = local_close};
