/* What the registry of a log has recorded: the keys of the log over time, and revocations. By eth_getLogs
 * on the chain of the genesis.
 *
 * Anybody can write a genesis that names somebody else's address and a contract of his own, and such a
 * contract can emit any event. So a key event counts only if it stands in a transaction that its issuer
 * has signed himself, to that registry, with exactly that call: nobody else can make one. */
#ifndef VERIFIER_REGISTRYLOG_H
#define VERIFIER_REGISTRYLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/hash32.h"
#include "common/keychain.h"
#include "common/seal.h"
#include "verifier/endpoints.h"

/* The key events that count, of the log that was asked for last: many files are of one log. {0} is empty. */
struct registrylog {
    struct hash32 r0;              /* of which log */
    struct keychain_event *events; /* owned, sorted: those of keys in force then, in their own signed calls */
    size_t n, cap;
    bool with_times;
};

void registrylog_done(struct registrylog *log);

/** True if the genesis names a registry; without one a log has its first key only and cannot revoke. */
bool registrylog_exists(const struct seal_genesis *genesis);

/** The standing of a key at a moment. Without a registry nobody is asked.
 *  Returns: ERR_OK; the failures of endpoints.h. */
enum err_code registrylog_standing(struct registrylog *log, struct endpoints *endpoints,
                                   const struct seal_genesis *genesis, const struct seal_address *key,
                                   const struct keychain_moment *moment, enum keychain_standing *ret,
                                   struct err *e) __attribute__((warn_unused_result));

/** Whether a revoke id was revoked by a key of the log that was in force then.
 *  In:      genesis  must name a registry
 *  Returns: ERR_OK, *ret_block the earliest such block if *ret; the failures of endpoints.h. */
enum err_code registrylog_revoked(struct registrylog *log, struct endpoints *endpoints,
                                  const struct seal_genesis *genesis, const struct hash32 *revoke_id,
                                  bool *ret, uint64_t *ret_block, struct err *e)
    __attribute__((warn_unused_result));

#endif
