/* MerkleProof2019: multibase, base58btc, CBOR and the hex inside it. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/merkleproof.h"

static void check_rewritten(const struct merkleproof *m)
{
    const struct merkleproof_steps steps = {m->steps, NULL, m->n_steps, 0};
    struct text out = {0};
    struct merkleproof again;
    struct err e;
    if (merkleproof_write(&out, &steps, &m->root, &m->target, 1, &m->anchors[0].tx)) {
        fuzz_assert(merkleproof_read(&again, out.data, out.len, &e) == ERR_OK);
        fuzz_assert(hash32_equal(&again.root, &m->root) && hash32_equal(&again.target, &m->target));
        fuzz_assert(again.n_steps == m->n_steps);
        for (size_t i = 0; i < m->n_steps; i++)
            fuzz_assert(again.steps[i].left == m->steps[i].left && again.steps[i].len == m->steps[i].len &&
                       memcmp(again.steps[i].bytes, m->steps[i].bytes, m->steps[i].len) == 0);
        merkleproof_done(&again);
    }
    text_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct merkleproof m;
    struct err e;
    if (merkleproof_read(&m, (const char *)data, size, &e) != ERR_OK)
        return 0;
    fuzz_assert(m.n_anchors <= MERKLEPROOF_MAX_ANCHORS);
    check_rewritten(&m);
    merkleproof_done(&m);
    return 0;
}
