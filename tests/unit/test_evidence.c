/* Evidence: built from a real block and from blocks of our own, written and read again, damaged in every
 * way; links to later blocks. */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "common/ethraw.h"
#include "common/evidence.h"
#include "common/evidencejson.h"
#include "common/hex.h"
#include "common/keccak.h"
#include "common/mpt.h"
#include "common/registry.h"
#include "common/rlp.h"
#include "tests/replies.h"
#include "tests/vectors.h"

/* --- a real block: tests/data/anvil.json ------------------------------------------------------- */

static void add_header(struct blobs *b, const char *name)
{
    struct ethrpc_reply r = replies_open(ETHRPC_BLOCK_BY_NUMBER, name);
    struct err e;
    assert_ok(ethraw_header(&r, b, &e), e);
    ethrpc_done(&r);
}

/* A block as it was captured. */
struct captured {
    struct blobs header, transactions, receipts;
    struct hash32 hash;
};

static void free_captured(struct captured *c)
{
    blobs_done(&c->header);
    blobs_done(&c->transactions);
    blobs_done(&c->receipts);
}

static struct captured capture(void)
{
    struct captured c = {0};
    struct ethrpc_reply block = replies_open(ETHRPC_BLOCK_BY_NUMBER, "block"),
                        receipts = replies_open(ETHRPC_BLOCK_RECEIPTS, "block receipts");
    struct ethrpc_block header;
    struct err e;
    assert_ok(ethrpc_get_block(&block, &header, &e), e);
    c.hash = header.hash;
    assert_ok(ethraw_header(&block, &c.header, &e), e);
    assert_ok(ethraw_block_transactions(&block, &c.transactions, &e), e);
    assert_ok(ethraw_block_receipts(&receipts, &c.hash, &c.receipts, &e), e);
    ethrpc_done(&block);
    ethrpc_done(&receipts);
    return c;
}

static enum err_code build(struct evidence *ret, const struct captured *c, uint64_t index, struct err *e)
{
    struct evidence_block block = {{{7}}, blobs_get(&c->header, 0), &c->transactions, &c->receipts};
    return evidence_build(ret, &block, index, e);
}

static struct evidence real_evidence(uint64_t index)
{
    struct captured c = capture();
    struct evidence ev;
    struct err e;
    assert_ok(build(&ev, &c, index, &e), e);
    free_captured(&c);
    return ev;
}

static void a_registry_anchor_is_proved(void **state)
{
    (void)state;
    struct captured c = capture();
    struct evidence ev = real_evidence(1);
    struct evidence_facts facts;
    struct seal_address registry;
    struct hash32 root;
    struct err e;
    const char *text = json_string_value(json_object_get(replies_all, "registry"));
    assert_true(hex_decode(registry.b, sizeof registry.b, text + 2, 40, true));
    assert_ok(evidence_check(&ev, &facts, &e), e);
    assert_true(hash32_equal(&facts.block.hash, &c.hash));
    assert_true(facts.block.number == 2 && facts.tx_index == 1 && facts.n_links == 0);
    assert_true(hash32_equal(&facts.tip.hash, &c.hash));
    assert_true(facts.tx.has_chain_id && facts.tx.chain_id == 11155111 && facts.tx.has_to);
    assert_memory_equal(facts.tx.to.b, registry.b, sizeof registry.b);
    assert_int_equal(facts.tx.data.len, sizeof root.b);
    memcpy(root.b, facts.tx.data.data, sizeof root.b);
    assert_true(facts.has_receipt && facts.receipt.has_status && facts.receipt.ok);
    assert_true(registry_has_anchored(facts.receipt.logs, facts.receipt.n_logs, &registry, &root, &facts.sender));
    evidence_facts_done(&facts);
    evidence_facts_done(&facts);
    evidence_done(&ev);
    evidence_done(&ev);
    free_captured(&c);
}

