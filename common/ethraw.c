/* Replies written back into the bytes that the chain commits to: see ethraw.h. */
#include "common/ethraw.h"

#include "common/ethjson.h"
#include "common/keccak.h"
#include "common/limits.h"

static enum err_code no_memory(const struct jsonio_node *at)
{
    return jsonio_fail(at, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
}

/* Keep what was added only if all went well. */
static enum err_code end(struct blobs *list, size_t n_before, const struct ethrpc_reading *r,
                         const struct ethrpc_reply *reply, struct err *e)
{
    enum err_code rc = ethrpc_end(r, reply, e);
    if (rc != ERR_OK)
        blobs_cut(list, n_before);
    return rc;
}

/* --- header ------------------------------------------------------------------------------------ */

/* Write one form after the other until one has the right hash. */
static void add_header(struct blobs *list, const struct jsonio_node *block)
{
    struct hash32 expected = ethjson_get_hash(block, "hash");
    for (unsigned form = 0; form < ETHJSON_HEADER_FORMS && block->doc->code == ERR_OK; form++) {
        struct bytes_writer w = blobs_begin(list, ethjson_room(block->value));
        if (list->failed) {
            no_memory(block);
            return;
        }
        if (!ethjson_put_header(&w, block, form))
            continue;
        struct hash32 got = keccak_256(w.data, w.len);
        if (hash32_equal(&got, &expected)) {
            blobs_commit(list, &w);
            return;
        }
    }
    jsonio_fail(block, ERR_INVALID, "no form of the header has the block's hash");
}

enum err_code ethraw_header(const struct ethrpc_reply *reply, struct blobs *ret, struct err *e)
{
    struct ethrpc_reading r;
    size_t n_before = ret->n;
    enum err_code rc = ethrpc_begin_object(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    add_header(ret, &r.root);
    return end(ret, n_before, &r, reply, e);
}

/* --- transactions ------------------------------------------------------------------------------ */

static void add_transaction(struct blobs *list, const struct jsonio_node *tx)
{
    struct hash32 expected = ethjson_get_hash(tx, "hash");
    struct bytes_writer w = blobs_begin(list, ethjson_room(tx->value));
    if (list->failed) {
        no_memory(tx);
    } else if (!ethjson_put_transaction(&w, tx)) {
        jsonio_fail(tx, ERR_UNSUPPORTED, "a transaction of this type cannot be rebuilt");
    } else if (tx->doc->code == ERR_OK) {
        struct hash32 got = keccak_256(w.data, w.len);
        if (hash32_equal(&got, &expected))
            blobs_commit(list, &w);
        else
            jsonio_fail(tx, ERR_INVALID, "the transaction does not have its hash");
    }
}

static enum err_code block_transactions(const struct ethrpc_reply *reply, bool skip_unknown,
                                        struct blobs *ret, struct err *e)
{
    struct ethrpc_reading r;
    size_t n_before = ret->n;
    enum err_code rc = ethrpc_begin_object(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    struct jsonio_node array = jsonio_array(&r.root, "transactions", LIMITS_BLOCK_ITEMS);
    for (size_t i = 0; i < jsonio_count(&array) && r.doc.code == ERR_OK; i++) {
        struct jsonio_node tx = jsonio_item(&array, i);
        add_transaction(ret, &tx);
        if (skip_unknown && r.doc.code == ERR_UNSUPPORTED)
            r.doc.code = ERR_OK;
    }
    return end(ret, n_before, &r, reply, e);
}

enum err_code ethraw_block_transactions(const struct ethrpc_reply *reply, struct blobs *ret,
                                        struct err *e)
{
    return block_transactions(reply, false, ret, e);
}

enum err_code ethraw_known_transactions(const struct ethrpc_reply *reply, struct blobs *ret,
                                        struct err *e)
{
    return block_transactions(reply, true, ret, e);
}

enum err_code ethraw_transaction(const struct ethrpc_reply *reply, struct blobs *ret,
                                 struct ethraw_place *ret_place, struct err *e)
{
    struct ethrpc_reading r;
    size_t n_before = ret->n;
    enum err_code rc = ethrpc_begin_object(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    struct ethraw_place place = {.mined = !ethjson_lacks(&r.root, "blockHash")};
    if (place.mined) {
        place.block_number = ethjson_get_u64(&r.root, "blockNumber");
        place.block_hash = ethjson_get_hash(&r.root, "blockHash");
        place.tx_index = ethjson_get_u64(&r.root, "transactionIndex");
    }
    add_transaction(ret, &r.root);
    if (ret_place != NULL && r.doc.code == ERR_OK)
        *ret_place = place;
    return end(ret, n_before, &r, reply, e);
}

/* --- receipts ---------------------------------------------------------------------------------- */

static void add_receipt(struct blobs *list, const struct jsonio_node *receipt, uint64_t index,
                        const struct hash32 *block_hash)
{
    struct hash32 block = ethjson_get_hash(receipt, "blockHash");
    if (!hash32_equal(&block, block_hash))
        jsonio_fail(receipt, ERR_INVALID, "the receipt is of another block");
    if (ethjson_get_u64(receipt, "transactionIndex") != index)
        jsonio_fail(receipt, ERR_INVALID, "the receipt has another index");
    struct bytes_writer w = blobs_begin(list, ethjson_room(receipt->value));
    ethjson_put_receipt(&w, receipt);
    if (receipt->doc->code == ERR_OK && !blobs_commit(list, &w))
        no_memory(receipt);
}

enum err_code ethraw_block_receipts(const struct ethrpc_reply *reply, const struct hash32 *block_hash,
                                    struct blobs *ret, struct err *e)
{
    struct ethrpc_reading r;
    size_t n_before = ret->n;
    enum err_code rc = ethrpc_begin(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    struct jsonio_node array = jsonio_root_array(&r.doc, r.root.value, LIMITS_BLOCK_ITEMS);
    for (size_t i = 0; i < jsonio_count(&array) && r.doc.code == ERR_OK; i++) {
        struct jsonio_node receipt = jsonio_item(&array, i);
        add_receipt(ret, &receipt, i, block_hash);
    }
    return end(ret, n_before, &r, reply, e);
}

enum err_code ethraw_receipt(const struct ethrpc_reply *reply, const struct hash32 *block_hash,
                             struct blobs *ret, struct err *e)
{
    struct ethrpc_reading r;
    size_t n_before = ret->n;
    enum err_code rc = ethrpc_begin_object(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    add_receipt(ret, &r.root, n_before, block_hash);
    return end(ret, n_before, &r, reply, e);
}
