/* Addresses of chains: see account.h. */
#include "verifier/keys/account.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include <nettle/ripemd160.h>

#include "common/ethtx.h"
#include "common/hex.h"
#include "common/keccak.h"
#include "common/multibase.h"
#include "common/sha256.h"

#define ACCOUNT_BYTES 20

/* -- Ethereum ------------------------------------------------------------------------------- */

/* EIP-55: a letter is upper case where the hash of the lower-case text has 8 or more. */
static void write_eth(char text[static 43], const uint8_t address[static ACCOUNT_BYTES])
{
    memcpy(text, "0x", 2);
    hex_encode(text + 2, address, ACCOUNT_BYTES);
    struct hash32 h = keccak_256(text + 2, 40);
    for (size_t i = 0; i < 40; i++)
        if ((h.b[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15) >= 8)
            text[2 + i] = (char)toupper((unsigned char)text[2 + i]);
}

static bool has_both_cases(struct slice text)
{
    bool upper = false, lower = false;
    for (size_t i = 0; i < text.len; i++) {
        upper = upper || (text.data[i] >= 'A' && text.data[i] <= 'F');
        lower = lower || (text.data[i] >= 'a' && text.data[i] <= 'f');
    }
    return upper && lower;
}

static enum err_code read_eth(struct key *ret, struct slice text, struct err *e)
{
    char checked[43];
    struct key key = {.kind = KEY_ETH_ACCOUNT, .len = ACCOUNT_BYTES};
    if (text.len != 42 || !slice_starts(text, SLICE("0x")) ||
        !hex_decode(key.bytes, ACCOUNT_BYTES, (const char *)text.data + 2, 40, true))
        return err_set(e, ERR_PARSE, "not an Ethereum address");
    write_eth(checked, key.bytes);
    if (has_both_cases(slice_from(text, 2)) && memcmp(checked, text.data, 42) != 0)
        return err_set(e, ERR_INVALID, "Ethereum address with a wrong checksum (its upper and lower case)");
    *ret = key;
    return ERR_OK;
}

/* -- Bitcoin -------------------------------------------------------------------------------- */

#define P2PKH_LEN (1 + ACCOUNT_BYTES + 4)

static void checksum(uint8_t ret[static 4], const uint8_t *bytes, size_t len)
{
    struct hash32 h = sha256(bytes, len);
    h = sha256(h.b, sizeof h.b);
    memcpy(ret, h.b, 4);
}

static enum err_code read_btc(struct key *ret, struct slice text, struct err *e)
{
    enum { MAIN = 0x00, TEST = 0x6f }; /* version bytes of P2PKH */
    char prefixed[64] = "z";
    uint8_t bytes[64], sum[4];
    size_t len;
    if (text.len > 40)
        return err_set(e, ERR_UNSUPPORTED, "not a Bitcoin address of a kind that we read (P2PKH)");
    memcpy(prefixed + 1, text.data, text.len);
    enum err_code rc = multibase_decode(bytes, &len, prefixed, text.len + 1, e);
    if (rc != ERR_OK || len != P2PKH_LEN || (bytes[0] != MAIN && bytes[0] != TEST))
        return err_set(e, ERR_UNSUPPORTED, "not a Bitcoin address of a kind that we read (P2PKH)");
    checksum(sum, bytes, 1 + ACCOUNT_BYTES);
    if (memcmp(sum, bytes + 1 + ACCOUNT_BYTES, sizeof sum) != 0)
        return err_set(e, ERR_INVALID, "Bitcoin address with a wrong checksum");
    *ret = (struct key){.kind = KEY_BTC_ACCOUNT, .len = ACCOUNT_BYTES};
    memcpy(ret->bytes, bytes + 1, ACCOUNT_BYTES);
    return ERR_OK;
}

static void write_btc(char text[static ACCOUNT_ROOM], const uint8_t address[static ACCOUNT_BYTES])
{
    uint8_t bytes[P2PKH_LEN] = {0};
    char prefixed[MULTIBASE_BASE58_ROOM(P2PKH_LEN)];
    memcpy(bytes + 1, address, ACCOUNT_BYTES);
    checksum(bytes + 1 + ACCOUNT_BYTES, bytes, 1 + ACCOUNT_BYTES);
    size_t len = multibase_base58(prefixed, bytes, sizeof bytes);
    memcpy(text, prefixed + 1, len); /* with its NUL, without the z */
}

/* -- Both ----------------------------------------------------------------------------------- */

/* The last part of "namespace:reference:address". */
static struct slice part(struct slice text, size_t nth)
{
    for (; nth > 0; nth--) {
        size_t colon = slice_find(text, ':');
        text = colon == text.len ? (struct slice){0} : slice_from(text, colon + 1);
    }
    return (struct slice){text.data, slice_find(text, ':')};
}

static enum err_code read_caip10(struct key *ret, struct slice text, struct err *e)
{
    struct slice space = part(text, 0), chain = part(text, 1), address = part(text, 2);
    if (chain.len == 0 || address.data == NULL || address.data + address.len != text.data + text.len)
        return err_set(e, ERR_PARSE, "not an account of a chain (CAIP-10)");
    if (slice_is(space, "eip155"))
        return read_eth(ret, address, e);
    if (slice_is(space, "bip122"))
        return read_btc(ret, address, e);
    return err_set(e, ERR_UNSUPPORTED, "an account of a chain that we do not know (%.*s)", SLICE_ARG(space));
}

enum err_code account_read(struct key *ret, struct slice text, struct err *e)
{
    size_t at = slice_find(text, '@');
    if (at < text.len && slice_starts(slice_from(text, at + 1), SLICE("eip155:")))
        return read_eth(ret, (struct slice){text.data, at}, e);
    if (slice_find(text, ':') < text.len)
        return read_caip10(ret, text, e);
    return slice_starts(text, SLICE("0x")) ? read_eth(ret, text, e) : read_btc(ret, text, e);
}

static void hash160(uint8_t ret[static ACCOUNT_BYTES], const uint8_t *bytes, size_t len)
{
    struct hash32 h = sha256(bytes, len);
    struct ripemd160_ctx ctx;
    ripemd160_init(&ctx);
    ripemd160_update(&ctx, sizeof h.b, h.b);
    ripemd160_digest(&ctx, ACCOUNT_BYTES, ret);
}

struct key account_of(const struct key *key, enum key_kind kind)
{
    struct key ret = {.kind = kind, .len = ACCOUNT_BYTES};
    uint8_t point[49];
    assert(key->kind == KEY_SECP256K1 && (kind == KEY_ETH_ACCOUNT || kind == KEY_BTC_ACCOUNT));
    if (kind == KEY_ETH_ACCOUNT) {
        struct seal_address address = ethtx_public_key_address(key->bytes);
        memcpy(ret.bytes, address.b, sizeof address.b);
    } else {
        hash160(ret.bytes, point, key_compress(point, key));
    }
    return ret;
}

void account_write(char text[static ACCOUNT_ROOM], const struct key *account)
{
    assert(account->kind == KEY_ETH_ACCOUNT || account->kind == KEY_BTC_ACCOUNT);
    if (account->kind == KEY_ETH_ACCOUNT)
        write_eth(text, account->bytes);
    else
        write_btc(text, account->bytes);
}