static void every_transaction_of_the_block(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 6; i++) {
        struct evidence ev = real_evidence(i);
        struct evidence_facts facts;
        struct err e;
        assert_ok(evidence_check(&ev, &facts, &e), e);
        assert_int_equal(facts.receipt.ok, i != 3); /* number 3 reverts */
        evidence_facts_done(&facts);
        evidence_done(&ev);
    }
}

static void without_receipts(void **state)
{
    (void)state;
    struct captured c = capture();
    struct evidence_block block = {{{7}}, blobs_get(&c.header, 0), &c.transactions, NULL};
    struct evidence ev;
    struct evidence_facts facts;
    struct err e;
    assert_ok(evidence_build(&ev, &block, 0, &e), e);
    assert_ok(evidence_check(&ev, &facts, &e), e);
    assert_false(facts.has_receipt);
    assert_int_equal(evidence_receipt(&ev).len, 0);
    evidence_facts_done(&facts);
    evidence_done(&ev);
    free_captured(&c);
}

/* --- refused to be built ----------------------------------------------------------------------- */

static void wrong_blocks_build_nothing(void **state)
{
    (void)state;
    struct captured c = capture();
    struct evidence ev = {.tx_index = 99};
    struct err e;
    assert_err(build(&ev, &c, 6, &e), ERR_INVALID);
    blobs_cut(&c.receipts, 5);
    assert_err(build(&ev, &c, 1, &e), ERR_CONFLICT);
    assert_string_equal(e.msg, "receipts of block 2: they do not have the root that the block header names");
    blobs_cut(&c.transactions, 5);
    assert_err(build(&ev, &c, 1, &e), ERR_CONFLICT);
    assert_string_equal(e.msg, "transactions of block 2: they do not have the root that the block header names");
    struct slice header = blobs_get(&c.header, 0);
    struct evidence_block block = {{{7}}, {header.data, header.len - 1}, &c.transactions, &c.receipts};
    assert_err(evidence_build(&ev, &block, 1, &e), ERR_PARSE);
    assert_int_equal(ev.tx_index, 99);
    free_captured(&c);
}

/* --- anvil's own proofs ------------------------------------------------------------------------ */

static void read_blobs(struct blobs *ret, const json_t *array)
{
    size_t i, len;
    json_t *item;
    json_array_foreach(array, i, item)
    {
        uint8_t *bytes = vectors_bytes(json_string_value(item), &len);
        blobs_add(ret, bytes, len);
        free(bytes);
    }
}

static void check_block(const char *name)
{
    json_t *block = vectors_load(name), *proof;
    struct captured c = {0};
    size_t i, len;
    uint8_t *header = vectors_hex(block, "headerRlp", &len);
    struct hash32 hash = harness_hash(vectors_text(block, "blockHash") + 2);
    blobs_add(&c.header, header, len);
    free(header);
    read_blobs(&c.transactions, json_object_get(block, "allRaw"));
    read_blobs(&c.receipts, json_object_get(block, "allReceipts"));
    json_array_foreach(json_object_get(block, "proofs"), i, proof)
    {
        struct evidence ev;
        struct evidence_facts facts;
        struct err e;
        char sender[43] = "0x";
        assert_ok(build(&ev, &c, (uint64_t)json_integer_value(json_object_get(proof, "index")), &e), e);
        assert_ok(evidence_check(&ev, &facts, &e), e);
        assert_true(hash32_equal(&facts.block.hash, &hash));
        struct hash32 tx = harness_hash(vectors_text(proof, "txHash") + 2);
        assert_true(hash32_equal(&facts.tx.hash, &tx));
        hex_encode(sender + 2, facts.sender.b, sizeof facts.sender.b);
        assert_string_equal(sender, vectors_text(proof, "from"));
        evidence_facts_done(&facts);
        evidence_done(&ev);
    }
    free_captured(&c);
    json_decref(block);
}

