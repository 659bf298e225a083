/* The evidence of an anchor: see evidence.h. */
#include "common/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "common/keccak.h"
#include "common/mpt.h"
#include "common/rlp.h"

enum { HEADER, TX, RECEIPT }; /* places in evidence.pieces */

static struct slice piece(const struct evidence *ev, size_t i)
{
    return i < ev->pieces.n ? blobs_get(&ev->pieces, i) : (struct slice){0};
}

struct slice evidence_header(const struct evidence *ev)
{
    return piece(ev, HEADER);
}

struct slice evidence_tx(const struct evidence *ev)
{
    return piece(ev, TX);
}

struct slice evidence_receipt(const struct evidence *ev)
{
    return piece(ev, RECEIPT);
}

void evidence_done(struct evidence *ev)
{
    for (size_t i = 0; i < ev->n_links; i++) {
        blobs_done(&ev->links[i].headers);
        blobs_done(&ev->links[i].account_proof);
        blobs_done(&ev->links[i].storage_proof);
    }
    free(ev->links);
    blobs_done(&ev->pieces);
    blobs_done(&ev->tx_proof);
    blobs_done(&ev->receipt_proof);
    *ev = (struct evidence){0};
}

/* --- links ------------------------------------------------------------------------------------- */

/* EIP-2935: a contract keeps the hashes of the last 8,191 blocks in its storage, at number mod 8,191. */
#define HISTORY_BLOCKS 8191
static const struct seal_address HISTORY_CONTRACT = {
    {0x00, 0x00, 0xf9, 0x08, 0x27, 0xf1, 0xc5, 0x3a, 0x10, 0xcb,
     0x7a, 0x02, 0x33, 0x5b, 0x17, 0x53, 0x20, 0x00, 0x29, 0x35}};

/* The headers that follow, each naming the one before. */
static enum err_code follow_headers(const struct evidence_link *link, struct ethheader *tip,
                                    struct err *e)
{
    for (size_t i = 0; i < link->headers.n; i++) {
        struct slice rlp = blobs_get(&link->headers, i);
        struct ethheader next;
        enum err_code rc = ethheader_decode(&next, rlp.data, rlp.len, e);
        if (rc != ERR_OK)
            return rc;
        if (!hash32_equal(&next.parent_hash, &tip->hash))
            return err_set(e, ERR_INVALID, "header %zu does not follow", i);
        *tip = next;
    }
    return ERR_OK;
}

/* The storage root of an account, which is rlp[nonce, balance, storage root, code hash]. */
static enum err_code storage_root(struct slice account, struct hash32 *ret, struct err *e)
{
    uint8_t balance[32];
    struct hash32 root = {0}, code;
    struct rlp_reader r = rlp_reader(account.data, account.len);
    rlp_enter(&r);
    rlp_get_u64(&r);
    rlp_get_u256(&r, balance);
    rlp_get_fixed(&r, root.b, sizeof root.b);
    rlp_get_fixed(&r, code.b, sizeof code.b);
    rlp_leave(&r);
    enum err_code rc = rlp_finish(&r, "account", e);
    if (rc == ERR_OK)
        *ret = root;
    return rc;
}

/* What the history contract held for a block, in the state with this root. */
static enum err_code recorded_hash(const struct hash32 *state_root, const struct evidence_link *link,
                                   uint64_t number, struct hash32 *ret, struct err *e)
{
    uint8_t slot[32];
    wei_to_bytes(slot, number % HISTORY_BLOCKS);
    struct hash32 account_key = keccak_256(HISTORY_CONTRACT.b, sizeof HISTORY_CONTRACT.b);
    struct hash32 slot_key = keccak_256(slot, sizeof slot), root;
    struct slice account, word;
    enum err_code rc = mpt_find(state_root, (struct slice){account_key.b, sizeof account_key.b},
                                &link->account_proof, &account, e);
    if (rc == ERR_OK)
        rc = storage_root(account, &root, e);
    if (rc == ERR_OK)
        rc = mpt_find(&root, (struct slice){slot_key.b, sizeof slot_key.b}, &link->storage_proof,
                      &word, e);
    if (rc != ERR_OK)
        return rc;
    struct hash32 h = {0};
    struct rlp_reader r = rlp_reader(word.data, word.len);
    rlp_get_u256(&r, h.b);
    rc = rlp_finish(&r, "storage value", e);
    if (rc == ERR_OK)
        *ret = h;
    return rc;
}

static enum err_code follow_history(const struct evidence_link *link, struct ethheader *tip,
                                    struct err *e)
{
    if (link->headers.n != 1)
        return err_set(e, ERR_INVALID, "an EIP-2935 link has not one header");
    struct slice rlp = blobs_get(&link->headers, 0);
    struct ethheader later;
    struct hash32 recorded;
    enum err_code rc = ethheader_decode(&later, rlp.data, rlp.len, e);
    if (rc != ERR_OK)
        return rc;
    if (later.number <= tip->number || later.number - tip->number > HISTORY_BLOCKS)
        return err_set(e, ERR_INVALID, "an EIP-2935 link leads too far, or back");
    rc = recorded_hash(&later.state_root, link, tip->number, &recorded, e);
    if (rc != ERR_OK)
        return rc;
    if (!hash32_equal(&recorded, &tip->hash))
        return err_set(e, ERR_INVALID, "the state of the later block holds another hash");
    *tip = later;
    return ERR_OK;
}

