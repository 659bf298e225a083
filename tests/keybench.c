/* The bench of keys and proofs: see keybench.h. */
#include "tests/keybench.h"

#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <secp256k1.h>

#include "common/multibase.h"
#include "common/rfc3339.h"
#include "common/sha256.h"
#include "tests/harness.h"
#include "verifier/keys/hashdata.h"
#include "verifier/keys/jwt.h"
#include "verifier/keys/keytext.h"
#include "verifier/keys/proofs.h"
#include "verifier/keys/suite.h"

/* -- The bench ------------------------------------------------------------------------------ */

void keybench_open(struct keybench *b, const char *recorded)
{
    struct err e;
    *b = (struct keybench){0};
    lookup_open(&b->lookup, NULL);
    if (recorded != NULL)
        assert_ok(lookup_record(&b->lookup, recorded, strlen(recorded), &e), e);
    canonize_init(&b->canonize);
    arena_init(&b->arena, CANONIZE_ARENA_BYTES);
    b->env = (struct format_env){.lookup = &b->lookup, .canonize = &b->canonize, .now = KEYBENCH_NOW};
    b->check = (struct format_check){.env = &b->env, .arena = &b->arena, .findings = &b->findings};
}

void keybench_close(struct keybench *b)
{
    arena_done(&b->arena);
    canonize_done(&b->canonize);
    lookup_close(&b->lookup);
}

int keybench_setup(void **state)
{
    struct keybench *b = malloc(sizeof *b);
    assert_non_null(b);
    keybench_open(b, NULL);
    *state = b;
    return 0;
}

int keybench_teardown(void **state)
{
    keybench_close(*state);
    free(*state);
    return 0;
}

static void use(struct keybench *b, const struct jdoc *root)
{
    const struct jdoc *issuer = jdoc_get(root, "issuer");
    issuer = issuer != NULL ? issuer : jdoc_get(root, "holder");
    b->findings.n = 0;
    b->check.root = root;
    b->check.issuer = (struct slice){0};
    if (issuer != NULL && issuer->type == JDOC_STRING)
        b->check.issuer = issuer->string;
    else
        jdoc_get_string(issuer, "id", &b->check.issuer);
}

const struct jdoc *keybench_document(struct keybench *b, const char *json, size_t len)
{
    struct jdoc_limits limits = {.bytes = CANONIZE_JSON_BYTES, .depth = JDOC_MAX_DEPTH};
    const struct jdoc *root;
    struct err e;
    assert_ok(jdoc_parse(&b->arena, (struct slice){(const uint8_t *)json, len}, limits, &root, &e), e);
    use(b, root);
    return root;
}

static bool check_one(struct keybench *b, const struct jdoc *proof)
{
    struct format_proof job = {.proof = proof, .moment = KEYBENCH_NOW};
    struct slice created;
    struct err e;
    if (jdoc_get_string(proof, "created", &created))
        (void)!rfc3339_read(&job.moment, (const char *)created.data, created.len);
    enum err_code rc = proofs_secured(&b->arena, b->check.root, proof, &job.document, &e);
    if (rc != ERR_OK)
        return format_say(&b->check, REASON_PROOF_LEANS, "%s", e.msg);
    return proofs_check(&b->check, &job);
}

bool keybench_proofs(struct keybench *b)
{
    const struct jdoc *proof = jdoc_get(b->check.root, "proof");
    bool good = true, any = false;
    size_t n = proof == NULL ? 0 : proof->type == JDOC_ARRAY ? proof->array.n : 1;
    for (size_t i = 0; i < n; i++) {
        const struct jdoc *one = proof->type == JDOC_ARRAY ? proof->array.items[i] : proof;
        if (!canonize_is_merkle_proof(one)) {
            good = check_one(b, one) && good;
            any = true;
        }
    }
    return good && any;
}

