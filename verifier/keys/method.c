/* Verification methods: see method.h. */
#include "verifier/keys/method.h"

#include "common/rfc3339.h"
#include "verifier/keys/account.h"
#include "verifier/keys/keyder.h"
#include "verifier/keys/keytext.h"

static const char *const WORDS[] = {
#define X(name, word) word,
    METHOD_PURPOSES(X)
#undef X
};

enum method_purpose method_purpose(struct slice word)
{
    int i = 0;
    while (i < METHOD_PURPOSES_N && !slice_is(word, WORDS[i]))
        i++;
    return (enum method_purpose)i;
}

const char *method_purpose_word(enum method_purpose purpose)
{
    return WORDS[purpose];
}

struct slice method_absolute(struct arena *arena, struct slice base, struct slice id)
{
    if (id.len == 0)
        return base;
    return id.data[0] == '#' ? arena_join(arena, base, id) : id;
}

/* -- The key -------------------------------------------------------------------------------- */

/* Of which kind bare bytes are, by the type of the method. */
static enum key_kind kind_of_type(const struct jdoc *v)
{
    static const struct {
        const char *type;
        enum key_kind kind;
    } TYPES[] = {
        {"Ed25519VerificationKey2018", KEY_ED25519},
        {"Ed25519VerificationKey2020", KEY_ED25519},
        {"EcdsaSecp256k1VerificationKey2019", KEY_SECP256K1},
        {"EcdsaSecp256k1RecoveryMethod2020", KEY_SECP256K1},
        {"Secp256k1VerificationKey2018", KEY_SECP256K1},
        {"EcdsaSecp256r1VerificationKey2019", KEY_P256},
    };
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++)
        if (jdoc_is(jdoc_get(v, "type"), TYPES[i].type))
            return TYPES[i].kind;
    return KEY_KINDS_N;
}

static enum err_code read_base58(struct key *ret, enum key_kind kind, struct slice text, struct err *e)
{
    return kind == KEY_KINDS_N ? err_set(e, ERR_UNSUPPORTED, "publicKeyBase58 of a type that we do not know")
                               : keytext_base58(ret, kind, text, e);
}

static enum err_code read_hex(struct key *ret, enum key_kind kind, struct slice text, struct err *e)
{
    return kind == KEY_KINDS_N ? err_set(e, ERR_UNSUPPORTED, "publicKeyHex of a type that we do not know")
                               : keytext_hex(ret, kind, text, e);
}

static enum err_code read_multibase(struct key *ret, enum key_kind kind, struct slice text, struct err *e)
{
    (void)kind;
    return keytext_multibase(ret, text, e);
}

static enum err_code read_pem(struct key *ret, enum key_kind kind, struct slice text, struct err *e)
{
    (void)kind;
    return keyder_pem(ret, text, e);
}

static enum err_code read_account(struct key *ret, enum key_kind kind, struct slice text, struct err *e)
{
    (void)kind;
    return account_read(ret, text, e);
}

/* The members that hold a key as a string; keys before accounts. */
static const struct {
    const char *member;
    enum err_code (*read)(struct key *ret, enum key_kind kind, struct slice text, struct err *e);
    bool is_account;
} FORMS[] = {
    {"publicKeyMultibase", read_multibase, false}, {"publicKeyBase58", read_base58, false},
    {"publicKeyHex", read_hex, false},             {"publicKeyPem", read_pem, false},
    {"blockchainAccountId", read_account, true},   {"ethereumAddress", read_account, true},
};

/* A second form must be of the same key: else two readers would check two keys. */
static enum err_code agree(struct key *ret, size_t *n, const struct key *key, struct err *e)
{
    struct key own = *key;
    if (*n > 0 && ret->kind == KEY_SECP256K1 && key->kind >= KEY_KINDS_N) {
        own = account_of(ret, key->kind);
        if (key_equal(&own, key))
            return ERR_OK;
    } else if (*n == 0 || key_equal(ret, key)) {
        *ret = *key;
        ++*n;
        return ERR_OK;
    }
    return err_set(e, ERR_CONFLICT, "it holds two forms of its key, which differ");
}