static void blocks_of_anvil(void **state)
{
    (void)state;
    check_block("vectors/anvil-proofs/block_1tx.json");
    check_block("vectors/anvil-proofs/block_2tx.json");
    check_block("vectors/anvil-proofs/block_17tx.json");
    check_block("vectors/anvil-proofs/block_130tx.json");
}

/* --- JSON -------------------------------------------------------------------------------------- */

static char *write_json(const struct evidence *ev)
{
    struct text t = {0};
    struct err e;
    assert_ok(evidencejson_write(&t, ev, &e), e);
    return text_steal(&t);
}

static void check_same_json(const struct evidence *ev)
{
    char *text = write_json(ev);
    struct evidence again;
    struct err e;
    assert_ok(evidencejson_parse(&again, text, strlen(text), &e), e);
    char *second = write_json(&again);
    assert_string_equal(text, second);
    free(text);
    free(second);
    evidence_done(&again);
}

static void json_survives(void **state)
{
    (void)state;
    struct evidence ev = real_evidence(1);
    check_same_json(&ev);
    char *text = write_json(&ev);
    assert_memory_equal(text, "{\"version\":1,\"genesisBlock\":\"0x0700", 35);
    free(text);
    evidence_done(&ev);
}

/* Change one member of the JSON; NULL takes it out. */
static enum err_code parse_changed(const char *key, const char *value)
{
    struct evidence ev = real_evidence(1), out = {.tx_index = 99};
    char *text = write_json(&ev);
    json_t *object = json_loads(text, 0, NULL);
    if (value != NULL)
        json_object_set_new(object, key, json_loads(value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
    else
        json_object_del(object, key);
    char *changed = json_dumps(object, 0);
    struct err e = {0};
    enum err_code rc = evidencejson_parse(&out, changed, strlen(changed), &e);
    if (rc == ERR_OK)
        evidence_done(&out);
    else
        assert_int_equal(out.tx_index, 99);
    free(text);
    free(changed);
    json_decref(object);
    evidence_done(&ev);
    return rc;
}

static void malformed_json_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        enum err_code code;
    } CASES[] = {
        {"version", "2", ERR_VERSION},
        {"version", "0", ERR_VERSION},
        {"version", "\"1\"", ERR_INVALID},
        {"version", NULL, ERR_INVALID},
        {"genesisBlock", NULL, ERR_INVALID},
        {"genesisBlock", "\"0x00\"", ERR_INVALID},
        {"genesisBloco", "5", ERR_INVALID}, /* one flipped bit */
        {"header", NULL, ERR_INVALID},
        {"header", "\"\"", ERR_INVALID},
        {"header", "\"0x\"", ERR_INVALID},
        {"header", "\"0xF9\"", ERR_INVALID},
        {"header", "\"0xf\"", ERR_INVALID},
        {"header", "\"f9\"", ERR_INVALID},
        {"header", "\"00f9\"", ERR_INVALID},
        {"header", "\"0xf9\\u0000\"", ERR_INVALID},
        {"txIndex", "-1", ERR_INVALID},
        {"txIndex", "1.0", ERR_INVALID},
        {"txIndex", "\"1\"", ERR_INVALID},
        {"tx", NULL, ERR_INVALID},
        {"txProof", NULL, ERR_INVALID},
        {"txProof", "\"0x00\"", ERR_INVALID},
        {"txProof", "[5]", ERR_INVALID},
        {"txProof", "[\"0x00\\u0000\"]", ERR_INVALID},
        {"txProof", "[\"0x00\",\"0x00\",\"0x00\",\"0x00\",\"0x00\",\"0x00\",\"0x00\",\"0x00\",\"0x00\",\"0x00\","
                    "\"0x00\",\"0x00\",\"0x00\",\"0x00\",\"0x00\",\"0x00\",\"0x00\"]", ERR_LIMIT},
        {"receipt", NULL, ERR_INVALID}, /* only both together may be absent */
        {"receiptProof", NULL, ERR_INVALID},
        {"receipt", "null", ERR_INVALID},
        {"links", NULL, ERR_INVALID},
        {"links", "{}", ERR_INVALID},
        {"links", "[5]", ERR_INVALID},
        {"links", "[{\"headers\":\"0x00\"}]", ERR_INVALID},
        {"links", "[{\"headers\":[],\"eip2935\":{}}]", ERR_INVALID},
        {"links", "[{\"header3\":[]}]", ERR_INVALID}, /* one flipped bit */
        {"links", "[{\"eip2935\":{}}]", ERR_INVALID},
        {"links", "[{\"eip2935\":{\"header\":\"0x00\",\"accountProof\":[]}}]", ERR_INVALID},
        /* what is allowed */
        {"links", "[{\"future\":1}]", ERR_OK},
        {"unknown", "{}", ERR_OK},
        {"txProof", "[]", ERR_OK},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        enum err_code rc = parse_changed(CASES[i].key, CASES[i].value);
        if (rc != CASES[i].code)
            fail_msg("%s: %s: %s", CASES[i].key, CASES[i].value, err_name(rc));
    }
}

