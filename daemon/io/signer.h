/* Whoever signs our transactions: the key in this process, hallmark-signer, or a web3signer, behind one
 * table of functions, on the loop.
 *
 * Happy path: signer_sign() lends the request; the backend asks whoever holds the key; what comes back is
 * decoded and checked field by field, low s and recovered sender included; done().
 * Failure modes: each ends in the same done() with a fault that an operator understands, and nothing of what
 * came back may be used. The signer's present fault is kept for status and alarms; nothing is retried here.
 * Thread rule: one thread, the loop's. Between start and done nobody else touches the request.
 */
#ifndef DAEMON_IO_SIGNER_H
#define DAEMON_IO_SIGNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/err.h"
#include "common/ethtx.h"
#include "common/seal.h"
#include "common/signerline.h"

#define SIGNER_MAX_RAW SIGNERLINE_MAX_RAW
#define SIGNER_MAX_KEYS SIGNERLINE_MAX_KEYS
#define SIGNER_TIMEOUT_MS 10000 /* for one answer */

/* What is wrong with a signer: name, code for status and logs. */
#define SIGNER_FAULTS(X)                                                                             \
    X(NONE, "none")                                                                                  \
    X(DOWN, "down")           /* no connection */                                                    \
    X(SLOW, "slow")           /* no answer in time */                                                \
    X(REFUSED, "refused")     /* it says no, and why */                                              \
    X(GARBAGE, "garbage")     /* its answer cannot be read */                                        \
    X(ALTERED, "altered")     /* it signed something else than it was asked for */                   \
    X(OTHER_KEY, "other-key") /* it signed with another key, or does not hold ours */

enum signer_fault {
#define X(name, code) SIGNER_##name,
    SIGNER_FAULTS(X)
#undef X
};

struct signer;

struct signer_request {
    /* Set by the caller; borrowed until done. */
    struct seal_address from; /* whose signature */
    struct ethtx tx;          /* type, chain id, nonce, gas, fees, to, data; value 0 */
    void *user;
    void (*done)(struct signer_request *r); /* exactly once, never from inside the start */
    /* Valid in done. */
    enum signer_fault fault;
    struct err err;                /* ERR_OK, ERR_CANCELLED (closing: do nothing more), or what is wrong */
    uint8_t raw[SIGNER_MAX_RAW];   /* sign: the signed transaction, checked */
    size_t raw_len;
    struct hash32 hash;            /* of it */
    struct seal_address keys[SIGNER_MAX_KEYS]; /* keys: those that the signer holds */
    size_t n_keys;
    /* Private. */
    struct signer *signer;
    bool is_sign;
    struct signer_request *next;   /* answered, not yet told */
};

/* One way to a key. Every request that is started is ended by one signer_finish(), at once or later. */
struct signer_backend {
    const char *name; /* "key file", "hallmark-signer", "web3signer" */
    void (*keys)(void *self, struct signer_request *r);
    void (*sign)(void *self, struct signer_request *r);
    void (*close)(void *self); /* ends what is under way with ERR_CANCELLED */
};

struct signer {
    const struct signer_backend *backend;
    void *self;               /* the backend's object, borrowed */
    enum signer_fault fault;  /* of the last answer */
    char message[256];        /* what it was; "" without a fault */
    uint64_t signatures, faults; /* since the start */
    /* Private. */
    uv_idle_t soon;
    struct signer_request *answered, **last;
    unsigned n_running;       /* started, not told */
    bool is_closing;
    void (*on_closed)(struct signer *s);
};

/** Begin. s must not move until on_closed. */
void signer_open(struct signer *s, uv_loop_t *loop, const struct signer_backend *backend, void *self);

/** Ask which keys it holds. */
void signer_keys(struct signer *s, struct signer_request *r);

/** Ask for a signature of r->tx by r->from. */
void signer_sign(struct signer *s, struct signer_request *r);

/** End every request with ERR_CANCELLED, then on_closed, from the loop. A request that is started after this
 *  is not answered: whoever asks is about to be freed. */
void signer_close(struct signer *s, void (*on_closed)(struct signer *s));

/** For backends: the answer has come (raw or keys are filled), or it failed: r->err and r->fault are set. */
void signer_finish(struct signer_request *r);

/** For backends: set fault and error. Value: nothing; call signer_finish() after it. */
void signer_fail(struct signer_request *r, enum signer_fault fault, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/** "none", "down", … */
const char *signer_fault_name(enum signer_fault fault);

#endif
