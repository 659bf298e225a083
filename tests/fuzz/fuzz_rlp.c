/* RLP and what is read out of it: transactions, headers, receipts. Only the canonical form is accepted,
 * so what is read must be written as the very same bytes. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/ethheader.h"
#include "common/ethreceipt.h"
#include "common/ethtx.h"
#include "common/keccak.h"
#include "common/rlp.h"

static void copy_items(struct bytes_writer *w, struct rlp_reader *r)
{
    while (rlp_more(r)) {
        if (rlp_is_list(r)) {
            size_t mark = rlp_open(w);
            rlp_enter(r);
            copy_items(w, r);
            rlp_leave(r);
            rlp_close(w, mark);
        } else {
            struct slice s = rlp_get_bytes(r);
            rlp_put_bytes(w, s.data, s.len);
        }
    }
}

static void check_rlp(const uint8_t *data, size_t size)
{
    uint8_t *room = malloc(size + 16);
    fuzz_assert(room != NULL);
    struct bytes_writer w = bytes_writer(room, size + 16);
    struct rlp_reader r = rlp_reader(data, size), skipper = r;
    struct err e;
    copy_items(&w, &r);
    enum err_code rc = rlp_finish(&r, "input", &e);
    if (rc == ERR_OK)
        fuzz_assert(!w.failed && w.len == size && (size == 0 || memcmp(room, data, size) == 0));
    while (rlp_more(&skipper))
        rlp_skip(&skipper);
    fuzz_assert((rlp_finish(&skipper, "input", NULL) == ERR_OK) == (rc == ERR_OK));
    free(room);
}

static void check_rebuilt(const struct ethtx *tx, const uint8_t *data, size_t size)
{
    size_t cap = ethtx_room(tx);
    uint8_t *room = malloc(cap);
    fuzz_assert(room != NULL);
    struct bytes_writer w = bytes_writer(room, cap);
    struct err e;
    if (ethtx_put_signed(&w, tx, &tx->signature, &e) == ERR_OK && w.len == size)
        fuzz_assert(memcmp(room, data, size) == 0);
    free(room);
}

static void check_transaction(const uint8_t *data, size_t size)
{
    struct ethtx tx;
    struct seal_address sender;
    struct err e;
    if (ethtx_decode(&tx, data, size, &e) != ERR_OK)
        return;
    struct hash32 hash = keccak_256(data, size);
    fuzz_assert(hash32_equal(&hash, &tx.hash));
    /* An access list is read but not written: then the length is another. */
    if (tx.has_chain_id && tx.max_fee < WEI_MAX && tx.max_priority_fee < WEI_MAX)
        check_rebuilt(&tx, data, size);
    if (ethtx_sender(&tx, &sender, &e) == ERR_OK)
        fuzz_assert(ethtx_check_signed(data, size, &tx, &sender, NULL, &e) == ERR_OK);
}

static void check_receipt(const uint8_t *data, size_t size)
{
    struct ethreceipt receipt;
    struct err e;
    if (ethreceipt_decode(&receipt, data, size, &e) != ERR_OK)
        return;
    uint8_t *room = malloc(size), bloom[ETHRECEIPT_BLOOM_LEN];
    fuzz_assert(room != NULL);
    struct bytes_writer w = bytes_writer(room, size);
    ethreceipt_put(&w, &receipt);
    fuzz_assert(!w.failed && w.len == size && memcmp(room, data, size) == 0);
    ethreceipt_bloom(bloom, receipt.logs, receipt.n_logs);
    for (size_t i = 0; i < receipt.n_logs; i++)
        fuzz_assert(ethreceipt_bloom_has(bloom, receipt.logs[i].address.b, sizeof receipt.logs[i].address.b));
    free(room);
    ethreceipt_done(&receipt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ethheader header;
    check_rlp(data, size);
    check_transaction(data, size);
    check_receipt(data, size);
    (void)!ethheader_decode(&header, data, size, NULL);
    return 0;
}
