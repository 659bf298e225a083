/* Proofs with a key: the published vectors of W3C, the public certificates, and our own: every suite, every
 * change of a document or of its proof, keys of the wrong kind, owner, purpose and day. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/keybench.h"
#include "verifier/keys/proofs.h"
#include "verifier/keys/suite.h"

static int setup(void **state)
{
    struct keybench *b = malloc(sizeof *b);
    assert_non_null(b);
    keybench_open(b, NULL);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    keybench_close(*state);
    free(*state);
    return 0;
}

/* ---- published vectors ---- */

/* The document of a file, checked. In them a did:key signs for an issuer of another name: it is taken
 * for the issuer here. */
static bool holds_for_signer(struct keybench *b, const char *name)
{
    const char *path = harness_data(name);
    if (path == NULL)
        skip();
    size_t len;
    char *text = harness_read(path, &len);
    keybench_document(b, text, len);
    const struct jdoc *proof = jdoc_get(b->check.root, "proof");
    bool good = true;
    size_t n = proof->type == JDOC_ARRAY ? proof->array.n : 1;
    for (size_t i = 0; i < n; i++) {
        const struct jdoc *one = proof->type == JDOC_ARRAY ? proof->array.items[i] : proof;
        struct slice method;
        struct format_proof job = {.proof = one, .moment = KEYBENCH_NOW};
        struct err e;
        assert_true(jdoc_get_string(one, "verificationMethod", &method));
        b->check.issuer = (struct slice){method.data, slice_find(method, '#')};
        assert_ok(proofs_secured(&b->arena, b->check.root, one, &job.document, &e), e);
        good = proofs_check(&b->check, &job) && good;
    }
    free(text);
    return good;
}

static void published(void **state)
{
    static const char *const FILES[] = {
        "vc-di-eddsa/TestVectors/eddsa-rdfc-2022/employ/signedDataInt.json",
        "vc-di-eddsa/TestVectors/eddsa-jcs-2022/signedJCS.json",
        "vc-di-eddsa/TestVectors/proof-set-chain/signedProofSet1.json",
        "vc-di-eddsa/TestVectors/proof-set-chain/signedProofSet2.json",
        "vc-di-eddsa/TestVectors/proof-set-chain/signedProofChain1.json",
        "vc-di-eddsa/TestVectors/proof-set-chain/signedProofChain2.json",
        "vc-di-ecdsa/TestVectors/ecdsa-rdfc-2019-p256/signedECDSAP256.json",
        "vc-di-ecdsa/TestVectors/ecdsa-rdfc-2019-p256/employ/signedECDSAP256.json",
        "vc-di-ecdsa/TestVectors/ecdsa-rdfc-2019-p384/signedECDSAP384.json",
        "vc-di-ecdsa/TestVectors/ecdsa-rdfc-2019-p384/employ/signedECDSAP384.json",
        "vc-di-ecdsa/TestVectors/ecdsa-jcs-2019-p256/signedJCSECDSAP256.json",
        "vc-di-ecdsa/TestVectors/ecdsa-jcs-2019-p384/signedJCSECDSAP384.json",
        "vc-di-ecdsa/TestVectors/ecdsa-sd-2023/employ/derivedRevealDocument.json",
        "vc-di-ecdsa/TestVectors/ecdsa-sd-2023/prc/derivedRevealDocument.json",
    };
    struct keybench *b = *state;
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        char name[256];
        snprintf(name, sizeof name, "suites/%s", FILES[i]);
        if (!holds_for_signer(b, name)) {
            keybench_print(b);
            fail_msg("%s does not hold", FILES[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(published, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
