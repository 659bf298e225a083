/* The table of suites: see suite.h. */
#include "verifier/keys/suite.h"

#define BIT(name) (1u << KEY_##name)

/* eddsa-2022 and ecdsa-2019 are what drafts called the rdfc ones. ecdsa-sd-2023 with secp256k1 is what
 * Blockcerts issues; W3C knows P-256 only. */
static const struct suite SUITES[] = {
    {"DataIntegrityProof", "eddsa-rdfc-2022", SUITE_RDFC, SUITE_BASE58, BIT(ED25519)},
    {"DataIntegrityProof", "eddsa-2022", SUITE_RDFC, SUITE_BASE58, BIT(ED25519)},
    {"DataIntegrityProof", "eddsa-jcs-2022", SUITE_JCS, SUITE_BASE58, BIT(ED25519)},
    {"DataIntegrityProof", "ecdsa-rdfc-2019", SUITE_RDFC, SUITE_BASE58, BIT(P256) | BIT(P384)},
    {"DataIntegrityProof", "ecdsa-2019", SUITE_RDFC, SUITE_BASE58, BIT(P256) | BIT(P384)},
    {"DataIntegrityProof", "ecdsa-jcs-2019", SUITE_JCS, SUITE_BASE58, BIT(P256) | BIT(P384)},
    {"DataIntegrityProof", "ecdsa-sd-2023", SUITE_SELECTIVE, SUITE_BASE64URL, BIT(P256) | BIT(SECP256K1)},
    {"Ed25519Signature2020", NULL, SUITE_RDFC, SUITE_BASE58, BIT(ED25519)},
    {"EcdsaSecp256k1Signature2019", NULL, SUITE_RDFC, SUITE_DETACHED,
     BIT(SECP256K1) | BIT(ETH_ACCOUNT) | BIT(BTC_ACCOUNT)},
};

const struct suite *suite_of(const struct jdoc *proof)
{
    const struct jdoc *type = jdoc_get(proof, "type"), *cryptosuite = jdoc_get(proof, "cryptosuite");
    for (size_t i = 0; type != NULL && i < sizeof SUITES / sizeof SUITES[0]; i++) {
        const struct suite *s = &SUITES[i];
        if (jdoc_is(type, s->type) &&
            (s->cryptosuite == NULL || (cryptosuite != NULL && jdoc_is(cryptosuite, s->cryptosuite))))
            return s;
    }
    return NULL;
}

bool suite_takes(const struct suite *suite, enum key_kind kind)
{
    return (suite->kinds >> kind & 1) != 0;
}

const char *suite_name(const struct suite *suite)
{
    return suite->cryptosuite != NULL ? suite->cryptosuite : suite->type;
}