bool keybench_token(struct keybench *b, const char *token)
{
    struct jwt jwt;
    struct err e;
    b->findings.n = 0;
    enum err_code rc = jwt_open(&b->arena, slice_of(token), &jwt, &e);
    if (rc != ERR_OK)
        return format_say(&b->check, jwt_refusal(rc), "%s", e.msg);
    use(b, jwt.credential);
    return jwt_check(&b->check, &jwt);
}

bool keybench_found(const struct keybench *b, enum reason reason)
{
    for (size_t i = 0; i < b->findings.n; i++)
        if (b->findings.items[i].reason == reason)
            return true;
    return false;
}

void keybench_print(const struct keybench *b)
{
    for (size_t i = 0; i < b->findings.n; i++) {
        const struct reasons_row *row = reasons_row(b->findings.items[i].reason);
        print_message("  %s %s: %s (%s)\n", row->code, row->step, row->sentence[0], b->findings.items[i].detail);
    }
}

const char *keybench_text(struct keybench *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert_true(len >= 0);
    char *text = arena_alloc(&b->arena, (size_t)len + 1);
    assert_non_null(text);
    vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return text;
}

/* -- Secrets -------------------------------------------------------------------------------- */

/* Made for these tests; it protects nothing. */
static const char RSA_SECRET[] =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIIEowIBAAKCAQEAtsFTO+iBc2DpOyL3+aWNoPvmRs4h/UseSIe0KttWbp8Unbou\n"
    "n0/w/0DshnV7BfYFgRBf3OUJQ9gKFKjFfpkCsvEIThQ4VkBGg58JUfPSrdfxkbz6\n"
    "pQ9z/l4pmX7TLZ1NzWrdlL/GmdD7o5MUyqT1FRf1dVCe2o8zTEMolwuuwJbYfzXx\n"
    "dRFntTLKFIM3AXlEV5rPFjFJqI6HFjxnc51ubhuWtbjX1yAqDC2u185FCxpBQZyU\n"
    "Eg+zYAgRpcbWqqh95DouyNQeryf8OAht154jj5RggwVEx5bVNEmgLMGUoz5SzQyv\n"
    "39rG5ebmKf4B24awAziUNyRscKAXPKr9hkzt8QIDAQABAoIBAFcU75BQTb6oovnm\n"
    "w7pVRJM89JEwj8meDaQJ5bO2KA02CCDQIn8PHIrEaO/48tH4VM8W+lbLXArT2pnV\n"
    "gaW9Syfw6kAqKl4O6oq1MT+3qt/jUdxb7CLSpjbCr5fQctf9aKFFFqhWaU/J4N4k\n"
    "q3eT+qQ+clugOtFyAsOIDMNMccyaRFPxseAf1ABnhf+a6KCQzpMErLYzjHuQTZp4\n"
    "PkuHFcnp0fPS0Zd1psqFWuu1zdqq+NhJxQxu4hFGnv/cRD7MDCsh+vbkNJjgwM/Q\n"
    "mvl9I7dCMdd7R0g5reqLjpuo6FJMLlWbyz5WGYN66K6VjRyjTvskugi0JKQ/ijhr\n"
    "1kv3LXECgYEA9miMfwSE5mte5H+fKjMjiUyzgyjj0/WzUkmUplRl+RVOMHeXBss5\n"
    "G/XbgSZLHr0rpsn3r1WbjFAdTkdDcLPPaeVO8dMg+jrrGzZN9ef3HNY6MAV7Idcf\n"
    "JTtnfQuP2IOWL3dH36b5liU+CB9BkwZUKn4e6H3tM5F8kni7hZQadZcCgYEAvd55\n"
    "ZKcInkYX6ynJprtN5o7Ln4VJgLlG4fJIyP5hplQdzeHA13zXXMjNO0sAXa9IMU/6\n"
    "bzpGD4RR2ye5sxBTAPvRpNWz1c/pHdzC33kk/+7aCGfrzGhga8PQtzh62/AB2WjF\n"
    "KsYRKj860bNDkUc9xaOhlIdKMnli8vn9tdt1+bcCgYBykOOZ/vjnxU5GgUv4q/Q+\n"
    "1ymztuRO3bM1dD6oIx+ScyR6hm/y2bRA2svnPW256gyMrOT7YZtD3s/xYFLr6L5s\n"
    "JxDQgPCZR6Gecl5HEkYj4zsErte0QTga8IbKbgDAk1XV1ejWBOWQuNohnp63hD7H\n"
    "zwIB6OLLkj5QP9A4aEbxGwKBgHa2cxALn8fV636NUhd9ZOeSwJ2sqJhjP35mDjwd\n"
    "UNC+JyRi0j/pPn40zp0T99abkXfDmcGRndx1zvhHjkP3IO6shBebxiUZKZgSP4Wa\n"
    "KRgcLxayYywa1q6KcCUemzKIjZ9xclWcIX9YqV4Tx1s+P9EizhQfwrRsUQG6bHcY\n"
    "EFthAoGBAIBW/X51PYvUI4JbaU2GN/AOzA93kddZfOr/5ym6z6WXVAbs2le7cD9p\n"
    "EJatA2bbjf//cITrrHUPwYj8qyu1oqrDH08SLCZIqcW0fAXtR2FsAiPG5k4AziaX\n"
    "n5UaCoOI4AyXQlCrk2GcSjc6BjL/K1TF6HpRsMbGf7GDxZE18Usf\n"
    "-----END RSA PRIVATE KEY-----\n";

