/* A certificate chain and its private key: see tlscert.h. */
#include "daemon/io/tlscert.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

static void wipe(gnutls_datum_t *d)
{
    if (d->data != NULL)
        explicit_bzero(d->data, d->size);
    free(d->data);
    *d = (gnutls_datum_t){0};
}

static enum err_code read_file(gnutls_datum_t *ret, const char *path, struct err *e)
{
    gnutls_datum_t d = {.data = malloc(TLSCERT_FILE_MAX + 1)};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;
    if (fd < 0 || d.data == NULL) {
        err_set(e, fd < 0 ? ERR_IO : ERR_NOMEM, "open %.150s: %s", path, strerror(errno));
        free(d.data);
        if (fd >= 0)
            close(fd);
        return e->code;
    }
    while (d.size <= TLSCERT_FILE_MAX && (n = read(fd, d.data + d.size, TLSCERT_FILE_MAX + 1 - d.size)) > 0)
        d.size += (unsigned)n;
    int saved = errno;
    close(fd);
    if (n == 0 && d.size > 0 && d.size <= TLSCERT_FILE_MAX) {
        d.data[d.size] = '\0';
        *ret = d;
        return ERR_OK;
    }
    enum err_code rc = n < 0           ? err_set(e, ERR_IO, "read %.150s: %s", path, strerror(saved))
                       : d.size == 0   ? err_set(e, ERR_INVALID, "%.150s is empty", path)
                                       : err_set(e, ERR_LIMIT, "%.150s is too large", path);
    d.size = d.size <= TLSCERT_FILE_MAX ? d.size : TLSCERT_FILE_MAX;
    wipe(&d);
    return rc;
}

static enum err_code load_chain(struct tlscert *cert, const gnutls_datum_t *pem, const char *path, struct err *e)
{
    unsigned n = TLSCERT_MAX_CHAIN;
    int rc = gnutls_pcert_list_import_x509_raw(cert->chain, &n, pem, GNUTLS_X509_FMT_PEM, 0);
    if (rc < 0)
        return err_set(e, ERR_INVALID, "%.150s holds no good certificate: %s", path, gnutls_strerror(rc));
    cert->n = n;
    return ERR_OK;
}

static enum err_code load_key(struct tlscert *cert, const gnutls_datum_t *pem, const char *path, struct err *e)
{
    int rc = gnutls_privkey_init(&cert->key);
    if (rc == 0)
        rc = gnutls_privkey_import_x509_raw(cert->key, pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    return rc == 0 ? ERR_OK : err_set(e, ERR_INVALID, "%.150s holds no good key: %s", path, gnutls_strerror(rc));
}

/* The key must be that of the first certificate. */
static enum err_code match(const struct tlscert *cert, const char *cert_path, const char *key_path, struct err *e)
{
    gnutls_pubkey_t from_key = NULL;
    unsigned char a[64], b[64];
    size_t a_len = sizeof a, b_len = sizeof b;
    int rc = gnutls_pubkey_init(&from_key);
    if (rc == 0)
        rc = gnutls_pubkey_import_privkey(from_key, cert->key, 0, 0);
    if (rc == 0)
        rc = gnutls_pubkey_get_key_id(from_key, GNUTLS_KEYID_USE_SHA256, a, &a_len);
    if (rc == 0)
        rc = gnutls_pubkey_get_key_id(cert->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, b, &b_len);
    gnutls_pubkey_deinit(from_key);
    if (rc != 0)
        return err_set(e, ERR_INVALID, "compare %.100s with %.100s: %s", key_path, cert_path, gnutls_strerror(rc));
    if (a_len != b_len || memcmp(a, b, a_len) != 0)
        return err_set(e, ERR_INVALID, "%.100s is not the key of %.100s", key_path, cert_path);
    return ERR_OK;
}

enum err_code tlscert_load(struct tlscert **ret, const char *cert_path, const char *key_path, struct err *e)
{
    gnutls_datum_t chain = {0}, key = {0};
    struct tlscert *cert = calloc(1, sizeof *cert);
    enum err_code rc = cert != NULL ? ERR_OK : err_set(e, ERR_NOMEM, "out of memory");
    if (rc == ERR_OK)
        rc = read_file(&chain, cert_path, e);
    if (rc == ERR_OK)
        rc = read_file(&key, key_path, e);
    if (rc == ERR_OK)
        rc = load_chain(cert, &chain, cert_path, e);
    if (rc == ERR_OK)
        rc = load_key(cert, &key, key_path, e);
    if (rc == ERR_OK)
        rc = match(cert, cert_path, key_path, e);
    wipe(&chain);
    wipe(&key);
    if (rc == ERR_OK)
        *ret = cert;
    else
        tlscert_free(cert);
    return rc;
}

void tlscert_free(struct tlscert *cert)
{
    while (cert != NULL) {
        struct tlscert *next = cert->next;
        for (unsigned i = 0; i < cert->n; i++)
            gnutls_pcert_deinit(&cert->chain[i]);
        if (cert->key != NULL)
            gnutls_privkey_deinit(cert->key);
        free(cert);
        cert = next;
    }
}
