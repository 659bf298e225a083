/* Signed transactions: our own signing, what signers may give back, newer types, and hostile bytes. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ethtx.h"
#include "common/hex.h"
#include "common/keccak.h"
#include "common/rlp.h"

/* --- our own ----------------------------------------------------------------------------------- */

static const uint8_t KEY[32] = {0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46,
                                0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46,
                                0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46};

/* The example of EIP-155. */
static void the_example_of_eip155(void **state)
{
    (void)state;
    struct ethtx tx = {.has_chain_id = true, .chain_id = 1, .nonce = 9, .gas = 21000,
                       .max_fee = 20 * WEI_PER_GWEI, .has_to = true};
    uint8_t room[400];
    char hex[400];
    struct err e;
    memset(tx.to.b, 0x35, sizeof tx.to.b);
    wei_to_bytes(tx.value, WEI_PER_ETHER);
    struct bytes_writer w = bytes_writer(room, sizeof room);
    assert_ok(ethtx_put_unsigned(&w, &tx, &e), e);
    hex_encode(hex, room, w.len);
    assert_string_equal(hex, "ec098504a817c800825208943535353535353535353535353535353535353535"
                             "880de0b6b3a764000080018080");
    w.len = 0;
    assert_ok(ethtx_sign(&w, &tx, KEY, &e), e);
    hex_encode(hex, room, w.len);
    assert_string_equal(
        hex, "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a7640000"
             "8025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f"
             "761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
    assert_ok(ethtx_decode(&tx, room, w.len, &e), e);
    struct hash32 sighash = harness_hash("daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
    assert_memory_equal(tx.sighash.b, sighash.b, sizeof sighash.b);
}

static const uint8_t DATA[32] = "an anchored value, 32 bytes long";

static struct ethtx an_anchor(void)
{
    struct ethtx tx = {.type = ETHTX_DYNAMIC_FEE, .has_chain_id = true, .chain_id = 11155111,
                       .nonce = 7, .gas = 30000, .max_fee = 3 * WEI_PER_GWEI,
                       .max_priority_fee = WEI_PER_GWEI, .has_to = true, .data = {DATA, sizeof DATA}};
    memset(tx.to.b, 0x11, sizeof tx.to.b);
    return tx;
}

struct made {
    struct ethtx asked;
    uint8_t raw[512];
    size_t len;
    struct seal_address sender;
};

static struct made make(void)
{
    struct made m = {.asked = an_anchor()};
    struct bytes_writer w = bytes_writer(m.raw, sizeof m.raw);
    struct err e;
    assert_ok(ethtx_sign(&w, &m.asked, KEY, &e), e);
    m.len = w.len;
    assert_ok(ethtx_key_address(&m.sender, KEY, &e), e);
    return m;
}

static void a_remote_signature_gives_the_same(void **state)
{
    (void)state;
    struct made m = make();
    uint8_t payload[512], raw[512];
    struct bytes_writer p = bytes_writer(payload, sizeof payload), w = bytes_writer(raw, sizeof raw);
    struct ethtx_signature signature;
    struct seal_address got;
    struct err e;
    assert_ok(ethtx_put_unsigned(&p, &m.asked, &e), e);
    struct hash32 sighash = keccak_256(payload, p.len);
    assert_ok(ethtx_sign_hash(&signature, &sighash, KEY, &e), e);
    assert_ok(ethtx_recover(&sighash, &signature, &got, &e), e);
    assert_memory_equal(got.b, m.sender.b, sizeof got.b);
    assert_ok(ethtx_put_signed(&w, &m.asked, &signature, &e), e);
    assert_int_equal(w.len, m.len);
    assert_memory_equal(raw, m.raw, m.len);
}

static void check_refused(const struct made *m, const struct ethtx *expected, const char *field)
{
    struct err e;
    char text[64];
    snprintf(text, sizeof text, "the signer changed the %s", field);
    assert_err(ethtx_check_signed(m->raw, m->len, expected, &m->sender, NULL, &e), ERR_CONFLICT);
    assert_string_equal(e.msg, text);
}

static void what_a_signer_changed_is_named(void **state)
{
    (void)state;
    struct made m = make();
    struct hash32 hash, expected = keccak_256(m.raw, m.len);
    struct err e;
    assert_ok(ethtx_check_signed(m.raw, m.len, &m.asked, &m.sender, &hash, &e), e);
    assert_memory_equal(hash.b, expected.b, sizeof hash.b);
    struct ethtx tx;
#define DIFFERS(field, change)                                                                      \
    tx = m.asked;                                                                                  \
    change;                                                                                        \
    check_refused(&m, &tx, field)
    DIFFERS("type", tx.type = ETHTX_LEGACY);
    DIFFERS("chain id", tx.chain_id++);
    DIFFERS("nonce", tx.nonce++);
    DIFFERS("gas limit", tx.gas++);
    DIFFERS("fee", tx.max_fee++);
    DIFFERS("priority fee", tx.max_priority_fee++);
    DIFFERS("receiver", tx.to.b[19] ^= 1);
    DIFFERS("receiver", tx.has_to = false);
    DIFFERS("value", tx.value[31] = 1);
    DIFFERS("data", tx.data.len--);
    DIFFERS("data", tx.data.data = (const uint8_t *)"an anchored value, 32 bytes LONG");
    m.sender.b[0] ^= 1;
    assert_err(ethtx_check_signed(m.raw, m.len, &m.asked, &m.sender, NULL, &e), ERR_CONFLICT);
    assert_string_equal(e.msg, "the signer used another key");
}

/* n - s, with the other parity, is as good a signature, and refused (EIP-2). */
static void a_high_s_is_refused(void **state)
{
    (void)state;
    static const uint8_t ORDER[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                      0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
    struct made m = make();
    struct ethtx tx;
    struct seal_address got;
    struct err e;
    assert_ok(ethtx_decode(&tx, m.raw, m.len, &e), e);
    int borrow = 0;
    for (size_t i = 32; i-- > 0;) {
        int d = ORDER[i] - tx.signature.s[i] - borrow;
        borrow = d < 0;
        tx.signature.s[i] = (uint8_t)d;
    }
    tx.signature.y ^= 1;
    assert_err(ethtx_sender(&tx, &got, &e), ERR_INVALID);
    assert_string_equal(e.msg, "signature has a high s (EIP-2)");
}

static void impossible_signatures_are_refused(void **state)
{
    (void)state;
    struct hash32 h = {{1}};
    struct seal_address got;
    struct ethtx_signature zero = {0}, y = {.y = 2}, large = {0};
    y.r[31] = y.s[31] = 1;
    memset(large.r, 0xff, sizeof large.r);
    large.s[31] = 1;
    assert_err(ethtx_recover(&h, &zero, &got, NULL), ERR_INVALID);
    assert_err(ethtx_recover(&h, &y, &got, NULL), ERR_INVALID);
    assert_err(ethtx_recover(&h, &large, &got, NULL), ERR_INVALID);
}

static void bad_keys_are_refused(void **state)
{
    (void)state;
    uint8_t zero[32] = {0}, large[32], room[512];
    struct seal_address address;
    struct ethtx tx = an_anchor();
    memset(large, 0xff, sizeof large);
    assert_err(ethtx_key_address(&address, zero, NULL), ERR_INVALID);
    assert_err(ethtx_key_address(&address, large, NULL), ERR_INVALID);
    struct bytes_writer w = bytes_writer(room, sizeof room);
    assert_err(ethtx_sign(&w, &tx, zero, NULL), ERR_INVALID);
    assert_int_equal(w.len, 0);
}

static void only_our_types_are_made(void **state)
{
    (void)state;
    uint8_t room[512];
    struct bytes_writer w = bytes_writer(room, sizeof room);
    struct ethtx tx = an_anchor();
    tx.type = ETHTX_ACCESS_LIST;
    assert_err(ethtx_sign(&w, &tx, KEY, NULL), ERR_UNSUPPORTED);
    tx = an_anchor();
    tx.has_chain_id = false;
    assert_err(ethtx_sign(&w, &tx, KEY, NULL), ERR_UNSUPPORTED);
    tx = an_anchor();
    tx.type = ETHTX_LEGACY;
    tx.chain_id = UINT64_MAX / 2;
    assert_err(ethtx_sign(&w, &tx, KEY, NULL), ERR_LIMIT);
    tx = an_anchor();
    w = bytes_writer(room, 20);
    assert_err(ethtx_sign(&w, &tx, KEY, NULL), ERR_LIMIT);
}

/* The largest of everything fits. */
static void the_room_is_enough(void **state)
{
    (void)state;
    struct ethtx tx = an_anchor();
    tx.chain_id = UINT64_MAX;
    tx.nonce = UINT64_MAX - 1;
    tx.gas = UINT64_MAX;
    tx.max_fee = tx.max_priority_fee = WEI_MAX;
    memset(tx.value, 0xff, sizeof tx.value);
    uint8_t *room = malloc(ethtx_room(&tx));
    struct bytes_writer w = bytes_writer(room, ethtx_room(&tx));
    struct err e;
    assert_ok(ethtx_sign(&w, &tx, KEY, &e), e);
    free(room);
}

static struct seal_address address_of(const char *hex)
{
    struct seal_address a;
    assert_true(hex_decode(a.b, sizeof a.b, hex, strlen(hex), true));
    return a;
}

/* The first contract of a known account: anvil's first account makes 0x5fbd…0aa3 first. */
static void contract_addresses(void **state)
{
    (void)state;
    static const char *const EXPECTED[] = {"5FbDB2315678afecb367f032d93F642f64180aa3",
                                           "e7f1725E7734CE288F8367e1Bb143E90bb3F0512"};
    struct seal_address sender = address_of("f39fd6e51aad88f6f4ce6ab8827279cfffb92266");
    for (uint64_t nonce = 0; nonce < 2; nonce++) {
        struct seal_address got = ethtx_contract_address(&sender, nonce), expected = address_of(EXPECTED[nonce]);
        assert_memory_equal(got.b, expected.b, sizeof got.b);
    }
}

/* --- types 3 and 4 ----------------------------------------------------------------------------- */

struct shape {
    bool no_to;
    size_t hash_len;     /* of a blob hash */
    size_t address_len;  /* of an authorization */
    uint8_t y;           /* of the transaction */
};

/* Write and sign a transaction of type 3 or 4, whose parts may be of a wrong shape. */
static size_t make_typed(uint8_t *raw, size_t cap, enum ethtx_type type, struct shape shape)
{
    uint8_t zeros[32] = {0};
    struct bytes_writer w = bytes_writer(raw, cap);
    bytes_put_u8(&w, (uint8_t)type);
    size_t list = rlp_open(&w);
    for (uint64_t v = 1; v <= 5; v++) /* chain id, nonce, tip, fee, gas */
        rlp_put_u64(&w, v);
    rlp_put_bytes(&w, zeros, shape.no_to ? 0 : 20);
    rlp_put_u64(&w, 0);
    rlp_put_bytes(&w, "data", 4);
    rlp_close(&w, rlp_open(&w));
    if (type == ETHTX_BLOB)
        rlp_put_u64(&w, 9);
    size_t inner = rlp_open(&w);
    if (type == ETHTX_BLOB) {
        rlp_put_bytes(&w, zeros, shape.hash_len);
    } else {
        size_t entry = rlp_open(&w);
        rlp_put_u64(&w, 1);
        rlp_put_bytes(&w, zeros, shape.address_len);
        for (int i = 0; i < 4; i++)
            rlp_put_u64(&w, 1);
        rlp_close(&w, entry);
    }
    rlp_close(&w, inner);
    struct hash32 sighash;
    struct ethtx_signature signature;
    struct err e;
    size_t end = w.len;
    rlp_close(&w, list);
    sighash = keccak_256(raw, w.len);
    size_t prefix = w.len - end;
    memmove(raw + list, raw + list + prefix, end - list); /* open it again for the signature */
    w.len = end;
    assert_ok(ethtx_sign_hash(&signature, &sighash, KEY, &e), e);
    rlp_put_u64(&w, shape.y != 0 ? shape.y : signature.y);
    rlp_put_uint(&w, signature.r, sizeof signature.r);
    rlp_put_uint(&w, signature.s, sizeof signature.s);
    rlp_close(&w, list);
    assert_false(w.failed);
    return w.len;
}

static void newer_types(void **state)
{
    (void)state;
    static const enum ethtx_type TYPES[] = {ETHTX_BLOB, ETHTX_SET_CODE};
    static const struct {
        struct shape shape;
        enum err_code code;
    } CASES[] = {
        {{false, 32, 20, 0}, ERR_OK},
        {{true, 32, 20, 0}, ERR_PARSE},
        {{false, 31, 19, 0}, ERR_PARSE},
        {{false, 32, 20, 2}, ERR_PARSE},
        {{false, 32, 20, 27}, ERR_PARSE},
    };
    struct seal_address expected, got;
    struct err e;
    assert_ok(ethtx_key_address(&expected, KEY, &e), e);
    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
            uint8_t raw[512];
            struct ethtx tx;
            size_t len = make_typed(raw, sizeof raw, TYPES[t], CASES[i].shape);
            assert_err(ethtx_decode(&tx, raw, len, &e), CASES[i].code);
            if (CASES[i].code != ERR_OK)
                continue;
            assert_int_equal(tx.nonce, 2);
            assert_true(tx.max_priority_fee == 3 && tx.max_fee == 4);
            assert_ok(ethtx_sender(&tx, &got, &e), e);
            assert_memory_equal(got.b, expected.b, sizeof got.b);
        }
}

static void unknown_types_are_left_alone(void **state)
{
    (void)state;
    struct made m = make();
    struct ethtx tx;
    for (unsigned type = 0; type < 256; type++) {
        m.raw[0] = (uint8_t)type;
        enum err_code rc = ethtx_decode(&tx, m.raw, m.len, NULL);
        if (type == 0 || (type > 4 && type < 0x80))
            assert_err(rc, ERR_UNSUPPORTED);
        else
            assert_true((rc == ERR_OK) == (type == 2));
    }
}

/* --- hostile bytes ----------------------------------------------------------------------------- */

static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct made m = make();
    struct ethtx tx;
    for (size_t len = 0; len < m.len; len++) {
        uint8_t *exact = malloc(len + 1); /* so that a sanitizer sees a read behind the end */
        memcpy(exact, m.raw, len);
        exact = realloc(exact, len > 0 ? len : 1);
        assert_err(ethtx_decode(&tx, exact, len, NULL), ERR_PARSE);
        free(exact);
    }
    m.raw[m.len] = 0;
    assert_err(ethtx_decode(&tx, m.raw, m.len + 1, NULL), ERR_PARSE);
}

/* No flipped bit leaves both the fields and the sender. */
static void every_flipped_bit_is_seen(void **state)
{
    (void)state;
    struct made m = make();
    for (size_t bit = 0; bit < 8 * m.len; bit++) {
        m.raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(ethtx_check_signed(m.raw, m.len, &m.asked, &m.sender, NULL, NULL), ERR_OK);
        m.raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_eip155),
        cmocka_unit_test(a_remote_signature_gives_the_same),
        cmocka_unit_test(what_a_signer_changed_is_named),
        cmocka_unit_test(a_high_s_is_refused),
        cmocka_unit_test(impossible_signatures_are_refused),
        cmocka_unit_test(bad_keys_are_refused),
        cmocka_unit_test(only_our_types_are_made),
        cmocka_unit_test(the_room_is_enough),
        cmocka_unit_test(contract_addresses),
        cmocka_unit_test(newer_types),
        cmocka_unit_test(unknown_types_are_left_alone),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_flipped_bit_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