static enum err_code follow_links(const struct evidence *ev, struct evidence_facts *facts,
                                  struct err *e)
{
    facts->tip = facts->block;
    for (size_t i = 0; i < ev->n_links && ev->links[i].kind != EVIDENCE_OTHER; i++) {
        const struct evidence_link *link = &ev->links[i];
        enum err_code rc = link->kind == EVIDENCE_HEADERS ? follow_headers(link, &facts->tip, e)
                                                          : follow_history(link, &facts->tip, e);
        if (rc != ERR_OK) {
            err_wrap(e, "link %zu", i);
            return rc;
        }
        facts->n_links++;
    }
    return ERR_OK;
}

/* --- check ------------------------------------------------------------------------------------- */

static enum err_code check_tx(const struct evidence *ev, struct evidence_facts *facts, struct slice key,
                              struct err *e)
{
    struct slice raw = evidence_tx(ev);
    enum err_code rc = mpt_verify(&facts->block.transactions_root, key, raw, &ev->tx_proof, e);
    if (rc != ERR_OK) {
        err_wrap(e, "transaction");
        return rc;
    }
    rc = ethtx_decode(&facts->tx, raw.data, raw.len, e);
    if (rc == ERR_OK)
        rc = ethtx_sender(&facts->tx, &facts->sender, e);
    return rc;
}

static enum err_code check_receipt(const struct evidence *ev, struct evidence_facts *facts,
                                   struct slice key, struct err *e)
{
    struct slice raw = evidence_receipt(ev);
    enum err_code rc = mpt_verify(&facts->block.receipts_root, key, raw, &ev->receipt_proof, e);
    if (rc != ERR_OK) {
        err_wrap(e, "receipt");
        return rc;
    }
    rc = ethreceipt_decode(&facts->receipt, raw.data, raw.len, e);
    if (rc == ERR_OK && facts->receipt.type != facts->tx.type) {
        ethreceipt_done(&facts->receipt);
        return err_set(e, ERR_INVALID, "receipt: another type than the transaction's");
    }
    facts->has_receipt = rc == ERR_OK;
    return rc;
}

enum err_code evidence_check(const struct evidence *ev, struct evidence_facts *ret, struct err *e)
{
    struct evidence_facts facts = {.tx_index = ev->tx_index};
    uint8_t index[MPT_INDEX_LEN];
    struct slice key = {index, mpt_index_key(index, ev->tx_index)}, header = evidence_header(ev);
    enum err_code rc = ethheader_decode(&facts.block, header.data, header.len, e);
    if (rc == ERR_OK)
        rc = check_tx(ev, &facts, key, e);
    if (rc == ERR_OK && ev->has_receipt)
        rc = check_receipt(ev, &facts, key, e);
    if (rc == ERR_OK)
        rc = follow_links(ev, &facts, e);
    if (rc == ERR_OK)
        *ret = facts;
    else
        evidence_facts_done(&facts);
    return rc;
}

void evidence_facts_done(struct evidence_facts *facts)
{
    ethreceipt_done(&facts->receipt);
    *facts = (struct evidence_facts){0};
}

/* --- build ------------------------------------------------------------------------------------- */

/* Take one element of a block, and the proof of it; the root must be the header's. */
static enum err_code take(const struct blobs *all, uint64_t index, const struct hash32 *root,
                          struct blobs *pieces, struct blobs *proof, struct err *e)
{
    struct hash32 got;
    if (index >= all->n)
        return err_set(e, ERR_INVALID, "the block has only %zu of them", all->n);
    enum err_code rc = mpt_build_list(all, (size_t)index, &got, proof, e);
    if (rc != ERR_OK)
        return rc;
    if (!hash32_equal(&got, root))
        return err_set(e, ERR_CONFLICT, "they do not have the root that the block header names");
    struct slice one = blobs_get(all, (size_t)index);
    blobs_add(pieces, one.data, one.len);
    return pieces->failed ? err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM)) : ERR_OK;
}

static enum err_code build(struct evidence *ev, const struct evidence_block *block, struct err *e)
{
    struct ethheader header;
    enum err_code rc = ethheader_decode(&header, block->header.data, block->header.len, e);
    if (rc != ERR_OK)
        return rc;
    blobs_add(&ev->pieces, block->header.data, block->header.len);
    rc = take(block->transactions, ev->tx_index, &header.transactions_root, &ev->pieces,
              &ev->tx_proof, e);
    if (rc != ERR_OK)
        err_wrap(e, "transactions of block %llu", (unsigned long long)header.number);
    if (rc != ERR_OK || !ev->has_receipt)
        return rc;
    rc = take(block->receipts, ev->tx_index, &header.receipts_root, &ev->pieces, &ev->receipt_proof, e);
    if (rc != ERR_OK)
        err_wrap(e, "receipts of block %llu", (unsigned long long)header.number);
    return rc;
}

enum err_code evidence_build(struct evidence *ret, const struct evidence_block *block,
                             uint64_t tx_index, struct err *e)
{
    struct evidence ev = {
        .genesis_block = block->genesis_block,
        .tx_index = tx_index,
        .has_receipt = block->receipts != NULL,
    };
    struct evidence_facts facts = {0};
    enum err_code rc = build(&ev, block, e);
    if (rc == ERR_OK)
        rc = evidence_check(&ev, &facts, e);
    evidence_facts_done(&facts);
    if (rc == ERR_OK)
        *ret = ev;
    else
        evidence_done(&ev);
    return rc;
}
