/* Public keys, read and checked: see key.h. The text forms are in key_text.c and key_jwk.c. */
#include "verifier/keys/key.h"

#include <assert.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <secp256k1.h>

static const struct {
    const char *name, *algorithm;
    uint64_t codec;
    size_t len;
} KINDS[] = {
#define X(name, text, algorithm, codec, len) {text, algorithm, codec, len},
    KEY_KINDS(X)
#undef X
    {"Ethereum account", "ES256K", 0, 20},
    {"Bitcoin account", "ES256K", 0, 20},
};

const char *key_kind_name(enum key_kind kind)
{
    return KINDS[kind].name;
}

const char *key_algorithm(enum key_kind kind)
{
    return KINDS[kind].algorithm;
}

static void keep(struct key *ret, enum key_kind kind, const uint8_t *bytes, size_t len)
{
    *ret = (struct key){.kind = kind, .len = len};
    memcpy(ret->bytes, bytes, len);
}

/* -- Ed25519 -------------------------------------------------------------------------------- */

/* The y of the points whose order divides 8, little-endian: with such a point for a key, anybody can make
 * signatures that hold. Their x does not matter. */
static const uint8_t SMALL_ORDER[][32] = {
    {0},
    {1},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
     0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
     0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
};

/* y below the prime 2^255 - 19, as RFC 8032 section 5.1.3 has it: OpenSSL would reduce it. */
static bool is_canonical(const uint8_t y[32])
{
    for (size_t i = 30; i > 0; i--)
        if (y[i] != 0xff)
            return true;
    return y[31] != 0x7f || y[0] < 0xed;
}

static enum err_code read_ed25519(struct key *ret, struct slice bytes, struct err *e)
{
    uint8_t y[32];
    memcpy(y, bytes.data, sizeof y);
    y[31] &= 0x7f;
    if (!is_canonical(y))
        return err_set(e, ERR_INVALID, "Ed25519 key: not a coordinate of the curve");
    for (size_t i = 0; i < sizeof SMALL_ORDER / sizeof SMALL_ORDER[0]; i++)
        if (memcmp(y, SMALL_ORDER[i], sizeof y) == 0)
            return err_set(e, ERR_INVALID, "Ed25519 key: a point of small order, which is no key");
    keep(ret, KEY_ED25519, bytes.data, sizeof y);
    return ERR_OK;
}

/* -- Curves --------------------------------------------------------------------------------- */

static bool nist_point(int curve, struct slice bytes, uint8_t *xy, size_t len)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(curve);
    EC_POINT *point = group != NULL ? EC_POINT_new(group) : NULL;
    uint8_t full[97];
    /* Checks that the point lies on the curve; the order of these curves is prime. */
    bool good = point != NULL && EC_POINT_oct2point(group, point, bytes.data, bytes.len, NULL) == 1 &&
                EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, full, sizeof full, NULL) ==
                    len + 1;
    if (good)
        memcpy(xy, full + 1, len);
    EC_POINT_free(point);
    EC_GROUP_free(group);
    return good;
}

static bool secp256k1_point(struct slice bytes, uint8_t xy[64])
{
    const secp256k1_context *ctx = secp256k1_context_static;
    secp256k1_pubkey point;
    uint8_t full[65];
    size_t len = sizeof full;
    if (!secp256k1_ec_pubkey_parse(ctx, &point, bytes.data, bytes.len))
        return false;
    secp256k1_ec_pubkey_serialize(ctx, full, &len, &point, SECP256K1_EC_UNCOMPRESSED);
    memcpy(xy, full + 1, 64);
    return true;
}

/* 02 and 03: compressed; 04: uncompressed. The hybrid forms 06 and 07 and infinity are refused. */
static bool is_point_form(struct slice bytes, size_t coordinate)
{
    if (bytes.len == coordinate + 1)
        return bytes.data[0] == 2 || bytes.data[0] == 3;
    return bytes.len == 2 * coordinate + 1 && bytes.data[0] == 4;
}

