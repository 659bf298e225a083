/* Evidence: read, written, read again, and checked; also with the header made to fit its trie nodes, since
 * otherwise no changed node would ever be looked into. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/evidencejson.h"
#include "common/keccak.h"

/* Where the roots stand in a header whose list prefix has three bytes: behind the hashes of parent and
 * uncles (33 bytes each with their prefix), the miner (21) and the root of the state. */
#define TRANSACTIONS_ROOT (3 + 33 + 33 + 21 + 33 + 1)
#define RECEIPTS_ROOT (TRANSACTIONS_ROOT + 33)

static void set_root(uint8_t *header, size_t at, const struct blobs *proof)
{
    if (proof->n == 0)
        return;
    struct slice top = blobs_get(proof, 0);
    struct hash32 root = keccak_256(top.data, top.len);
    memcpy(header + at, root.b, sizeof root.b);
}

static void fit_header(struct evidence *ev)
{
    if (evidence_header(ev).len < RECEIPTS_ROOT + 32)
        return;
    uint8_t *header = ev->pieces.data; /* the first piece */
    set_root(header, TRANSACTIONS_ROOT, &ev->tx_proof);
    set_root(header, RECEIPTS_ROOT, &ev->receipt_proof);
}

static void check(const struct evidence *ev)
{
    struct evidence_facts facts = {0};
    struct err e;
    if (evidence_check(ev, &facts, &e) != ERR_OK)
        return;
    fuzz_assert(facts.n_links <= ev->n_links);
    fuzz_assert(facts.tip.number >= facts.block.number);
    evidence_facts_done(&facts);
}

static void check_survives(const struct evidence *ev)
{
    struct text first = {0}, second = {0};
    struct evidence again;
    struct err e;
    fuzz_assert(evidencejson_write(&first, ev, &e) == ERR_OK);
    fuzz_assert(evidencejson_parse(&again, first.data, first.len, &e) == ERR_OK);
    fuzz_assert(evidencejson_write(&second, &again, &e) == ERR_OK);
    fuzz_assert(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    evidence_done(&again);
    text_done(&first);
    text_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct evidence ev;
    struct err e;
    if (evidencejson_parse(&ev, (const char *)data, size, &e) != ERR_OK)
        return 0;
    check_survives(&ev);
    check(&ev);
    fit_header(&ev);
    check(&ev);
    evidence_done(&ev);
    return 0;
}
