/* The signer behind HTTP: a web3signer, by either of its ways. Thread: the loop's.
 *
 *   REST      GET /api/v1/eth1/publicKeys, then POST /api/v1/eth1/sign/{public key} with the unsigned
 *             transaction (the signer hashes it itself); r ‖ s ‖ v comes back as text
 *   JSON-RPC  eth_accounts, eth_signTransaction; the signed transaction comes back, as text or as
 *             {"raw":"0x…"}. Other signers speak this too. eth_sendTransaction is never used: it would
 *             send what is not stored yet
 *
 * The URL may hold a secret: messages name scheme, host and port only.
 */
#ifndef DAEMON_IO_SIGNERWEB3_H
#define DAEMON_IO_SIGNERWEB3_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/io/curluv.h"
#include "daemon/io/signer.h"

struct signerweb3 {
    struct curluv *curl; /* these four are set by the caller */
    const char *url;     /* a slash at its end does not matter */
    bool json_rpc;
    uint64_t timeout_ms; /* for one answer */
    struct signerweb3_exchange *running; /* private, from here on */
    struct {
        struct seal_address address;
        char text[131]; /* as the signer wrote it: 0x and 128 digits, perhaps 04 before them */
    } keys[SIGNER_MAX_KEYS];
    size_t n_keys; /* 0: not asked yet */
};

extern const struct signer_backend signerweb3_backend;

#endif
