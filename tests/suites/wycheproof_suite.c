/* wycheproof-suite: the groups of Project Wycheproof for the algorithms that we verify.
 *
 * Every "invalid" must be refused, every "valid" accepted; the few where we decide otherwise are printed
 * as skipped, with the reason.
 */
#include "tests/suites/suite.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/hex.h"
#include "verifier/keys/jws.h"
#include "verifier/keys/keytext.h"

static const char *string_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    return text != NULL ? text : "";
}

/* Bytes of a hexadecimal member. Owner: the caller frees .data. */
static struct slice bytes_of(const json_t *object, const char *member)
{
    const char *text = string_of(object, member);
    size_t len = strlen(text) / 2;
    uint8_t *bytes = malloc(len + 1);
    if (bytes == NULL || !hex_decode(bytes, len, text, 2 * len, true))
        len = 0;
    return (struct slice){bytes, len};
}

static void drop(struct slice bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

/* -- Bare signatures ------------------------------------------------------------------------ */

static bool read_key(const json_t *group, struct key *ret)
{
    static const struct {
        const char *curve;
        enum key_kind kind;
    } CURVES[] = {{"secp256r1", KEY_P256}, {"secp384r1", KEY_P384}, {"secp256k1", KEY_SECP256K1}};
    const json_t *key = json_object_get(group, "publicKey");
    const char *type = string_of(group, "type"), *curve = string_of(key, "curve");
    struct slice exponent = bytes_of(key, "publicExponent"), modulus = bytes_of(key, "modulus"),
                 pk = bytes_of(key, "pk"), point = bytes_of(key, "uncompressed");
    enum err_code rc = ERR_UNSUPPORTED;
    uint64_t e = 0;
    for (size_t i = 0; i < exponent.len; i++)
        e = e << 8 | exponent.data[i];
    if (strcmp(type, "EddsaVerify") == 0)
        rc = key_read(ret, KEY_ED25519, pk, NULL);
    else if (strcmp(type, "RsassaPkcs1Verify") == 0)
        rc = key_read_rsa(ret, modulus, e, NULL);
    for (size_t i = 0; i < sizeof CURVES / sizeof CURVES[0]; i++)
        if (strcmp(curve, CURVES[i].curve) == 0)
            rc = key_read(ret, CURVES[i].kind, point, NULL);
    drop(exponent);
    drop(modulus);
    drop(pk);
    drop(point);
    return rc == ERR_OK;
}

/* One INTEGER in strict DER, right-aligned. Returns: the bytes read, 0 if it is none. */
static size_t der_integer(struct slice in, uint8_t *out, size_t len)
{
    if (in.len < 3 || in.data[0] != 2 || in.data[1] == 0 || in.data[1] > 0x7f || in.data[1] + 2u > in.len ||
        in.data[2] >= 0x80 || (in.data[2] == 0 && in.data[1] > 1 && in.data[3] < 0x80))
        return 0;
    struct slice number = {in.data + 2, in.data[1]};
    while (number.len > 1 && number.data[0] == 0)
        number = (struct slice){number.data + 1, number.len - 1};
    if (number.len > len)
        return 0;
    memcpy(out + len - number.len, number.data, number.len);
    return in.data[1] + 2u;
}

/* ECDSA in DER to r ‖ s; what is no strict DER becomes empty, which is refused. */
static struct slice from_der(struct slice der, uint8_t raw[static 96], size_t half)
{
    memset(raw, 0, 96);
    if (der.len < 2 || der.data[0] != 0x30 || der.data[1] > 0x7f || der.data[1] + 2u != der.len)
        return (struct slice){raw, 0};
    struct slice body = {der.data + 2, der.len - 2};
    size_t n = der_integer(body, raw, half);
    struct slice rest = {body.data + n, body.len - n};
    size_t m = n == 0 ? 0 : der_integer(rest, raw + half, half);
    return (struct slice){raw, m == 0 || n + m != body.len ? 0 : 2 * half};
}

/* An s of secp256k1 over half the order, which begins with 7f ff … ff 5d. */
static bool has_high_s(const json_t *test)
{
    static const uint8_t HALF[] = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                   0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4,
                                   0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};
    struct slice signature = bytes_of(test, "sig");
    uint8_t raw[96];
    struct slice bare = from_der(signature, raw, 32);
    drop(signature);
    return bare.len == 64 && memcmp(raw + 32, HALF, sizeof HALF) > 0;
}

static bool accepts(const json_t *group, const json_t *test, const struct key *key)
{
    bool der = strcmp(string_of(group, "type"), "EcdsaVerify") == 0 ||
               strcmp(string_of(group, "type"), "EcdsaBitcoinVerify") == 0;
    struct slice message = bytes_of(test, "msg"), signature = bytes_of(test, "sig");
    uint8_t raw[96];
    struct slice bare = der ? from_der(signature, raw, key->len / 2) : signature;
    bool good = signature_check(key, message, bare) == SIGNATURE_HOLDS;
    drop(message);
    drop(signature);
    return good;
}

