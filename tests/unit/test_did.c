/* DIDs, verification methods and the lists of keys of their owners: what is said, and what is not. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "tests/keybench.h"
#include "verifier/keys/account.h"
#include "verifier/keys/keytext.h"
#include "verifier/keys/resolve.h"

static enum err_code implied(struct keybench *b, const char *url, struct method *ret)
{
    struct did did = did_parse(slice_of(url));
    return did_implied(&b->arena, &did, ret, NULL);
}

/* ---- parts ---- */

static void parts(void **state)
{
    static const struct {
        const char *url;
        enum did_kind kind;
        const char *name, *fragment;
        bool extra;
    } URLS[] = {
        {"did:key:z6Mk", DID_KEY, "z6Mk", "", false},
        {"did:key:z6Mk#z6Mk", DID_KEY, "z6Mk", "z6Mk", false},
        {"did:web:a.example%3A3000:b:c#k/1?x", DID_WEB, "a.example%3A3000:b:c", "k/1?x", false},
        {"did:web:a.example/path?q=1#k", DID_WEB, "a.example", "k", true},
        {"did:ethr:sepolia:0xab", DID_ETHR, "sepolia:0xab", "", false},
        {"did:ion:EiA_Z6-x", DID_OTHER, "EiA_Z6-x", "", false},
        {"did:KEY:z6Mk", DID_NONE, NULL, NULL, false},
        {"DID:key:z6Mk", DID_NONE, NULL, NULL, false},
        {"did:key:", DID_NONE, NULL, NULL, false},
        {"did::z6Mk", DID_NONE, NULL, NULL, false},
        {"did:key", DID_NONE, NULL, NULL, false},
        {"did:web:a b", DID_NONE, NULL, NULL, false},
        {"did:web:a@b", DID_NONE, NULL, NULL, false},
        {"https://a.example", DID_NONE, NULL, NULL, false},
        {"", DID_NONE, NULL, NULL, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof URLS / sizeof URLS[0]; i++) {
        struct did did = did_parse(slice_of(URLS[i].url));
        if (did.kind != URLS[i].kind)
            fail_msg("%s: kind %d", URLS[i].url, (int)did.kind);
        if (did.kind == DID_NONE)
            continue;
        assert_true(slice_is(did.name, URLS[i].name));
        assert_true(slice_is(did.fragment, URLS[i].fragment));
        assert_int_equal(did.extra, URLS[i].extra);
    }
}

static void web_urls(void **state)
{
    static const struct {
        const char *did, *url;
    } DIDS[] = {
        {"did:web:a.example", "https://a.example/.well-known/did.json"},
        {"did:web:a.example:user:alice", "https://a.example/user/alice/did.json"},
        {"did:web:a.example%3A3000:u", "https://a.example:3000/u/did.json"},
        {"did:web:a.example%3a3000", "https://a.example:3000/.well-known/did.json"},
        {"did:web:a.example:a_b-c.d", "https://a.example/a_b-c.d/did.json"},
        {"did:web:a.example:..:x", NULL},
        {"did:web:a.example:%2e%2e:x", NULL},
        {"did:web:a.example:%252e:x", NULL},
        {"did:web:a.example:.", NULL},
        {"did:web:a.example::x", NULL},
        {"did:web:a.example:", NULL},
        {"did:web:a.example%2Fevil.example", NULL},
        {"did:web:user%40evil.example", NULL},
        {"did:web:a.example%3A", NULL},
        {"did:web:a.example%3A30a0", NULL},
        {"did:web:a.example%3A300000", NULL},
        {"did:web:%3A3000", NULL},
        {"did:web:a.example%00.evil.example", NULL},
        {"did:web:a.example:x%", NULL},
        {"did:web:a.example:x%2", NULL},
        {"did:web:a.example:x%zz", NULL},
        {"did:web:-a.example", NULL},
        {"did:web:a.example:x%3Fy", NULL},
        {"did:web:a.example:x%23y", NULL},
    };
    struct keybench *b = *state;
    for (size_t i = 0; i < sizeof DIDS / sizeof DIDS[0]; i++) {
        struct did did = did_parse(slice_of(DIDS[i].did));
        struct slice url = {0};
        assert_int_equal(did.kind, DID_WEB);
        enum err_code rc = did_web_url(&b->arena, &did, &url, NULL);
        if (DIDS[i].url == NULL ? rc != ERR_PARSE : rc != ERR_OK || !slice_is(url, DIDS[i].url))
            fail_msg("%s: %.*s", DIDS[i].did, (int)url.len, url.data);
    }
}

/* ---- implied keys ---- */

static void did_key(void **state)
{
    struct keybench *b = *state;
    for (int kind = 0; kind < KEY_RSA; kind++) {
        const char *did = keybench_did(b, (enum key_kind)kind, 0), *own = keybench_multibase(b, (enum key_kind)kind, 0);
        const char *foreign = keybench_multibase(b, (enum key_kind)kind, 1);
        struct key key = keybench_key((enum key_kind)kind, 0);
        struct method m;
        assert_err(implied(b, did, &m), ERR_OK);
        assert_true(key_equal(&m.key, &key));
        assert_true(slice_is(m.controller, did));
        assert_err(implied(b, keybench_text(b, "%s#%s", did, own), &m), ERR_OK);
        assert_true(slice_is(m.id, keybench_text(b, "%s#%s", did, own)));
        assert_err(implied(b, keybench_text(b, "%s#%s", did, foreign), &m), ERR_NOT_FOUND);
        assert_err(implied(b, keybench_text(b, "%s?x=1#%s", did, own), &m), ERR_UNSUPPORTED);
    }
    struct method m;
    assert_err(implied(b, "did:key:z6LSiUo6AEDat8Ze4nQzDo67SGuHLLwsUGkxndHGUjsywHow", &m), ERR_UNSUPPORTED);
    assert_err(implied(b, "did:key:x6Mk", &m), ERR_UNSUPPORTED);
}

static void did_jwk(void **state)
{
    struct keybench *b = *state;
    for (int kind = 0; kind < KEY_KINDS_N; kind++) {
        const char *jwk = keybench_jwk(b, (enum key_kind)kind, 0);
        const char *did = keybench_text(b, "did:jwk:%s", keybench_base64url(b, jwk, strlen(jwk)));
        struct key key = keybench_key((enum key_kind)kind, 0);
        struct method m;
        assert_err(implied(b, did, &m), ERR_OK);
        assert_true(key_equal(&m.key, &key));
        assert_err(implied(b, keybench_text(b, "%s#0", did), &m), ERR_OK);
        assert_err(implied(b, keybench_text(b, "%s#1", did), &m), ERR_NOT_FOUND);
    }
    struct method m;
    assert_err(implied(b, "did:jwk:e30", &m), ERR_UNSUPPORTED);
    assert_err(implied(b, "did:jwk:AAAA", &m), ERR_PARSE);
    assert_err(implied(b, "did:jwk:e", &m), ERR_PARSE);
}

/* The accounts and the key of the secret 1. */
static void did_pkh_and_ethr(void **state)
{
    static const char ADDRESS[] = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
    static const char KEY[] = "0x0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    struct keybench *b = *state;
    struct method m;
    struct key account;
    assert_err(account_read(&account, slice_of(ADDRESS), NULL), ERR_OK);
    assert_err(implied(b, keybench_text(b, "did:pkh:eip155:1:%s#blockchainAccountId", ADDRESS), &m), ERR_OK);
    assert_true(key_equal(&m.key, &account));
    assert_err(implied(b, "did:pkh:bip122:000000000019d6689c085ae165831e93:1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", &m), ERR_OK);
    assert_err(implied(b, "did:pkh:solana:4sGjMW1sUnHzSxGspuhpqLDx6wiyjNtZ:CKg5d12", &m), ERR_UNSUPPORTED);
    assert_err(implied(b, keybench_text(b, "did:ethr:%s", ADDRESS), &m), ERR_OK);
    assert_true(key_equal(&m.key, &account));
    assert_err(implied(b, keybench_text(b, "did:ethr:sepolia:%s#controller", ADDRESS), &m), ERR_OK);
    assert_err(implied(b, keybench_text(b, "did:ethr:0xaa36a7:%s#delegate-1", ADDRESS), &m), ERR_NOT_FOUND);
    assert_err(implied(b, keybench_text(b, "did:ethr:%s#controllerKey", KEY), &m), ERR_OK);
    assert_int_equal(m.key.kind, KEY_SECP256K1);
    assert_err(implied(b, keybench_text(b, "did:ethr:%s#controller", KEY), &m), ERR_OK);
    assert_true(key_equal(&m.key, &account));
    assert_err(implied(b, "did:ethr:0x12", &m), ERR_PARSE);
}

/* ---- the published did:key documents ---- */

/* The first verification method with a key of a kind of ours, from jansson to a tree of ours. */
static bool published_method(struct keybench *b, json_t *record, struct method *ret)
{
    json_t *holder = json_object_get(record, "didDocument") ? json_object_get(record, "didDocument") : record;
    json_t *method = json_object_get(holder, "verificationMethod");
    method = json_is_array(method) ? json_array_get(method, 0) : method != NULL ? method : record;
    char *text = json_dumps(method, 0);
    const struct jdoc *v;
    struct err e;
    assert_ok(jdoc_parse(&b->arena, arena_copy(&b->arena, slice_of(text)), jdoc_limits(), &v, &e), e);
    free(text);
    return method_read(&b->arena, v, (struct slice){0}, ret, &e) == ERR_OK;
}

static size_t check_published(struct keybench *b, const char *name, bool ours)
{
    const char *path = harness_data(keybench_text(b, "suites/did-key/test-vectors/%s.json", name));
    if (path == NULL)
        skip();
    json_t *file = json_load_file(path, 0, NULL), *record;
    const char *did;
    size_t n = 0;
    assert_non_null(file);
    json_object_foreach(file, did, record) {
        struct method implied_by_name, published;
        enum err_code rc = implied(b, did, &implied_by_name);
        if (!published_method(b, record, &published)) {
            assert_int_not_equal(rc, ERR_OK); /* a curve that we do not read, neither way */
            continue;
        }
        if (rc != ERR_OK || !key_equal(&implied_by_name.key, &published.key))
            fail_msg("%s: another key than published", did);
        n++;
    }
    json_decref(file);
    assert_true(ours ? n > 0 : n == 0);
    return n;
}

static void published(void **state)
{
    struct keybench *b = *state;
    size_t n = check_published(b, "ed25519-x25519", true) + check_published(b, "nist-curves", true) +
               check_published(b, "secp256k1", true) + check_published(b, "rsa", true);
    check_published(b, "x25519", false);
    check_published(b, "bls12381", false);
    print_message("%zu published did:key documents agree\n", n);
}

/* ---- lists of keys ---- */

static enum reason resolve(struct keybench *b, const char *url, struct resolve_result *ret)
{
    bool found = resolve_method(&b->lookup, &b->arena, slice_of(url), ret);
    assert_int_equal(found, ret->reason == REASON_KEY_FOUND);
    return ret->reason;
}

/* A bench whose recorded file holds one document at one URL. */
static void record(struct keybench *b, const char *url, const char *document)
{
    char *text = NULL;
    struct err e;
    assert_true(asprintf(&text, "{\"http\":{\"%s\":%s}}", url, document) > 0);
    lookup_close(&b->lookup);
    lookup_open(&b->lookup, NULL);
    assert_ok(lookup_record(&b->lookup, text, strlen(text), &e), e);
    free(text);
}

#define WEB "did:web:a.example"
#define WEB_URL "https://a.example/.well-known/did.json"

static void listed(void **state)
{
    struct keybench *b = *state;
    struct resolve_result r;
    const char *mb = keybench_multibase(b, KEY_ED25519, 0), *jwk = keybench_jwk(b, KEY_P256, 0);
    record(b, WEB_URL,
           keybench_text(b,
                         "{\"id\":\"" WEB "\",\"verificationMethod\":["
                         "{\"id\":\"#k1\",\"type\":\"Multikey\",\"controller\":\"" WEB "\",\"publicKeyMultibase\":\"%s\"},"
                         "{\"id\":\"" WEB "#k2\",\"type\":\"JsonWebKey\",\"controller\":\"" WEB "\",\"publicKeyJwk\":%s}],"
                         "\"assertionMethod\":[\"#k1\",{\"id\":\"#k3\",\"type\":\"Multikey\",\"publicKeyMultibase\":\"%s\"}],"
                         "\"authentication\":\"" WEB "#k2\"}",
                         mb, jwk, keybench_multibase(b, KEY_P384, 0)));
    assert_int_equal(resolve(b, WEB "#k1", &r), REASON_KEY_FOUND);
    assert_int_equal(r.binding, RESOLVE_LISTED);
    assert_true(slice_is(r.owner, WEB));
    assert_int_equal(r.method.purposes, METHOD_BIT(METHOD_ASSERTION));
    assert_int_equal(resolve(b, WEB "#k2", &r), REASON_KEY_FOUND);
    assert_int_equal(r.method.purposes, METHOD_BIT(METHOD_AUTHENTICATION));
    assert_int_equal(resolve(b, WEB "#k3", &r), REASON_KEY_FOUND);
    assert_int_equal(r.method.key.kind, KEY_P384);
    assert_int_equal(resolve(b, WEB "#k4", &r), REASON_KEY_NOT_LISTED);
    assert_int_equal(resolve(b, "did:web:b.example#k1", &r), REASON_KEY_UNREACHABLE);
    assert_int_equal(resolve(b, WEB ":..#k1", &r), REASON_DID_UNSUPPORTED);
}

static void contradictions(void **state)
{
    struct keybench *b = *state;
    struct resolve_result r;
    const char *mb = keybench_multibase(b, KEY_ED25519, 0), *other = keybench_multibase(b, KEY_ED25519, 1);
    /* Somebody else's document. */
    record(b, WEB_URL, keybench_text(b, "{\"id\":\"did:web:b.example\",\"verificationMethod\":[{\"id\":\"" WEB "#k\","
                                        "\"publicKeyMultibase\":\"%s\"}]}", mb));
    assert_int_equal(resolve(b, WEB "#k", &r), REASON_IDENTITY_OTHER);
    /* Two keys of one name. */
    record(b, WEB_URL, keybench_text(b, "{\"id\":\"" WEB "\",\"verificationMethod\":[{\"id\":\"#k\","
                                        "\"publicKeyMultibase\":\"%s\"},{\"id\":\"#k\",\"publicKeyMultibase\":\"%s\"}]}", mb, other));
    assert_int_equal(resolve(b, WEB "#k", &r), REASON_KEY_UNREADABLE);
    /* Two forms of one key that differ. */
    record(b, WEB_URL, keybench_text(b, "{\"id\":\"" WEB "\",\"verificationMethod\":[{\"id\":\"#k\","
                                        "\"publicKeyMultibase\":\"%s\",\"publicKeyJwk\":%s}]}", mb, keybench_jwk(b, KEY_ED25519, 1)));
    assert_int_equal(resolve(b, WEB "#k", &r), REASON_KEY_UNREADABLE);
    record(b, WEB_URL, keybench_text(b, "{\"id\":\"" WEB "\",\"verificationMethod\":[{\"id\":\"#k\","
                                        "\"publicKeyMultibase\":\"%s\",\"publicKeyJwk\":%s}]}", mb, keybench_jwk(b, KEY_ED25519, 0)));
    assert_int_equal(resolve(b, WEB "#k", &r), REASON_KEY_FOUND);
    /* Neither JSON, nor an object, nor a key. */
    record(b, WEB_URL, "\"<html>\"");
    assert_int_equal(resolve(b, WEB "#k", &r), REASON_KEY_UNREADABLE);
    record(b, WEB_URL, "[]");
    assert_int_equal(resolve(b, WEB "#k", &r), REASON_IDENTITY_OTHER);
    record(b, WEB_URL, "{\"id\":\"" WEB "\",\"verificationMethod\":[{\"id\":\"#k\"}]}");
    assert_int_equal(resolve(b, WEB "#k", &r), REASON_KEY_NOT_LISTED);
    record(b, WEB_URL, "{\"id\":\"" WEB "\",\"verificationMethod\":[{\"id\":\"#k\",\"publicKeyMultibase\":\"z6Mk\"}]}");
    assert_int_equal(resolve(b, WEB "#k", &r), REASON_KEY_UNREADABLE);
}

/* A key of b's list that says that it is a's is a's only if a lists it. */
static void foreign_controller(void **state)
{
    struct keybench *b = *state;
    struct resolve_result r;
    const char *mb = keybench_multibase(b, KEY_ED25519, 0);
    const char *evil = keybench_text(b, "{\"id\":\"https://b.example/me\",\"assertionMethod\":[{\"id\":\"#k\","
                                        "\"controller\":\"" WEB "\",\"publicKeyMultibase\":\"%s\"}]}", mb);
    record(b, "https://b.example/me", evil);
    assert_int_equal(resolve(b, "https://b.example/me#k", &r), REASON_KEY_UNREACHABLE);
    const char *both = keybench_text(b, "%s,\"" WEB_URL "\":{\"id\":\"" WEB "\",\"assertionMethod\":[]}", evil);
    record(b, "https://b.example/me", both);
    assert_int_equal(resolve(b, "https://b.example/me#k", &r), REASON_KEY_NOT_LISTED);
    both = keybench_text(b, "%s,\"" WEB_URL "\":{\"id\":\"" WEB "\",\"assertionMethod\":[{\"id\":\"https://b.example/me#k\","
                            "\"publicKeyMultibase\":\"%s\"}]}", evil, mb);
    record(b, "https://b.example/me", both);
    assert_int_equal(resolve(b, "https://b.example/me#k", &r), REASON_KEY_FOUND);
    assert_true(slice_is(r.owner, WEB));
}

static void unbound(void **state)
{
    struct keybench *b = *state;
    struct resolve_result r;
    const char *mb = keybench_multibase(b, KEY_ED25519, 0);
    const char *url = keybench_text(b, "https://a.example/issuer#%s", mb);
    assert_int_equal(resolve(b, url, &r), REASON_KEY_FOUND);
    assert_int_equal(r.binding, RESOLVE_UNBOUND);
    assert_int_equal(resolve(b, "https://a.example/issuer#key-1", &r), REASON_KEY_UNREACHABLE);
    /* Once the owner answers, only his list counts. */
    record(b, "https://a.example/issuer", "{\"id\":\"https://a.example/issuer\",\"verificationMethod\":[]}");
    assert_int_equal(resolve(b, url, &r), REASON_KEY_NOT_LISTED);
    record(b, "https://a.example/issuer",
           keybench_text(b, "{\"id\":\"http://a.example/issuer\",\"verificationMethod\":[{\"id\":\"%s\","
                            "\"publicKeyMultibase\":\"%s\"}]}", url, mb));
    assert_int_equal(resolve(b, url, &r), REASON_KEY_FOUND);
    assert_int_equal(r.binding, RESOLVE_LISTED);
    assert_true(r.method.unstated);
}

static void public_resolver(void **state)
{
    struct keybench *b = *state;
    struct resolve_result r;
    const char *mb = keybench_multibase(b, KEY_ED25519, 0);
    record(b, RESOLVE_PUBLIC_RESOLVER "did:ion:x",
           keybench_text(b, "{\"didDocument\":{\"id\":\"did:ion:x\",\"verificationMethod\":[{\"id\":\"#k\",\"controller\":\"\","
                            "\"publicKeyMultibase\":\"%s\"}]}}", mb));
    assert_int_equal(resolve(b, "did:ion:x#k", &r), REASON_KEY_FOUND);
    assert_int_equal(r.binding, RESOLVE_RESOLVER);
    assert_true(slice_is(r.owner, "did:ion:x"));
    assert_int_equal(resolve(b, "did:ethr:0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf#delegate-1", &r),
                     REASON_DID_UNSUPPORTED);
    assert_int_equal(resolve(b, "xxx:z6Mk", &r), REASON_DID_UNSUPPORTED);
    assert_int_equal(resolve(b, "", &r), REASON_DID_UNSUPPORTED);
}

static void too_many(void **state)
{
    struct keybench *b = *state;
    struct resolve_result r;
    const char *mb = keybench_multibase(b, KEY_ED25519, 0);
    struct text list = {0};
    for (size_t i = 0; i <= CONTROLLER_MAX_METHODS; i++)
        text_putf(&list, "%s{\"id\":\"#%zu\",\"publicKeyMultibase\":\"%s\"}", i > 0 ? "," : "", i, mb);
    record(b, WEB_URL, keybench_text(b, "{\"id\":\"" WEB "\",\"verificationMethod\":[%s]}", text_string(&list)));
    text_done(&list);
    assert_int_equal(resolve(b, WEB "#0", &r), REASON_KEY_UNREADABLE);
}

/* ---- dates ---- */

static void windows(void **state)
{
    static const struct {
        struct method_date created, revoked, expires;
        uint64_t moment, now;
        bool proven;
        enum method_standing standing;
    } CASES[] = {
        {{0}, {0}, {0}, 5, 10, false, METHOD_IN_FORCE},
        {{true, 5}, {0}, {0}, 5, 10, false, METHOD_IN_FORCE},
        {{true, 6}, {0}, {0}, 5, 10, false, METHOD_NOT_YET},
        {{0}, {true, 5}, {0}, 5, 10, true, METHOD_REVOKED},
        {{0}, {true, 6}, {0}, 5, 10, true, METHOD_IN_FORCE},
        {{0}, {true, 6}, {0}, 5, 10, false, METHOD_ENDED_SINCE},
        {{0}, {true, 11}, {0}, 5, 10, false, METHOD_IN_FORCE},
        {{0}, {0}, {true, 5}, 5, 10, true, METHOD_EXPIRED},
        {{0}, {0}, {true, 6}, 5, 10, true, METHOD_IN_FORCE},
        {{0}, {0}, {true, 6}, 5, 10, false, METHOD_ENDED_SINCE},
        {{0}, {0}, {true, 6}, 5, 6, false, METHOD_ENDED_SINCE},
        {{0}, {0}, {true, 6}, 5, 5, false, METHOD_IN_FORCE},
        {{0}, {true, 4}, {true, 3}, 5, 10, true, METHOD_REVOKED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct method m = {.created = CASES[i].created, .revoked = CASES[i].revoked, .expires = CASES[i].expires};
        assert_int_equal(method_standing(&m, CASES[i].moment, CASES[i].now, CASES[i].proven), CASES[i].standing);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, keybench_setup, keybench_teardown)
    const struct CMUnitTest tests[] = {
        T(parts),  T(web_urls),       T(did_key),            T(did_jwk), T(did_pkh_and_ethr), T(published),
        T(listed), T(contradictions), T(foreign_controller), T(unbound), T(public_resolver),  T(too_many),
        T(windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
