/* What hallmarkd and hallmark-signer say to each other over their Unix socket: one line of JSON each way,
 * then an empty line. Pure: from values to lines and back.
 *
 *   {"version":1,"method":"keys"}
 *   {"version":1,"ok":true,"keys":["0x<40 hex>",…]}
 *
 *   {"version":1,"method":"sign","from":"0x…","type":2,"chainId":11155111,"nonce":7,"to":"0x…",
 *    "gas":30000,"maxFeePerGas":40000000000,"maxPriorityFeePerGas":1000000000,"data":"0x<64 or 72 hex>"}
 *   {"version":1,"ok":true,"raw":"0x<signed transaction>"}
 *
 *   {"version":1,"ok":false,"code":"budget","message":"…"}       the codes are in SIGNERLINE_CODES, stable
 *
 * type is 2 (EIP-1559), or 0 (legacy, EIP-155): then gasPrice stands in the place of the two fees. There is
 * no value: it is always 0. Numbers are below 2^63; fees are wei per gas. A connection may carry several
 * requests, one after the other.
 */
#ifndef COMMON_SIGNERLINE_H
#define COMMON_SIGNERLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/ethtx.h"
#include "common/registry.h"
#include "common/seal.h"
#include "common/text.h"

#define SIGNERLINE_MAX 4096   /* bytes of one line */
#define SIGNERLINE_MAX_KEYS 8
#define SIGNERLINE_MAX_RAW 1024 /* bytes of a signed transaction: ours have less than 250 */

/* Why a signer refuses: name, code, what a person reads. */
#define SIGNERLINE_CODES(X)                                                                          \
    X(BAD_REQUEST, "bad-request", "the request is not well formed")                                  \
    X(CALLER, "caller", "this user may not ask for signatures")                                      \
    X(NO_KEY, "no-key", "this key is not held here")                                                 \
    X(CHAIN, "chain", "the transaction is for another chain")                                        \
    X(TO, "to", "the transaction goes to another address")                                           \
    X(DATA, "data", "the data is neither an anchor nor a call of the registry")                      \
    X(GAS, "gas", "the gas limit is above the cap")                                                  \
    X(FEE, "fee", "the fee per gas is above the cap")                                                \
    X(BUDGET, "budget", "the daily budget of the signer is used up")                                 \
    X(NONCE_USED, "nonce-used", "the nonce is already used for another value")                       \
    X(NONCE_OLD, "nonce-old", "the nonce is too far below the highest one signed")                   \
    X(NONCE_JUMP, "nonce-jump", "the nonce is too far above the highest one signed")                 \
    X(STATE, "state", "what was signed could not be recorded, so nothing is signed")                 \
    X(INTERNAL, "internal", "the signer failed")

enum signerline_code {
    SIGNERLINE_OK,
#define X(name, code, text) SIGNERLINE_##name,
    SIGNERLINE_CODES(X)
#undef X
};

/** "ok", "bad-request", … */
const char *signerline_code_name(enum signerline_code code);
/** The sentence of a code. */
const char *signerline_code_text(enum signerline_code code);

/* One request. */
struct signerline_request {
    bool sign;                /* false: keys */
    struct seal_address from;
    struct ethtx tx;          /* data points into `data` */
    uint8_t data[REGISTRY_CALL_LEN];
};

/* One reply. */
struct signerline_reply {
    enum signerline_code code; /* SIGNERLINE_OK, or why not; unknown ones are INTERNAL */
    char code_name[32];        /* as it was written */
    char message[200];
    struct seal_address keys[SIGNERLINE_MAX_KEYS];
    size_t n_keys;
    uint8_t raw[SIGNERLINE_MAX_RAW];
    size_t raw_len;            /* 0: it holds no transaction */
};

/** Append a line, without its newline. In: tx  of type 0 or 2, with chain id and `to`, value 0, 32 or 36 bytes
 *  of data, numbers below 2^63. */
void signerline_put_keys(struct text *out);
void signerline_put_sign(struct text *out, const struct seal_address *from, const struct ethtx *tx);
void signerline_put_reply(struct text *out, const struct signerline_reply *reply);

/** Read a request: every member must be there and be right; others are ignored.
 *  Out:     ret  must not be copied: its tx points into it
 *  Returns: ERR_OK; ERR_PARSE, ERR_INVALID naming the member; ERR_VERSION; ERR_LIMIT. */
enum err_code signerline_read_request(struct signerline_request *ret, const char *line, size_t len,
                                      struct err *e) __attribute__((warn_unused_result));

/** Read a reply. Returns: as above. A refusal is ERR_OK with a code. */
enum err_code signerline_read_reply(struct signerline_reply *ret, const char *line, size_t len, struct err *e)
    __attribute__((warn_unused_result));

#endif