static void oversized_json_is_refused(void **state)
{
    (void)state;
    size_t len = 2 * 5000;
    char *value = malloc(len + 5);
    memset(value, '0', len + 5);
    memcpy(value, "\"0x", 3);
    memcpy(value + len + 3, "\"", 2);
    assert_err(parse_changed("header", value), ERR_LIMIT);
    free(value);
    struct evidence ev;
    char *huge = calloc(1, (8u << 20) + 1);
    assert_err(evidencejson_parse(&ev, huge, (8u << 20) + 1, NULL), ERR_LIMIT);
    free(huge);
    assert_err(evidencejson_parse(&ev, "", 0, NULL), ERR_PARSE);
    assert_err(evidencejson_parse(&ev, "[]", 2, NULL), ERR_INVALID);
}

/* --- damage ------------------------------------------------------------------------------------ */

/* Damaged evidence fails, or says the same of the same block, or is about another block: then whoever
 * asks whether that block is on the chain finds out. */
static void check_damaged(const char *text, size_t len, const struct evidence_facts *sound)
{
    struct evidence ev;
    struct evidence_facts facts;
    struct err e;
    if (evidencejson_parse(&ev, text, len, &e) != ERR_OK)
        return;
    if (evidence_check(&ev, &facts, &e) == ERR_OK) {
        if (hash32_equal(&facts.block.hash, &sound->block.hash)) {
            assert_true(hash32_equal(&facts.tx.hash, &sound->tx.hash));
            assert_int_equal(facts.tx_index, sound->tx_index);
            assert_memory_equal(facts.sender.b, sound->sender.b, sizeof facts.sender.b);
            assert_true(!facts.has_receipt || facts.receipt.ok == sound->receipt.ok);
        }
        evidence_facts_done(&facts);
    }
    evidence_done(&ev);
}

/* One bit of every byte, another one from byte to byte. */
static void check_every_flip(const struct evidence *ev, const struct evidence_facts *sound)
{
    char *text = write_json(ev);
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        text[i] = (char)(text[i] ^ 1 << i % 7);
        check_damaged(text, len, sound);
        text[i] = (char)(text[i] ^ 1 << i % 7);
    }
    for (size_t cut = 0; cut < len; cut += cut < 500 ? 1 : 7) {
        struct evidence ret;
        assert_err(evidencejson_parse(&ret, text, cut, NULL), ERR_PARSE);
    }
    free(text);
}

static void flipped_bits(void **state)
{
    (void)state;
    struct evidence ev = real_evidence(1);
    struct evidence_facts sound;
    struct err e;
    assert_ok(evidence_check(&ev, &sound, &e), e);
    check_every_flip(&ev, &sound);
    evidence_facts_done(&sound);
    evidence_done(&ev);
}

