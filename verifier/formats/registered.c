/* Revocation in the registry of a log of ours: see registered.h. */
#include "verifier/formats/registered.h"

#include <inttypes.h>
#include <string.h>

#include "common/keychain.h"
#include "verifier/registrylog.h"

static bool is_of_a_log(const struct merkleproof *receipt, const struct transaction_facts *facts)
{
    return facts->has_to && !keychain_same(&facts->to, &facts->sender) && receipt->n_steps > 2 &&
           receipt->steps[0].len == SEAL_SALT_LEN && !receipt->steps[0].left;
}

static struct hash32 revoke_id_of(const struct merkleproof *receipt)
{
    struct seal_salt salt;
    memcpy(salt.b, receipt->steps[0].bytes, sizeof salt.b);
    return seal_revoke_id(&receipt->target, &salt);
}

void registered_check(struct format_check *c, const struct merkleproof *receipt,
                      const struct transaction_facts *facts)
{
    struct seal_genesis genesis = {.created_at = facts->time, .chain_id = facts->chain_id,
                                   .registry = facts->to, .issuer = facts->sender};
    struct registrylog log = {0};
    struct err e;
    bool revoked = false;
    uint64_t block = 0;
    if (!is_of_a_log(receipt, facts) || c->env->endpoints == NULL)
        return;
    struct hash32 id = revoke_id_of(receipt);
    enum err_code rc = registrylog_revoked(&log, c->env->endpoints, &genesis, &id, &revoked, &block, &e);
    registrylog_done(&log);
    if (rc != ERR_OK)
        format_say(c, REASON_REVOCATION_UNKNOWN, "%s", e.msg);
    else if (revoked)
        format_say(c, REASON_REVOKED, "in block %" PRIu64, block);
    else
        format_say(c, REASON_NOT_REVOKED, "in the registry");
}
