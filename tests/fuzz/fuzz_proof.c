/* Proof documents: what is read is written, and what is written is read as the same. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/proof.h"

/* What a path proves must not depend on the spelling of the document. */
static void check_same_value(const struct proof *a, const struct proof *b)
{
    struct proof_value va, vb;
    fuzz_assert(proof_value(&va, a, NULL) == ERR_OK && proof_value(&vb, b, NULL) == ERR_OK);
    fuzz_assert(memcmp(&va, &vb, sizeof va) == 0);
    fuzz_assert(a->n_anchors == b->n_anchors);
    for (size_t i = 0; i < a->n_anchors; i++) {
        struct hash32 ra = {{0}}, rb = {{0}};
        fuzz_assert(proof_anchored(&ra, a, &a->anchors[i], &va.value, NULL) ==
                   proof_anchored(&rb, b, &b->anchors[i], &vb.value, NULL));
        fuzz_assert(hash32_equal(&ra, &rb));
    }
}

static void check_survives(const struct proof *proof)
{
    struct text first = {0}, second = {0};
    struct proof again;
    struct err e;
    fuzz_assert(proof_write(&first, proof, &e) == ERR_OK);
    fuzz_assert(proof_parse(&again, first.data, first.len, &e) == ERR_OK);
    fuzz_assert(proof_write(&second, &again, &e) == ERR_OK);
    fuzz_assert(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    check_same_value(proof, &again);
    proof_done(&again);
    text_done(&first);
    text_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proof proof;
    struct err e;
    if (proof_parse(&proof, data, size, &e) != ERR_OK)
        return 0;
    check_survives(&proof);
    proof_done(&proof);
    return 0;
}
