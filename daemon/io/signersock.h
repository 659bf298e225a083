/* The signer behind a Unix socket: hallmark-signer (its lines: common/signerline.h). One connection a
 * request. Thread: the loop's. */
#ifndef DAEMON_IO_SIGNERSOCK_H
#define DAEMON_IO_SIGNERSOCK_H

#include <stdint.h>
#include <uv.h>

#include "daemon/io/signer.h"

struct signersock {
    uv_loop_t *loop;     /* these three are set by the caller */
    const char *path;    /* of the socket, at most 107 bytes */
    uint64_t timeout_ms; /* for one answer */
    struct signersock_exchange *running; /* private */
};

extern const struct signer_backend signersock_backend;

#endif