/* Pieces of two sound evidences do not mix. */
static void pieces_of_another_transaction(void **state)
{
    (void)state;
    struct err e;
    for (int what = 0; what < 5; what++) {
        struct evidence a = real_evidence(1), b = real_evidence(5), mixed = a;
        struct evidence_facts facts;
        struct blobs pieces = {0};
        struct slice parts[] = {evidence_header(&a), evidence_tx(what == 0 ? &b : &a), evidence_receipt(what == 1 ? &b : &a)};
        for (int i = 0; i < 3; i++)
            blobs_add(&pieces, parts[i].data, parts[i].len);
        mixed.pieces = pieces;
        mixed.tx_proof = what == 2 ? b.tx_proof : a.tx_proof;
        mixed.receipt_proof = what == 3 ? b.receipt_proof : a.receipt_proof;
        mixed.tx_index = what == 4 ? b.tx_index : a.tx_index;
        assert_err(evidence_check(&mixed, &facts, &e), ERR_INVALID);
        blobs_done(&pieces);
        evidence_done(&a);
        evidence_done(&b);
    }
}

/* --- the first transaction of Ethereum: tests/data/mainnet.json ---------------------------------- */

static void add_hex(struct blobs *b, const json_t *object, const char *key)
{
    size_t len;
    uint8_t *bytes = harness_hex(vectors_text(object, key), &len);
    blobs_add(b, bytes, len);
    free(bytes);
}

/* Block 46147, from before EIP-155 and before receipts had a status: whole, and no anchor by anybody's rule. */
static struct evidence first_evidence(const json_t *mainnet, struct err *e)
{
    const json_t *header = json_array_get(json_object_get(mainnet, "headers"), 0), *first = json_object_get(mainnet, "first");
    struct captured c = {0};
    struct evidence ev = {0};
    add_hex(&c.header, header, "rlp");
    add_hex(&c.transactions, first, "tx");
    add_hex(&c.receipts, first, "receipt");
    c.hash = harness_hash(vectors_text(header, "hash"));
    assert_ok(build(&ev, &c, 0, e), *e);
    free_captured(&c);
    return ev;
}

static void the_first_transaction_of_ethereum(void **state)
{
    (void)state;
    json_t *mainnet = json_load_file("data/mainnet.json", 0, NULL);
    struct evidence_facts facts;
    struct err e;
    char sender[41];
    assert_non_null(mainnet);
    struct evidence ev = first_evidence(mainnet, &e);
    struct hash32 name = harness_hash(vectors_text(json_object_get(mainnet, "first"), "txHash"));
    assert_ok(evidence_check(&ev, &facts, &e), e);
    assert_true(facts.block.number == 46147 && hash32_equal(&facts.tx.hash, &name));
    assert_false(facts.tx.has_chain_id);
    hex_encode(sender, facts.sender.b, sizeof facts.sender.b);
    assert_string_equal(sender, vectors_text(json_object_get(mainnet, "first"), "sender"));
    assert_true(facts.has_receipt && !facts.receipt.has_status && facts.receipt.n_logs == 0);
    check_same_json(&ev);
    check_every_flip(&ev, &facts);
    evidence_facts_done(&facts);
    evidence_done(&ev);
    json_decref(mainnet);
}

/* --- links ------------------------------------------------------------------------------------- */

static void add_link(struct evidence *ev, struct evidence_link link)
{
    ev->links = realloc(ev->links, (ev->n_links + 1) * sizeof *ev->links);
    assert_non_null(ev->links);
    ev->links[ev->n_links++] = link;
}

static enum err_code check_links(const struct evidence *ev, uint64_t tip, size_t n_links)
{
    struct evidence_facts facts;
    struct err e;
    enum err_code rc = evidence_check(ev, &facts, &e);
    if (rc != ERR_OK)
        return rc;
    assert_int_equal(facts.tip.number, tip);
    assert_int_equal(facts.n_links, n_links);
    evidence_facts_done(&facts);
    return rc;
}