/* -- Tokens --------------------------------------------------------------------------------- */

static bool accepts_token(const json_t *group, const json_t *test)
{
    json_t *jwk = json_object_get(group, "public");
    char *text = json_dumps(jwk != NULL ? jwk : json_object_get(group, "private"), JSON_ENCODE_ANY);
    const char *token = string_of(test, "jws");
    enum signature_answer answer = SIGNATURE_WRONG;
    const struct jdoc *parsed;
    struct arena arena;
    struct key key;
    struct jws jws;
    arena_init(&arena, (size_t)16 << 20);
    bool good = text != NULL && jdoc_parse(&arena, slice_of(text), jdoc_limits(), &parsed, NULL) == ERR_OK &&
                keytext_jwk(&key, parsed, NULL) == ERR_OK &&
                jws_open(&arena, slice_of(token), &jws, NULL) == ERR_OK && jws_verify(&jws, &key, &answer) &&
                answer == SIGNATURE_HOLDS;
    free(text);
    arena_done(&arena);
    return good;
}

/* Of valid tokens those are refused on purpose whose algorithm or key is not on our list. */
static const char *refused_by_design(const json_t *group, const json_t *test)
{
    json_t *jwk = json_object_get(group, "public") ? json_object_get(group, "public") : json_object_get(group, "private");
    const char *alg = string_of(jwk, "alg");
    if (json_object_get(jwk, "keys") != NULL)
        return "a set of keys: ours come from the owner's document";
    if (json_object_get(test, "jwe") != NULL || strcmp(string_of(jwk, "use"), "enc") == 0)
        return "encryption";
    if (strncmp(alg, "HS", 2) == 0 || strncmp(alg, "PS", 2) == 0 || strcmp(alg, "RS384") == 0 ||
        strcmp(alg, "RS512") == 0)
        return "an algorithm that is not on the list (HMAC, RSA-PSS, RSA with a longer hash)";
    return NULL;
}

/* -- Running -------------------------------------------------------------------------------- */

static void judge(struct suite *s, const char *id, const char *result, bool accepted, const char *design)
{
    if (strcmp(result, "acceptable") == 0 || accepted == (strcmp(result, "valid") == 0))
        suite_pass(s);
    else if (design != NULL)
        suite_skip(s, id, design);
    else
        suite_fail(s, id, "is %s, and was %s", result, accepted ? "accepted" : "refused");
}

static void run_test(struct suite *s, const char *file, const json_t *group, const json_t *test,
                     const struct key *key)
{
    bool token = strncmp(string_of(group, "type"), "JsonWeb", 7) == 0;
    const char *result = string_of(test, "result"), *design = NULL;
    bool accepted = token ? accepts_token(group, test) : key != NULL && accepts(group, test, key);
    char id[256];
    snprintf(id, sizeof id, "%s %lld (%s)", file, (long long)json_integer_value(json_object_get(test, "tcId")),
             string_of(test, "comment"));
    if (token && !accepted)
        design = refused_by_design(group, test);
    if (accepted && strcmp(string_of(group, "type"), "EcdsaBitcoinVerify") == 0 && has_high_s(test))
        design = "a high s is refused by Bitcoin only: see verifier/keys/signature.h";
    judge(s, id, result, accepted, design);
}

static void run_file(struct suite *s, const char *name)
{
    struct slice text;
    size_t i, j;
    json_t *group, *test;
    if (!suite_read(s, name, &text))
        return;
    json_t *file = json_loadb((const char *)text.data, text.len, 0, NULL);
    json_array_foreach(json_object_get(file, "testGroups"), i, group) {
        struct key key;
        bool has_key = read_key(group, &key);
        json_array_foreach(json_object_get(group, "tests"), j, test)
            run_test(s, name, group, test, has_key ? &key : NULL);
    }
    if (file == NULL)
        suite_fail(s, name, "not JSON");
    json_decref(file);
    drop(text);
}

static int is_json(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

int main(int argc, char **argv)
{
    struct dirent **entries;
    if (argc != 2) {
        fprintf(stderr, "usage: wycheproof-suite DIR\nDIR holds *_test.json: EdDSA, ECDSA, RSA, JSON Web Signature\n");
        return 64;
    }
    struct suite s = {.dir = argv[1]};
    int n = scandir(s.dir, &entries, is_json, alphasort);
    for (int i = 0; i < n; i++) {
        run_file(&s, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    s.missing += n <= 0;
    return suite_end(&s);
}