/* A scalar below every order in use, another one for each kind and number. */
static void secret(uint8_t ret[static 32], enum key_kind kind, unsigned nth)
{
    uint8_t seed[] = {'t', 'e', 's', 't', (uint8_t)kind, (uint8_t)nth};
    struct hash32 h = sha256(seed, sizeof seed);
    memcpy(ret, h.b, 32);
    ret[0] &= 0x0f;
}

static EVP_PKEY *rsa_secret(void)
{
    BIO *bio = BIO_new_mem_buf(RSA_SECRET, -1);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_non_null(pkey);
    return pkey;
}

static EVP_PKEY *ed25519_secret(unsigned nth)
{
    uint8_t bytes[32];
    secret(bytes, KEY_ED25519, nth);
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, sizeof bytes);
    assert_non_null(pkey);
    return pkey;
}

/* The point of a secret of P-256 or P-384: 0x04 ‖ x ‖ y. */
static size_t nist_point(enum key_kind kind, unsigned nth, uint8_t point[static 97])
{
    uint8_t bytes[32];
    secret(bytes, kind, nth);
    EC_GROUP *group = EC_GROUP_new_by_curve_name(kind == KEY_P256 ? NID_X9_62_prime256v1 : NID_secp384r1);
    EC_POINT *p = EC_POINT_new(group);
    BIGNUM *d = BN_bin2bn(bytes, sizeof bytes, NULL);
    assert_int_equal(EC_POINT_mul(group, p, d, NULL, NULL, NULL), 1);
    size_t len = EC_POINT_point2oct(group, p, POINT_CONVERSION_UNCOMPRESSED, point, 97, NULL);
    BN_free(d);
    EC_POINT_free(p);
    EC_GROUP_free(group);
    return len;
}

static EVP_PKEY *nist_secret(enum key_kind kind, unsigned nth)
{
    uint8_t bytes[32], point[97];
    secret(bytes, kind, nth);
    size_t len = nist_point(kind, nth, point);
    BIGNUM *d = BN_bin2bn(bytes, sizeof bytes, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
                                    kind == KEY_P256 ? "prime256v1" : "secp384r1", 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, len);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *pkey = NULL;
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params), 1);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_free(d);
    return pkey;
}

/* -- Public halves -------------------------------------------------------------------------- */

static struct key rsa_key(void)
{
    struct key key;
    struct err e;
    uint8_t n[KEY_RSA_BYTES];
    EVP_PKEY *pkey = rsa_secret();
    BIGNUM *bn = NULL;
    assert_int_equal(EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &bn), 1);
    struct slice modulus = {n, (size_t)BN_bn2bin(bn, n)};
    assert_ok(key_read_rsa(&key, modulus, 65537, &e), e);
    BN_free(bn);
    EVP_PKEY_free(pkey);
    return key;
}