static enum err_code read_point(struct key *ret, enum key_kind kind, struct slice bytes, struct err *e)
{
    uint8_t xy[96];
    size_t coordinate = KINDS[kind].len - 1;
    bool good;
    if (!is_point_form(bytes, coordinate))
        return err_set(e, ERR_PARSE, "%s key: %zu bytes that are no point", KINDS[kind].name, bytes.len);
    if (kind == KEY_SECP256K1)
        good = secp256k1_point(bytes, xy);
    else
        good = nist_point(kind == KEY_P256 ? NID_X9_62_prime256v1 : NID_secp384r1, bytes, xy, 2 * coordinate);
    if (!good)
        return err_set(e, ERR_INVALID, "%s key: not a point of the curve", KINDS[kind].name);
    keep(ret, kind, xy, 2 * coordinate);
    return ERR_OK;
}

enum err_code key_read(struct key *ret, enum key_kind kind, struct slice bytes, struct err *e)
{
    switch (kind) {
    case KEY_ED25519:
        if (bytes.len != KINDS[kind].len)
            return err_set(e, ERR_PARSE, "Ed25519 key: %zu bytes instead of 32", bytes.len);
        return read_ed25519(ret, bytes, e);
    case KEY_P256:
    case KEY_P384:
    case KEY_SECP256K1: return read_point(ret, kind, bytes, e);
    case KEY_RSA:
    case KEY_ETH_ACCOUNT:
    case KEY_BTC_ACCOUNT: break;
    }
    return err_set(e, ERR_UNSUPPORTED, "a key of kind %s has no bare form", KINDS[kind].name);
}

static unsigned modulo(struct slice n, unsigned prime)
{
    unsigned rest = 0;
    for (size_t i = 0; i < n.len; i++)
        rest = (rest << 8 | n.data[i]) % prime;
    return rest;
}

/* Whether a number is a power of 65537, modulo a prime. */
static bool is_power(unsigned number, unsigned prime)
{
    unsigned power = 1;
    do {
        if (power == number)
            return true;
        power = power * (65537 % prime) % prime;
    } while (power != 1);
    return false;
}

/* The keys that a chip library made until 2017 can be factored (ROCA, CVE-2017-15361). They show: modulo
 * every small prime they are a power of 65537, which of another key is as good as impossible. */
static bool is_roca(struct slice n)
{
    static const uint8_t PRIMES[] = {11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157};
    for (size_t i = 0; i < sizeof PRIMES; i++)
        if (!is_power(modulo(n, PRIMES[i]), PRIMES[i]))
            return false;
    return true;
}

enum err_code key_read_rsa(struct key *ret, struct slice modulus, uint64_t exponent, struct err *e)
{
    size_t bits;
    while (modulus.len > 0 && modulus.data[0] == 0)
        modulus = slice_from(modulus, 1);
    bits = modulus.len == 0 ? 0 : 8 * modulus.len - (size_t)__builtin_clz(modulus.data[0]) + 24;
    if (bits < KEY_RSA_MIN_BITS || bits > KEY_RSA_MAX_BITS)
        return err_set(e, ERR_INVALID, "RSA key: %zu bits, not %d to %d", bits, KEY_RSA_MIN_BITS,
                       KEY_RSA_MAX_BITS);
    if (modulus.data[modulus.len - 1] % 2 == 0)
        return err_set(e, ERR_INVALID, "RSA key: an even modulus");
    if (is_roca(modulus))
        return err_set(e, ERR_INVALID, "RSA key: of the kind that can be factored (ROCA)");
    if (exponent < 3 || exponent % 2 == 0 || exponent > UINT32_MAX)
        return err_set(e, ERR_INVALID, "RSA key: an exponent that is even, or not 3 to 2^32");
    keep(ret, KEY_RSA, modulus.data, modulus.len);
    ret->exponent = exponent;
    return ERR_OK;
}

/* -- Other views ---------------------------------------------------------------------------- */

size_t key_compress(uint8_t ret[static 49], const struct key *key)
{
    assert(key->kind == KEY_P256 || key->kind == KEY_P384 || key->kind == KEY_SECP256K1);
    ret[0] = (uint8_t)(2 + key->bytes[key->len - 1] % 2);
    memcpy(ret + 1, key->bytes, key->len / 2);
    return key->len / 2 + 1;
}

bool key_equal(const struct key *a, const struct key *b)
{
    return a->kind == b->kind && a->len == b->len && a->exponent == b->exponent &&
           memcmp(a->bytes, b->bytes, a->len) == 0;
}

enum key_kind key_kind_of_codec(uint64_t codec)
{
    for (int kind = 0; kind < KEY_KINDS_N; kind++)
        if (KINDS[kind].codec == codec)
            return (enum key_kind)kind;
    return KEY_KINDS_N;
}
