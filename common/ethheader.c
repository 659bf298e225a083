/* Block headers in RLP: see ethheader.h. */
#include "common/ethheader.h"

#include "common/keccak.h"
#include "common/rlp.h"
#include "common/seal.h"

static void skip_hash(struct rlp_reader *r)
{
    struct hash32 h;
    rlp_get_fixed(r, h.b, sizeof h.b);
}

enum err_code ethheader_decode(struct ethheader *ret, const uint8_t *rlp, size_t len, struct err *e)
{
    if (len > ETHHEADER_MAX_LEN)
        return err_set(e, ERR_LIMIT, "block header is longer than %d bytes", ETHHEADER_MAX_LEN);
    struct ethheader h = {.hash = keccak_256(rlp, len)};
    struct seal_address miner;
    uint8_t number[32];
    struct rlp_reader r = rlp_reader(rlp, len);
    rlp_enter(&r);
    rlp_get_fixed(&r, h.parent_hash.b, sizeof h.parent_hash.b);
    skip_hash(&r); /* uncles */
    rlp_get_fixed(&r, miner.b, sizeof miner.b);
    rlp_get_fixed(&r, h.state_root.b, sizeof h.state_root.b);
    rlp_get_fixed(&r, h.transactions_root.b, sizeof h.transactions_root.b);
    rlp_get_fixed(&r, h.receipts_root.b, sizeof h.receipts_root.b);
    rlp_get_fixed(&r, h.bloom, sizeof h.bloom);
    rlp_get_u256(&r, number); /* difficulty */
    h.number = rlp_get_u64(&r);
    rlp_get_u256(&r, number); /* gas limit: 2^50 and more on some chains */
    rlp_get_u256(&r, number); /* gas used */
    h.time = rlp_get_u64(&r);
    rlp_get_bytes(&r); /* extra data */
    skip_hash(&r);     /* mix hash */
    rlp_get_fixed(&r, number, 8); /* nonce */
    while (rlp_more(&r))
        rlp_skip(&r);
    rlp_leave(&r);
    enum err_code rc = rlp_finish(&r, "block header", e);
    if (rc == ERR_OK)
        *ret = h;
    return rc;
}