struct key keybench_key(enum key_kind kind, unsigned nth)
{
    struct key key;
    struct err e;
    uint8_t bytes[97] = {0};
    size_t len = 0;
    if (kind == KEY_RSA)
        return rsa_key();
    if (kind == KEY_ED25519) {
        EVP_PKEY *pkey = ed25519_secret(nth);
        len = sizeof bytes;
        assert_int_equal(EVP_PKEY_get_raw_public_key(pkey, bytes, &len), 1);
        EVP_PKEY_free(pkey);
    } else if (kind == KEY_SECP256K1) {
        uint8_t d[32];
        secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
        secp256k1_pubkey p;
        secret(d, kind, nth);
        assert_int_equal(secp256k1_ec_pubkey_create(ctx, &p, d), 1);
        len = sizeof bytes;
        secp256k1_ec_pubkey_serialize(ctx, bytes, &len, &p, SECP256K1_EC_UNCOMPRESSED);
        secp256k1_context_destroy(ctx);
    } else {
        len = nist_point(kind, nth, bytes);
    }
    assert_ok(key_read(&key, kind, (struct slice){bytes, len}, &e), e);
    return key;
}

/* -- Signatures ----------------------------------------------------------------------------- */

static size_t evp_sign(EVP_PKEY *pkey, const EVP_MD *md, struct slice message, uint8_t *out, size_t room)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, md, NULL, pkey), 1);
    assert_int_equal(EVP_DigestSign(ctx, out, &room, message.data, message.len), 1);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return room;
}

static size_t nist_sign(enum key_kind kind, unsigned nth, struct slice message, uint8_t *out)
{
    uint8_t der[200];
    const uint8_t *at = der;
    int half = kind == KEY_P256 ? 32 : 48;
    size_t len = evp_sign(nist_secret(kind, nth), kind == KEY_P256 ? EVP_sha256() : EVP_sha384(), message, der,
                          sizeof der);
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, half), half);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + half, half), half);
    ECDSA_SIG_free(sig);
    return 2 * (size_t)half;
}

static size_t secp256k1_sign(unsigned nth, struct slice message, uint8_t *out)
{
    uint8_t d[32];
    struct hash32 h = sha256(message.data, message.len);
    secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
    secp256k1_ecdsa_signature sig;
    secret(d, KEY_SECP256K1, nth);
    assert_int_equal(secp256k1_ecdsa_sign(ctx, &sig, h.b, d, NULL, NULL), 1);
    secp256k1_ecdsa_signature_serialize_compact(ctx, out, &sig);
    secp256k1_context_destroy(ctx);
    return 64;
}

size_t keybench_sign(enum key_kind kind, unsigned nth, struct slice message, uint8_t signature[static 1024])
{
    switch (kind) {
    case KEY_ED25519: return evp_sign(ed25519_secret(nth), NULL, message, signature, 1024);
    case KEY_RSA: return evp_sign(rsa_secret(), EVP_sha256(), message, signature, 1024);
    case KEY_SECP256K1: return secp256k1_sign(nth, message, signature);
    case KEY_P256:
    case KEY_P384: return nist_sign(kind, nth, message, signature);
    case KEY_ETH_ACCOUNT:
    case KEY_BTC_ACCOUNT: break;
    }
    fail_msg("an account signs nothing");
    return 0;
}

/* -- Texts ---------------------------------------------------------------------------------- */

const char *keybench_multibase(struct keybench *b, enum key_kind kind, unsigned nth)
{
    char text[KEYTEXT_MULTIBASE_ROOM];
    struct key key = keybench_key(kind, nth);
    keytext_write(text, &key);
    return keybench_text(b, "%s", text);
}

const char *keybench_did(struct keybench *b, enum key_kind kind, unsigned nth)
{
    return keybench_text(b, "did:key:%s", keybench_multibase(b, kind, nth));
}