static enum err_code read_key(const struct jdoc *v, struct key *ret, struct err *e)
{
    const struct jdoc *jwk = jdoc_get(v, "publicKeyJwk");
    struct key key;
    struct slice text;
    size_t n = 0;
    enum err_code rc = jwk == NULL ? ERR_OK : keytext_jwk(&key, jwk, e);
    if (jwk != NULL && rc == ERR_OK)
        rc = agree(ret, &n, &key, e);
    for (size_t i = 0; rc == ERR_OK && i < sizeof FORMS / sizeof FORMS[0]; i++) {
        if (jdoc_get(v, FORMS[i].member) == NULL)
            continue;
        if (!jdoc_get_string(v, FORMS[i].member, &text))
            return err_set(e, ERR_PARSE, "%s is no string", FORMS[i].member);
        rc = FORMS[i].read(&key, kind_of_type(v), text, e);
        if (rc == ERR_OK)
            rc = agree(ret, &n, &key, e);
    }
    if (rc == ERR_OK && n == 0)
        return err_set(e, ERR_NOT_FOUND, "it holds no key");
    return rc;
}

/* -- The rest ------------------------------------------------------------------------------- */

static enum err_code read_date(const struct jdoc *v, const char *member, struct method_date *ret, struct err *e)
{
    struct slice text;
    *ret = (struct method_date){0};
    if (jdoc_get(v, member) == NULL || jdoc_get(v, member)->type == JDOC_NULL)
        return ERR_OK;
    if (!jdoc_get_string(v, member, &text) || !rfc3339_read(&ret->at, (const char *)text.data, text.len))
        return err_set(e, ERR_INVALID, "%s of the key is no RFC 3339 time", member);
    ret->has = true;
    return ERR_OK;
}

/* controller, or owner as it was called. */
static struct slice read_controller(struct arena *arena, const struct jdoc *v, struct slice base)
{
    struct slice controller;
    if (jdoc_get_string(v, "controller", &controller) || jdoc_get_string(v, "owner", &controller))
        return method_absolute(arena, base, controller);
    return (struct slice){0};
}

enum err_code method_read(struct arena *arena, const struct jdoc *v, struct slice base,
                          struct method *ret, struct err *e)
{
    struct method m = {0};
    struct slice id = {0};
    enum err_code rc = read_key(v, &m.key, e);
    if (rc == ERR_OK)
        rc = read_date(v, "created", &m.created, e);
    if (rc == ERR_OK)
        rc = read_date(v, "revoked", &m.revoked, e);
    if (rc == ERR_OK)
        rc = read_date(v, "expires", &m.expires, e);
    if (rc != ERR_OK)
        return rc;
    if (jdoc_get_string(v, "id", &id))
        m.id = method_absolute(arena, base, id);
    m.controller = read_controller(arena, v, base);
    rc = arena_check(arena, e);
    if (rc == ERR_OK)
        *ret = m;
    return rc;
}

/* A moment that is only claimed may have been chosen by whoever holds a key that has ended: so the end
 * counts although it comes later. */
enum method_standing method_standing(const struct method *method, uint64_t moment, uint64_t now,
                                     bool proven)
{
    const struct method_date *revoked = &method->revoked, *expires = &method->expires;
    if (method->created.has && moment < method->created.at)
        return METHOD_NOT_YET;
    if (revoked->has && moment >= revoked->at)
        return METHOD_REVOKED;
    if (expires->has && moment >= expires->at)
        return METHOD_EXPIRED;
    if (!proven && ((revoked->has && now >= revoked->at) || (expires->has && now >= expires->at)))
        return METHOD_ENDED_SINCE;
    return METHOD_IN_FORCE;
}
