/* A certificate chain and its private key, for a TLS server that may change them while it runs.
 *
 * Connections that are in their handshake use the pair that was in force when it began, so a pair that has
 * been replaced stays in memory for a while.
 * Thread: the loop's.
 */
#ifndef DAEMON_IO_TLSCERT_H
#define DAEMON_IO_TLSCERT_H

#include <stdint.h>

#include <gnutls/abstract.h>

#include "common/err.h"

#define TLSCERT_MAX_CHAIN 16
#define TLSCERT_FILE_MAX (256u << 10) /* bytes */

struct tlscert {
    gnutls_pcert_st chain[TLSCERT_MAX_CHAIN]; /* the server's own first */
    unsigned n;
    gnutls_privkey_t key;
    struct tlscert *next;  /* an older one */
    uint64_t replaced_at;  /* uv_now() */
};

/** Read a pair of PEM files and check that they belong together.
 *
 *  Returns: ERR_OK; ERR_IO a file cannot be read; ERR_INVALID it holds no certificate or key (encrypted keys
 *           are not read), or the key is not that of the certificate; ERR_LIMIT too long; ERR_NOMEM.
 *  Owner:   tlscert_free() frees; the key is wiped from our buffers.
 */
enum err_code tlscert_load(struct tlscert **ret, const char *cert_path, const char *key_path, struct err *e)
    __attribute__((warn_unused_result));

/** Free a pair and all that it replaced. NULL is allowed. */
void tlscert_free(struct tlscert *cert);

#endif