const char *keybench_base64url(struct keybench *b, const void *bytes, size_t len)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const uint8_t *in = bytes;
    char *text = arena_alloc(&b->arena, len * 4 / 3 + 4);
    size_t at = 0;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t v = (uint32_t)in[i] << 16 | (i + 1 < len ? (uint32_t)in[i + 1] << 8 : 0) |
                     (i + 2 < len ? in[i + 2] : 0);
        size_t n = len - i > 2 ? 4 : len - i + 1;
        for (size_t j = 0; j < n; j++)
            text[at++] = DIGITS[v >> (18 - 6 * j) & 63];
    }
    return text;
}

const char *keybench_jwk(struct keybench *b, enum key_kind kind, unsigned nth)
{
    struct key key = keybench_key(kind, nth);
    const char *first = keybench_base64url(b, key.bytes, kind == KEY_RSA || kind == KEY_ED25519 ? key.len : key.len / 2);
    if (kind == KEY_RSA)
        return keybench_text(b, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}", first);
    if (kind == KEY_ED25519)
        return keybench_text(b, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}", first);
    return keybench_text(b, "{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"}", key_kind_name(kind), first,
                         keybench_base64url(b, key.bytes + key.len / 2, key.len / 2));
}

const char *keybench_jws(struct keybench *b, enum key_kind kind, unsigned nth, const char *header,
                         const char *payload)
{
    uint8_t signature[1024];
    const char *text = keybench_text(b, "%s.%s", keybench_base64url(b, header, strlen(header)),
                                     keybench_base64url(b, payload, strlen(payload)));
    size_t len = keybench_sign(kind, nth, slice_of(text), signature);
    return keybench_text(b, "%s.%s", text, keybench_base64url(b, signature, len));
}

/* An object's text with one more member. */
static const char *with_member(struct keybench *b, const char *object, const char *member)
{
    return keybench_text(b, "%.*s,%s}", (int)(strlen(object) - 1), object, member);
}

static const char *detached(struct keybench *b, enum key_kind kind, unsigned nth, const struct hashdata *h)
{
    static const char HEADER[] = "{\"alg\":\"ES256K\",\"b64\":false,\"crit\":[\"b64\"]}";
    uint8_t signature[1024];
    const char *head = keybench_base64url(b, HEADER, sizeof HEADER - 1);
    struct slice message = arena_join(&b->arena, slice_of(keybench_text(b, "%s.", head)),
                                      (struct slice){h->bytes, h->len});
    size_t len = keybench_sign(kind, nth, message, signature);
    return keybench_text(b, "\"jws\":\"%s..%s\"", head, keybench_base64url(b, signature, len));
}

const char *keybench_secure(struct keybench *b, enum key_kind kind, unsigned nth, const char *json,
                            const char *options)
{
    struct jdoc_limits limits = jdoc_limits();
    struct format_proof job = {0};
    struct hashdata h;
    struct err e;
    uint8_t signature[1024];
    char value[2048];
    assert_ok(jdoc_parse(&b->arena, slice_of(json), limits, &job.document, &e), e);
    assert_ok(jdoc_parse(&b->arena, slice_of(options), limits, &job.proof, &e), e);
    const struct suite *suite = suite_of(job.proof);
    assert_non_null(suite);
    enum digest_algorithm algorithm = kind == KEY_P384 ? DIGEST_SHA384 : DIGEST_SHA256;
    if (!(suite->form == SUITE_JCS ? hashdata_jcs : hashdata_rdfc)(&b->check, &job, algorithm, &h)) {
        keybench_print(b);
        fail_msg("cannot be hashed");
    }
    const char *member;
    if (suite->value == SUITE_DETACHED) {
        member = detached(b, kind, nth, &h);
    } else {
        size_t len = keybench_sign(kind, nth, (struct slice){h.bytes, h.len}, signature);
        multibase_base58(value, signature, len);
        member = keybench_text(b, "\"proofValue\":\"%s\"", value);
    }
    return with_member(b, json, keybench_text(b, "\"proof\":%s", with_member(b, options, member)));
}
