/* The signer that needs nobody: keys in this process (localkey.h). Thread: the loop's. */
#ifndef DAEMON_IO_SIGNERLOCAL_H
#define DAEMON_IO_SIGNERLOCAL_H

#include "daemon/io/localkey.h"
#include "daemon/io/signer.h"

#define SIGNERLOCAL_MAX_KEYS 2 /* the key in use, and the one to rotate to */

/* The caller opens and closes the keys. */
struct signerlocal {
    struct localkey keys[SIGNERLOCAL_MAX_KEYS];
    size_t n;
};

extern const struct signer_backend signerlocal_backend;

#endif