static void headers_lead_on(void **state)
{
    (void)state;
    struct evidence ev = real_evidence(1);
    struct evidence_link link = {.kind = EVIDENCE_HEADERS};
    add_header(&link.headers, "next block");
    add_link(&ev, link);
    assert_err(check_links(&ev, 3, 1), ERR_OK);
    check_same_json(&ev);
    struct evidence_link far = {.kind = EVIDENCE_HEADERS};
    add_header(&far.headers, "later block");
    add_link(&ev, far);
    assert_err(check_links(&ev, 0, 0), ERR_INVALID);
    evidence_done(&ev);
}

static struct evidence_link history_link(void)
{
    struct evidence_link link = {.kind = EVIDENCE_EIP2935};
    const json_t *proof = json_object_get(json_object_get(replies_all, "history proof"), "result");
    const json_t *slot = json_array_get(json_object_get(proof, "storageProof"), 0);
    add_header(&link.headers, "later block");
    read_blobs(&link.account_proof, json_object_get(proof, "accountProof"));
    read_blobs(&link.storage_proof, json_object_get(slot, "proof"));
    return link;
}

static void history_leads_on(void **state)
{
    (void)state;
    struct evidence ev = real_evidence(1);
    add_link(&ev, history_link());
    assert_err(check_links(&ev, 11, 1), ERR_OK);
    check_same_json(&ev);
    /* Another of the same leads from block 11 to block 11: nowhere. */
    add_link(&ev, history_link());
    assert_err(check_links(&ev, 0, 0), ERR_INVALID);
    evidence_done(&ev);
}

static void an_unknown_link_ends_the_way(void **state)
{
    (void)state;
    struct evidence ev = real_evidence(1);
    add_link(&ev, (struct evidence_link){.kind = EVIDENCE_OTHER});
    add_link(&ev, history_link());
    assert_err(check_links(&ev, 2, 0), ERR_OK);
    evidence_done(&ev);
}

/* The recorded hash must be that of our block: the link does not fit block 3. */
static void history_of_another_block(void **state)
{
    (void)state;
    struct evidence ev = real_evidence(1);
    struct evidence_link next = {.kind = EVIDENCE_HEADERS}, history = history_link();
    add_header(&next.headers, "next block");
    add_link(&ev, next);
    add_link(&ev, history);
    assert_err(check_links(&ev, 0, 0), ERR_INVALID);
    evidence_done(&ev);
}

static void damaged_history(void **state)
{
    (void)state;
    for (int what = 0; what < 4; what++) {
        struct evidence ev = real_evidence(1);
        struct evidence_link link = history_link();
        if (what == 0)
            blobs_cut(&link.account_proof, link.account_proof.n - 1);
        else if (what == 1)
            blobs_cut(&link.storage_proof, link.storage_proof.n - 1);
        else if (what == 2)
            blobs_cut(&link.headers, 0);
        else
            link.storage_proof.data[40] ^= 1;
        add_link(&ev, link);
        assert_err(check_links(&ev, 0, 0), ERR_INVALID);
        evidence_done(&ev);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_registry_anchor_is_proved),
        cmocka_unit_test(every_transaction_of_the_block),
        cmocka_unit_test(without_receipts),
        cmocka_unit_test(wrong_blocks_build_nothing),
        cmocka_unit_test(blocks_of_anvil),
        cmocka_unit_test(json_survives),
        cmocka_unit_test(malformed_json_is_refused),
        cmocka_unit_test(oversized_json_is_refused),
        cmocka_unit_test(flipped_bits),
        cmocka_unit_test(the_first_transaction_of_ethereum),
        cmocka_unit_test(pieces_of_another_transaction),
        cmocka_unit_test(headers_lead_on),
        cmocka_unit_test(history_leads_on),
        cmocka_unit_test(an_unknown_link_ends_the_way),
        cmocka_unit_test(history_of_another_block),
        cmocka_unit_test(damaged_history),
    };
    return cmocka_run_group_tests(tests, replies_load, replies_free);
}
