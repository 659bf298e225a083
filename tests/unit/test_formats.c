/* Certificates of Blockcerts 2.x and 3.x, each wrong in one way: the verdict, and the reason that decides. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "tests/minted.h"
#include "verifier/formats/dates.h"
#include "verifier/formats/dispatch.h"
#include "verifier/formats/receipt.h"

#define NOW UINT64_C(1780000000) /* 2026-05-28 */

static struct canonize contexts;
static struct check_result result; /* large */

#define PAGE(more)                                                                                 \
    "{\"@context\":[],\"type\":[\"Issuer\"],\"name\":\"Byron College\",\"publicKey\":[{\"id\":"    \
    "\"ecdsa-koblitz-pubkey:" MINTED_ACCOUNT "\"" more "}]}"

#define OPTIONS(purpose, more)                                                                     \
    "\"created\":\"2020-01-01T00:00:00Z\",\"proofPurpose\":\"" purpose "\"" more
#define BARE(account) OPTIONS("assertionMethod", ",\"verificationMethod\":\"ecdsa-koblitz-pubkey:" account "\"")
#define PKH "did:pkh:eip155:11155111:" MINTED_ACCOUNT

/* A page that lists the account, and the key behind it, which has dates of its own. */
#define KEYED(dates)                                                                                                   \
    "{\"@context\":[],\"id\":\"" MINTED_ISSUER "\",\"type\":\"Issuer\",\"publicKey\":[{\"id\":\"ecdsa-koblitz-pubkey:"   \
    MINTED_ACCOUNT "\"}],\"verificationMethod\":[{\"id\":\"" MINTED_ISSUER "#key\",\"type\":"                          \
    "\"EcdsaSecp256k1RecoveryMethod2020\",\"blockchainAccountId\":\"eip155:1:" MINTED_ACCOUNT "\"" dates "}]}"

#define METHOD(id) OPTIONS("assertionMethod", ",\"verificationMethod\":\"" id "\"")

#define UNTIL ",\"validUntil\":\"2026-01-01T00:00:00Z\""

struct formats_case {
    const char *name;
    struct minted minted;
    enum verdict_authenticity authenticity;
    enum verdict_force force;
    enum reason reason;
};

#define GOOD VERDICT_GENUINE, VERDICT_IN_FORCE, REASON_GENUINE
#define FORGED(why) VERDICT_NOT_GENUINE, VERDICT_FORCE_UNKNOWN, REASON_##why
#define UNCHECKED(why) VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_##why

static const struct formats_case CASES[] = {
    {"2.x as issued", {.version = 2}, GOOD},
    {"3.x as issued", {.version = 3}, GOOD},
    {"an entry that no word covers, 2.x", {.version = 2, .added = ",\"grade\":\"A\""}, FORGED(PARTS_ADDED)},
    {"an entry that no word covers, 3.x", {.version = 3, .subject = ",\"grade\":\"A\""}, FORGED(PARTS_ADDED)},
    {"an entry that a word covers", {.version = 3, .added = ",\"description\":\"with honours\""}, FORGED(HASH_DIFFERS)},
    {"a word taken away",
     {.version = 3, .context = ",{\"grade\":null}", .subject = ",\"grade\":\"A\""}, FORGED(WORDS_REDEFINED)},
    {"a standard word taken away, 2.x",
     {.version = 2, .context = ",{\"evidence\":null}", .added = ",\"evidence\":\"https://a.example/\""},
     FORGED(WORDS_REDEFINED)},
    {"an unknown vocabulary", {.version = 3, .context = ",\"https://evil.example/v1\""}, UNCHECKED(CONTEXT_UNKNOWN)},
    {"another value on the chain",
     {.version = 3, .value = "00000000000000000000000000000000000000000000000000000000000000ff"},
     FORGED(VALUE_DIFFERS)},
    {"another account", {.version = 3, .account = "0x00000000000000000000000000000000000000bb"}, FORGED(ACCOUNT_FOREIGN)},
    {"an account in capitals", {.version = 3, .account = "0x40CF9B7DB6FCC742AD0A76B8588C7F8DE2B54A60"}, GOOD},
    {"before the account was created", {.version = 2, .time = "2018-12-31T23:59:59Z"}, FORGED(ACCOUNT_TOO_EARLY)},
    {"in the second in which it was created", {.version = 2, .time = "2019-01-01T00:00:00Z"}, GOOD},
    {"revoked before", {.version = 2, .page = PAGE(",\"revoked\":\"2020-01-02T00:00:00+0000\"")}, FORGED(ACCOUNT_REVOKED)},
    {"revoked since", {.version = 2, .page = PAGE(",\"revoked\":\"2020-01-02T00:00:01Z\"")}, GOOD},
    {"expired before", {.version = 2, .page = PAGE(",\"expires\":\"2020-01-01\"")}, FORGED(ACCOUNT_EXPIRED)},
    {"expired since", {.version = 2, .page = PAGE(",\"expires\":\"2021-01-01\"")}, GOOD},
    {"an account with a date that is none", {.version = 2, .page = PAGE(",\"expires\":\"soon\"")}, UNCHECKED(PROFILE_UNUSABLE)},
    {"the issuer's page is unreachable", {.version = 2, .page = "null"}, UNCHECKED(PROFILE_UNREACHABLE)},
    {"the issuer's page is none", {.version = 2, .page = "\"<html>\""}, UNCHECKED(PROFILE_UNUSABLE)},
    {"the issuer's page is of another type", {.version = 2, .page = "{\"type\":\"BadgeClass\"}"}, UNCHECKED(PROFILE_UNUSABLE)},
    {"the transaction is unreachable", {.version = 2, .no_transaction = true}, UNCHECKED(CHAIN_UNREACHABLE)},
    {"mocknet", {.version = 2, .chain = ",\"chain\":\"mockchain\""}, UNCHECKED(TEST_CHAIN)},
    {"regtest", {.version = 2, .chain = ",\"chain\":\"bitcoinRegtest\""}, UNCHECKED(TEST_CHAIN)},
    {"a chain that nobody knows", {.version = 2, .chain = ",\"chain\":\"dogecoin\""}, UNCHECKED(CHAIN_FOREIGN)},
    {"no transaction", {.version = 2, .anchors = "[]"}, UNCHECKED(RECEIPT_MALFORMED)},
    {"a second transaction that is good",
     {.version = 2,
      .anchors = "[{\"type\":\"BTCOpReturn\",\"chain\":\"bitcoinMainnet\",\"sourceId\":"
                 "\"00000000000000000000000000000000000000000000000000000000000000cc\"},"
                 "{\"type\":\"ETHData\",\"chain\":\"ethereumSepolia\",\"sourceId\":\"" MINTED_TXID "\"}]"},
     GOOD},
    {"made for another use", {.version = 3, .options = OPTIONS("authentication", "")}, FORGED(PURPOSE_DIFFERS)},
    {"made for another domain", {.version = 3, .options = OPTIONS("assertionMethod", ",\"domain\":\"a.example\"")},
     FORGED(DOMAIN_DIFFERS)},
    {"made for another challenge", {.version = 3, .options = OPTIONS("assertionMethod", ",\"challenge\":\"c\"")},
     FORGED(CHALLENGE_DIFFERS)},
    {"without its use", {.version = 3, .options = "\"created\":\"2020-01-01T00:00:00Z\""}, UNCHECKED(OPTIONS_MISSING)},
    {"the account as its method", {.version = 3, .options = BARE(MINTED_ACCOUNT)}, GOOD},
    {"another account as its method", {.version = 3, .options = BARE("0x00000000000000000000000000000000000000bb")},
     FORGED(ACCOUNT_OTHER)},
    {"a key of somebody else", {.version = 3, .options = METHOD("https://evil.example/profile.json#key")},
     FORGED(METHOD_ELSEWHERE)},
    {"a key that was revoked before", {.version = 3, .page = KEYED(",\"revoked\":\"2020-01-01T00:00:00Z\""), .options = METHOD(MINTED_ISSUER "#key")},
     FORGED(KEY_REVOKED_BEFORE)},
    {"the same, and the proof does not name it", {.version = 3, .page = KEYED(",\"revoked\":\"2020-01-01T00:00:00Z\"")},
     FORGED(KEY_REVOKED_BEFORE)},
    {"the same, and the proof names the account",
     {.version = 3, .page = KEYED(",\"revoked\":\"2020-01-01T00:00:00Z\""), .options = BARE(MINTED_ACCOUNT)},
     FORGED(KEY_REVOKED_BEFORE)},
    {"the same, and the proof says that it is older",
     {.version = 3, .page = KEYED(",\"revoked\":\"2020-01-01T00:00:00Z\""),
      .options = "\"created\":\"2019-06-01T00:00:00Z\",\"proofPurpose\":\"assertionMethod\",\"verificationMethod\":\"" MINTED_ISSUER "#key\""},
     FORGED(KEY_REVOKED_BEFORE)},
    {"a key that is not named and has expired", {.version = 3, .page = KEYED(",\"expires\":\"2020-01-01T00:00:00Z\"")},
     FORGED(KEY_EXPIRED_BEFORE)},
    {"a key that is not named and came later", {.version = 3, .page = KEYED(",\"created\":\"2020-01-03T00:00:00Z\"")},
     FORGED(KEY_NOT_YET)},
    {"a key that is not named and was revoked since", {.version = 3, .page = KEYED(",\"revoked\":\"2020-01-03T00:00:00Z\"")}, GOOD},
    {"a key that is not named", {.version = 3, .page = KEYED("")}, GOOD},
    {"a key that is named", {.version = 3, .page = KEYED(""), .options = METHOD(MINTED_ISSUER "#key")}, GOOD},
    {"a key that is not on the page", {.version = 3, .page = KEYED(""), .options = METHOD(MINTED_ISSUER "#other")},
     FORGED(KEY_NOT_LISTED)},
    {"an issuer who is the account", {.version = 3, .issuer = PKH, .options = METHOD(PKH "#blockchainAccountId")}, GOOD},
    {"an issuer who is another account",
     {.version = 3, .issuer = PKH, .options = METHOD(PKH "#blockchainAccountId"),
      .account = "0x00000000000000000000000000000000000000bb"},
     FORGED(ACCOUNT_OTHER)},
    {"expired", {.version = 3, .members = ",\"validUntil\":\"2026-01-01T00:00:00Z\""}, VERDICT_GENUINE, VERDICT_EXPIRED,
     REASON_ENDED},
    {"not expired yet", {.version = 3, .members = ",\"validUntil\":\"2027-01-01T00:00:00Z\""}, GOOD},
    {"not yet", {.version = 3, .members = ",\"validFrom\":\"2027-01-01T00:00:00Z\""}, VERDICT_GENUINE, VERDICT_NOT_YET,
     REASON_NOT_STARTED},
    {"an end under its full name",
     {.version = 3, .members = UNTIL,
      .rewritten = ",\"https://www.w3.org/2018/credentials#validUntil\":{\"@type\":"
                   "\"http://www.w3.org/2001/XMLSchema#dateTime\",\"@value\":\"2026-01-01T00:00:00Z\"}"},
     UNCHECKED(WORDS_HIDDEN)},
    {"an end under a word of the holder's",
     {.version = 3, .members = UNTIL,
      .context = ",{\"motto\":{\"@id\":\"https://www.w3.org/2018/credentials#validUntil\",\"@type\":"
                 "\"http://www.w3.org/2001/XMLSchema#dateTime\"}}",
      .rewritten = ",\"motto\":\"2026-01-01T00:00:00Z\""},
     UNCHECKED(WORDS_HIDDEN)},
    {"an end in another place",
     {.version = 3, .members = UNTIL,
      .rewritten = ",\"@included\":[{\"id\":\"urn:uuid:1\",\"type\":\"VerifiableCredential\",\"validUntil\":\"2026-01-01T00:00:00Z\"}]"},
     UNCHECKED(WORDS_HIDDEN)},
    {"an end under its full name, and an id in JSON-LD's own word",
     {.version = 3, .members = UNTIL, .id = "\"@id\":\"urn:uuid:1\"",
      .rewritten = ",\"https://www.w3.org/2018/credentials#validUntil\":{\"@type\":"
                   "\"http://www.w3.org/2001/XMLSchema#dateTime\",\"@value\":\"2026-01-01T00:00:00Z\"}"},
     UNCHECKED(WORDS_HIDDEN)},
    {"an id in JSON-LD's own word", {.version = 3, .id = "\"@id\":\"urn:uuid:1\""}, UNCHECKED(WORDS_HIDDEN)},
    {"an id that is shortened, so that no list of revocations names it",
     {.version = 3, .context = ",{\"u\":\"urn:uuid:\"}", .id = "\"id\":\"u:1\""}, UNCHECKED(WORDS_HIDDEN)},
    {"the same, 2.x",
     {.version = 2, .context = ",{\"u\":\"urn:uuid:\"}", .id = "\"id\":\"u:1\""}, UNCHECKED(WORDS_HIDDEN)},
    {"the same, by a word of the vocabulary that is no prefix",
     {.version = 3, .id = "\"id\":\"urn:uuid:%31\""}, FORGED(HASH_DIFFERS)},
    {"no id left", {.version = 3, .id = "\"url\":\"urn:uuid:1\""}, FORGED(HASH_DIFFERS)},
    {"a vocabulary for all words", {.version = 3, .context = ",{\"@vocab\":\"https://a.example/#\"}", .subject = ",\"grade\":\"A\""},
     FORGED(HASH_DIFFERS)},
    {"names exchanged inside a type",
     {.version = 3,
      .context = ",{\"Mine\":{\"@id\":\"https://w3id.org/blockcerts#BlockcertsCredential\",\"@context\":{\"name\":null}}}"},
     FORGED(WORDS_REDEFINED)},
    {"an entry twice", {.version = 3, .added = ",\"name\":\"Physics\""}, UNCHECKED(CREDENTIAL_BROKEN)},
    {"an entry twice, written otherwise", {.version = 3, .added = ",\"n\\u0061me\":\"Physics\""}, UNCHECKED(CREDENTIAL_BROKEN)},
    {"a number beyond all numbers", {.version = 3, .added = ",\"description\":1E400"}, UNCHECKED(CREDENTIAL_COMPLEX)},
    {"a key on a page with a slash more", {.version = 3, .options = METHOD("https://issuer.example/profile.json/#key")},
     FORGED(METHOD_ELSEWHERE)},
    {"a key on a page in capitals", {.version = 3, .options = METHOD("https://ISSUER.example/profile.json#key")},
     FORGED(METHOD_ELSEWHERE)},
    {"a key on a page with a question", {.version = 3, .options = METHOD("https://issuer.example/profile.json?a#key")},
     FORGED(METHOD_ELSEWHERE)},
    {"a key behind a user's name", {.version = 3, .options = METHOD("https://issuer.example@evil.example/profile.json#key")},
     FORGED(METHOD_ELSEWHERE)},
    {"a key on the page, by http", {.version = 3, .options = METHOD("http://issuer.example/profile.json#key")}, GOOD},
    {"an issuer behind a user's name", {.version = 3, .issuer = "https://college.example@issuer.example/profile.json"},
     UNCHECKED(PROFILE_UNREACHABLE)},
    {"a status under its full name",
     {.version = 3, .members = ",\"credentialStatus\":{\"id\":\"urn:s\",\"type\":\"BitstringStatusListEntry\"}",
      .rewritten = ",\"https://www.w3.org/2018/credentials#credentialStatus\":{\"id\":\"urn:s\",\"type\":"
                   "\"BitstringStatusListEntry\"}"},
     UNCHECKED(WORDS_HIDDEN)},
    {"the width of a status under its full name",
     {.version = 3, .members = ",\"credentialStatus\":{\"id\":\"urn:s\",\"type\":\"BitstringStatusListEntry\",\"statusSize\":2}",
      .rewritten = ",\"credentialStatus\":{\"id\":\"urn:s\",\"type\":\"BitstringStatusListEntry\","
                   "\"https://www.w3.org/ns/credentials/status#statusSize\":{\"@type\":"
                   "\"https://www.w3.org/2001/XMLSchema#integer\",\"@value\":\"2\"}}"},
     UNCHECKED(WORDS_HIDDEN)},
    {"recorded after the day in question", {.version = 3, .time = "2026-06-01T00:00:00Z"}, VERDICT_GENUINE,
     VERDICT_NOT_YET, REASON_RECORDED_LATER},
    {"an issuer of 2.x who is a DID without a page", {.version = 2, .issuer = PKH}, UNCHECKED(PROFILE_UNREACHABLE)},
    {"a day before 1970", {.version = 3, .members = ",\"validFrom\":\"1965-06-30T00:00:00Z\""}, GOOD},
    {"an end without a time zone", {.version = 3, .members = ",\"validUntil\":\"2027-01-01T00:00:00\""},
     UNCHECKED(DATE_FORM)},
    {"a proof made at a time without a zone",
     {.version = 3, .options = "\"created\":\"2020-01-01T00:00:00.5\",\"proofPurpose\":\"assertionMethod\""},
     UNCHECKED(DATE_FORM)},
    {"a proof made at no time", {.version = 3, .options = "\"created\":\"soon\",\"proofPurpose\":\"assertionMethod\""},
     UNCHECKED(DATE_FORM)},
    {"an end that is no date", {.version = 3, .members = ",\"validUntil\":\"never\""}, UNCHECKED(DATE_UNREADABLE)},
    {"an end without a time zone, 2.x", {.version = 2, .members = ",\"expires\":\"2027-01-01T00:00:00\""}, GOOD},
    {"a text from right to left",
     {.version = 3, .members = ",\"description\":{\"@value\":\"x\",\"@language\":\"ar\"}",
      .rewritten = ",\"description\":{\"@value\":\"x\",\"@language\":\"ar\",\"@direction\":\"rtl\"}"},
     GOOD},
    {"a text from right to left, and an entry that no word covers",
     {.version = 3, .members = ",\"description\":{\"@value\":\"x\",\"@language\":\"ar\"}",
      .rewritten = ",\"description\":{\"@value\":\"x\",\"@language\":\"ar\",\"@direction\":\"rtl\"}",
      .subject = ",\"grade\":\"A\""},
     FORGED(PARTS_ADDED)},
    {"an account beside the id of its entry",
     {.version = 2, .page = "{\"@context\":[],\"type\":\"Issuer\",\"publicKey\":[{\"id\":\"https://issuer.example/#k\","
                            "\"publicKey\":\"ecdsa-koblitz-pubkey:" MINTED_ACCOUNT "\"}]}"},
     GOOD},
    {"regtest, told by its type",
     {.version = 2, .anchors = "[{\"type\":\"REGOpReturn\",\"sourceId\":\"" MINTED_TXID "\"}]"},
     UNCHECKED(TEST_CHAIN)},
    {"the end of 2.x under a word of the holder's, and its own for something else",
     {.version = 2, .members = ",\"expires\":\"2026-01-01T00:00:00Z\",\"narrative\":\"2030-01-01T00:00:00Z\"",
      .context = ",{\"own\":{\"@id\":\"https://w3id.org/security#expiration\",\"@type\":\"http://www.w3.org/2001/XMLSchema#dateTime\"},"
                 "\"validUntil\":\"https://w3id.org/openbadges#narrative\"}",
      .rewritten = ",\"own\":\"2026-01-01T00:00:00Z\",\"validUntil\":\"2030-01-01T00:00:00Z\""},
     UNCHECKED(WORDS_HIDDEN)},
    {"the width of a hidden entry, and another entry twice",
     {.version = 3,
      .members = ",\"credentialStatus\":[{\"id\":\"urn:s:1\",\"type\":\"BitstringStatusListEntry\",\"statusSize\":2},"
                 "{\"id\":\"urn:s:2\",\"type\":\"BitstringStatusListEntry\",\"statusSize\":2}]",
      .rewritten = ",\"credentialStatus\":[{\"id\":\"urn:s:1\",\"type\":\"BitstringStatusListEntry\","
                   "\"https://www.w3.org/ns/credentials/status#statusSize\":{\"@type\":"
                   "\"https://www.w3.org/2001/XMLSchema#integer\",\"@value\":\"2\"}},"
                   "{\"id\":\"urn:s:2\",\"type\":\"BitstringStatusListEntry\",\"statusSize\":2},"
                   "{\"id\":\"urn:s:2\",\"type\":\"BitstringStatusListEntry\",\"statusSize\":2}]"},
     UNCHECKED(WORDS_HIDDEN)},
    {"expired, 2.x", {.version = 2, .members = ",\"expires\":\"2026-01-01T00:00:00Z\""}, VERDICT_GENUINE,
     VERDICT_EXPIRED, REASON_ENDED},
};

static void cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct formats_case *c = &CASES[i];
        minted_check(&contexts, &c->minted, NOW, &result);
        const struct verdict *v = &result.verdict;
        if (v->authenticity != c->authenticity || v->force != c->force || v->reason != c->reason)
            fail_msg("%s: %s, %s, %s (%s)", c->name, verdict_authenticity_word(v->authenticity),
                     verdict_force_word(v->force), reasons_row(v->reason)->code, v->detail);
    }
}

/* Whoever asks for a challenge or a domain gets the proof for it, or none: nothing covers what a Merkle proof says of
 * itself, so what was left out must not count as right. */
static void questions(void **state)
{
    static const struct {
        const char *proof, *asked;
        enum reason reason;
    } QUESTIONS[] = {
        {"", "{}", REASON_GENUINE},
        {",\"challenge\":\"c\"", "{\"challenge\":\"c\"}", REASON_GENUINE},
        {"", "{\"challenge\":\"c\"}", REASON_CHALLENGE_DIFFERS},
        {",\"challenge\":null", "{\"challenge\":\"c\"}", REASON_CHALLENGE_DIFFERS},
        {",\"challenge\":[\"c\"]", "{\"challenge\":\"c\"}", REASON_CHALLENGE_DIFFERS},
        {",\"domain\":[\"d\",\"e\"]", "{\"domain\":\"e\"}", REASON_GENUINE},
        {"", "{\"domain\":\"d\"}", REASON_DOMAIN_DIFFERS},
        {",\"domain\":[]", "{\"domain\":\"d\"}", REASON_DOMAIN_DIFFERS},
        {"", "{\"proofPurpose\":\"authentication\"}", REASON_PURPOSE_DIFFERS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof QUESTIONS / sizeof QUESTIONS[0]; i++) {
        struct text options = {0}, lookups = {0};
        text_putf(&options, OPTIONS("assertionMethod", "%s"), QUESTIONS[i].proof);
        const struct minted m = {.version = 3, .options = text_string(&options)};
        char *certificate = minted_certificate(&contexts, &m), *usual = minted_lookups(&contexts, &m);
        text_putf(&lookups, "%.*s,\"options\":%s}", (int)(strrchr(usual, '}') - usual), usual, QUESTIONS[i].asked);
        minted_check_bytes(&contexts, certificate, strlen(certificate), text_string(&lookups), NOW, &result);
        if (result.verdict.reason != QUESTIONS[i].reason)
            fail_msg("%s for %s: %s (%s)", QUESTIONS[i].proof, QUESTIONS[i].asked, reasons_row(result.verdict.reason)->code,
                     result.verdict.detail);
        free(certificate);
        free(usual);
        text_done(&options);
        text_done(&lookups);
    }
}

/* What is shown was proven: the names inside the document are the document's word, the issuer's is not. */
static void what_is_shown(void **state)
{
    (void)state;
    for (int version = 2; version <= 3; version++) {
        minted_check(&contexts, &(struct minted){.version = version}, NOW, &result);
        assert_true(result.shown.has && result.shown.recorded);
        assert_string_equal(result.format, version == 2 ? "blockcerts-2" : "blockcerts-3");
        assert_string_equal(result.shown.facts.title, "Analysis");
        assert_string_equal(result.shown.facts.holder, "Ada Byron");
        assert_string_equal(result.shown.issuer_id, MINTED_ISSUER);
        assert_string_equal(result.shown.issuer_name, "Byron College"); /* not "Somebody Great" */
        assert_string_equal(result.shown.account, MINTED_ACCOUNT);
        assert_int_equal(result.shown.recorded_at, 1577923200);
    }
    minted_check(&contexts, &(struct minted){.version = 2, .account = "0x00"}, NOW, &result);
    assert_false(result.shown.has); /* nothing proven, nothing shown */
    assert_string_equal(result.shown.facts.title, "");
}

/* -- Receipts under attack ------------------------------------------------------------------ */

#define NEIGHBOUR "0700000000000000000000000000000000000000000000000000000000000000"
#define PATH "[{\"right\":\"" NEIGHBOUR "\"}]"
#define ANCHOR "{\"type\":\"ETHData\",\"sourceId\":\"" MINTED_TXID "\",\"chain\":\"ethereumSepolia\"}"

/* A receipt of 2.x with one thing exchanged. ROOT and TARGET stand for its hashes. */
static const struct {
    const char *name, *old, *new;
    enum verdict_authenticity authenticity;
    enum verdict_force force;
    enum reason reason;
} RECEIPTS[] = {
    {"as it is", "TARGET", "TARGET", GOOD},
    {"the inner node as the leaf", "\"targetHash\":\"TARGET\"", "\"targetHash\":\"ROOT\"", FORGED(HASH_DIFFERS)},
    {"no path", PATH, "[]", FORGED(RECEIPT_CONTRADICTS)},
    {"the leaf as the root, no path", "\"merkleRoot\":\"ROOT\"", "\"merkleRoot\":\"TARGET\"", FORGED(RECEIPT_CONTRADICTS)},
    {"the wrong side", "\"right\"", "\"left\"", FORGED(RECEIPT_CONTRADICTS)},
    {"a step twice", PATH, "[{\"right\":\"" NEIGHBOUR "\"},{\"right\":\"" NEIGHBOUR "\"}]", FORGED(RECEIPT_CONTRADICTS)},
    {"both sides", PATH, "[{\"right\":\"" NEIGHBOUR "\",\"left\":\"" NEIGHBOUR "\"}]", UNCHECKED(RECEIPT_MALFORMED)},
    {"a step that is null", PATH, "[{\"right\":\"" NEIGHBOUR "\"},null]", UNCHECKED(RECEIPT_MALFORMED)},
    {"a step of 33 bytes", "\"" NEIGHBOUR, "\"00" NEIGHBOUR, UNCHECKED(RECEIPT_MALFORMED)},
    {"an odd digit", "\"" NEIGHBOUR, "\"0" NEIGHBOUR, UNCHECKED(RECEIPT_MALFORMED)},
    {"0x before a hash", "\"targetHash\":\"", "\"targetHash\":\"0x", UNCHECKED(RECEIPT_MALFORMED)},
    {"a space before a hash", "\"targetHash\":\"", "\"targetHash\":\" ", UNCHECKED(RECEIPT_MALFORMED)},
    {"a space behind a hash", "\"merkleRoot\":\"ROOT", "\"merkleRoot\":\"ROOT ", UNCHECKED(RECEIPT_MALFORMED)},
    {"an empty hash", "\"targetHash\":\"TARGET\"", "\"targetHash\":\"\"", UNCHECKED(RECEIPT_MALFORMED)},
    {"no target", "\"targetHash\":\"TARGET\",", "", UNCHECKED(RECEIPT_MALFORMED)},
    {"the transaction twice", "[" ANCHOR "]", "[" ANCHOR "," ANCHOR "]", GOOD},
    {"the transaction without 0x", "\"0x", "\"", GOOD},
    {"half a transaction", "000000aa\",\"chain", "\",\"chain", UNCHECKED(RECEIPT_MALFORMED)},
    {"another transaction", "000000aa\",\"chain", "000000ab\",\"chain", UNCHECKED(CHAIN_UNREACHABLE)},
    {"a chain in capitals", "ethereumSepolia", "ETHEREUMSEPOLIA", UNCHECKED(CHAIN_FOREIGN)},
    {"a chain that is a number", "\"ethereumSepolia\"", "1", UNCHECKED(RECEIPT_MALFORMED)},
    {"another type of proof", "MerkleProof2017", "MerkleProof2016", UNCHECKED(PROOFLESS)},
};

static void replace(struct text *out, const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);
    if (at == NULL)
        fail_msg("%s is not there", old);
    text_put(out, text, (size_t)(at - text));
    text_puts(out, new);
    text_puts(out, at + strlen(old));
}

/* ROOT and TARGET in a text to the hashes of a certificate. */
static void fill(struct text *out, const char *text, const char *certificate)
{
    static const struct {
        const char *word, *member;
    } HASHES[] = {{"ROOT", "\"merkleRoot\":\""}, {"TARGET", "\"targetHash\":\""}};
    while (*text != '\0') {
        const char *found = NULL;
        size_t len = 0;
        for (size_t i = 0; i < 2 && found == NULL; i++)
            if (strncmp(text, HASHES[i].word, len = strlen(HASHES[i].word)) == 0)
                found = strstr(certificate, HASHES[i].member) + strlen(HASHES[i].member);
        text_put(out, found != NULL ? found : text, found != NULL ? 64 : 1);
        text += found != NULL ? len : 1;
    }
}

static void receipts_under_attack(void **state)
{
    (void)state;
    const struct minted m = {.version = 2};
    char *certificate = minted_certificate(&contexts, &m), *lookups = minted_lookups(&contexts, &m);
    for (size_t i = 0; i < sizeof RECEIPTS / sizeof RECEIPTS[0]; i++) {
        struct text old = {0}, new = {0}, attacked = {0};
        fill(&old, RECEIPTS[i].old, certificate);
        fill(&new, RECEIPTS[i].new, certificate);
        replace(&attacked, certificate, text_string(&old), text_string(&new));
        minted_check_bytes(&contexts, text_string(&attacked), attacked.len, lookups, NOW, &result);
        const struct verdict *v = &result.verdict;
        if (v->authenticity != RECEIPTS[i].authenticity || v->force != RECEIPTS[i].force || v->reason != RECEIPTS[i].reason)
            fail_msg("%s: %s, %s, %s (%s)", RECEIPTS[i].name, verdict_authenticity_word(v->authenticity),
                     verdict_force_word(v->force), reasons_row(v->reason)->code, v->detail);
        text_done(&old);
        text_done(&new);
        text_done(&attacked);
    }
    free(certificate);
    free(lookups);
}

#define BADGE(issuer)                                                                              \
    "{\"@context\":\"https://w3id.org/openbadges/v2\",\"type\":\"Assertion\",\"id\":"                 \
    "\"https://evil.example/1.json\",\"issuedOn\":\"2020-01-01T00:00:00Z\",\"verification\":{"         \
    "\"type\":\"hosted\"},\"badge\":{\"type\":\"BadgeClass\",\"id\":\"https://evil.example/b.json\"," \
    "\"name\":\"Analysis\",\"issuer\":" issuer "}}"
#define WRITTEN_OUT(id)                                                                            \
    "{\"@context\":\"https://w3id.org/openbadges/v2\",\"type\":\"Issuer\",\"id\":\"" id                 \
    "\",\"name\":\"Good College\",\"verification\":{\"allowedOrigins\":\"evil.example\"}}"
#define STARTS(with)                                                                               \
    "{\"type\":\"Issuer\",\"id\":\"https://good.example/i.json\",\"name\":\"Good College\",\"verification\":"           \
    "{\"startsWith\":\"" with "\"}}"
#define COLLEGE "{\"type\":\"Issuer\",\"id\":\"https://good.example/i.json\",\"name\":\"Good College\"}"

/* Whose badge a hosted one is says the address of the issuer's page, never what a document writes of it. */
static void hosted_badges(void **state)
{
    (void)state;
    static const struct {
        const char *badge, *page_url, *page;
        enum reason reason;
        const char *issuer;
    } BADGES[] = {
        {BADGE("\"https://evil.example/i.json\""), "https://evil.example/i.json", COLLEGE, REASON_GENUINE,
         "https://evil.example/i.json"},
        {BADGE("\"https://good.example/i.json\""), "https://good.example/i.json", COLLEGE, REASON_ORIGIN_FOREIGN, ""},
        {BADGE(WRITTEN_OUT("https://good.example/i.json")), "https://good.example/i.json", COLLEGE,
         REASON_ORIGIN_FOREIGN, ""},
        {BADGE(WRITTEN_OUT("https://good.example/i.json")), "https://other.example/", COLLEGE,
         REASON_BADGE_UNREACHABLE, ""},
        {BADGE("\"https://good.example/i.json\""), "https://good.example/i.json",
         WRITTEN_OUT("https://good.example/i.json"), REASON_GENUINE, "https://good.example/i.json"},
        {BADGE("\"https://evil.example/i.json\""), "https://evil.example/i.json", STARTS("https://evil.example/"),
         REASON_GENUINE, "https://evil.example/i.json"},
        {BADGE("\"https://good.example/i.json\""), "https://good.example/i.json", STARTS("https://evil"),
         REASON_ORIGIN_FOREIGN, ""}, /* it names a host, not the beginning of one */
    };
    for (size_t i = 0; i < sizeof BADGES / sizeof BADGES[0]; i++) {
        char lookups[4096];
        snprintf(lookups, sizeof lookups, "{\"http\":{\"https://evil.example/1.json\":%s,\"%s\":%s}}", BADGES[i].badge,
                 BADGES[i].page_url, BADGES[i].page);
        minted_check_bytes(&contexts, BADGES[i].badge, strlen(BADGES[i].badge), lookups, NOW, &result);
        if (result.verdict.reason != BADGES[i].reason)
            fail_msg("badge %zu: %s %s", i, reasons_row(result.verdict.reason)->code, result.verdict.detail);
        assert_string_equal(result.shown.issuer_id, BADGES[i].issuer);
    }
}

/* Withdrawn on the issuer's site: genuine and revoked if the site still shows it, else only revoked. */
static void withdrawn_badges(void **state)
{
    (void)state;
    static const char BADGE_OF[] = BADGE("\"https://evil.example/i.json\"");
    static const struct {
        const char *page;
        enum verdict_authenticity authenticity;
        enum reason reason;
    } PAGES[] = {
        {"\"revoked\":true,\"revocationReason\":\"mistake\",", VERDICT_GENUINE, REASON_HOSTED_GONE},
        {"\"revoked\":false,", VERDICT_GENUINE, REASON_GENUINE},
        {"\"revoked\":true,\"expires\":\"2030-01-01T00:00:00Z\",", VERDICT_COULD_NOT_CHECK, REASON_HOSTED_BLANK},
        {NULL, VERDICT_COULD_NOT_CHECK, REASON_HOSTED_BLANK},
    };
    for (size_t i = 0; i < sizeof PAGES / sizeof PAGES[0]; i++) {
        char page[2048], badge[2048], lookups[6000];
        snprintf(page, sizeof page, "{%s%s", PAGES[i].page != NULL ? PAGES[i].page : "", &BADGE_OF[1]);
        snprintf(badge, sizeof badge, "%s", i == 1 ? page : BADGE_OF);
        snprintf(lookups, sizeof lookups, "{\"http\":{\"https://evil.example/1.json\":%s,\"https://evil.example/i.json\":%s}}",
                 PAGES[i].page != NULL ? page : "{\"id\":\"https://evil.example/1.json\",\"revoked\":true}", COLLEGE);
        minted_check_bytes(&contexts, badge, strlen(badge), lookups, NOW, &result);
        const struct verdict *v = &result.verdict;
        if (v->authenticity != PAGES[i].authenticity || v->reason != PAGES[i].reason ||
            (v->force == VERDICT_REVOKED) != (i != 1))
            fail_msg("page %zu: %s %s %s", i, reasons_row(v->reason)->code, verdict_force_word(v->force), v->detail);
    }
}

#define PRESENTER "did:key:z6Mkfmm57fsb6VL7zVusP8zeA9SYkCKdvUhby2G7Yh8vvQ1P"
#define PRESENTATION(members)                                                                                   \
    "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"type\":[\"VerifiablePresentation\"]" members         \
    ",\"proof\":{\"type\":\"DataIntegrityProof\",\"created\":\"2025-01-01T00:00:00Z\",\"verificationMethod\":\"" \
    PRESENTER "#z6Mkfmm57fsb6VL7zVusP8zeA9SYkCKdvUhby2G7Yh8vvQ1P\",\"proofPurpose\":"            \
    "\"authentication\",\"cryptosuite\":\"eddsa-rdfc-2022\",\"challenge\":\"c1\",\"proofValue\":"                 \
    "\"z4LCN5Jw6A59ynPYEspATUQVsTnCDT93JymayoaUUp246turEGueUV1CffmCP2Gx2Jr1FgygWm7rnpZNzBj4JvLWL\"}}"

/* One that shows nothing and names no holder proves who made it; with a word more it proves nothing. */
static void presentations_without_credentials(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum verdict_authenticity authenticity;
    } CASES_OF[] = {
        {PRESENTATION(""), VERDICT_GENUINE},
        {PRESENTATION(",\"holder\":\"did:example:1\""), VERDICT_NOT_GENUINE},
        {"{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"type\":[\"VerifiablePresentation\"]}", VERDICT_COULD_NOT_CHECK},
    };
    for (size_t i = 0; i < sizeof CASES_OF / sizeof CASES_OF[0]; i++) {
        const char *json = CASES_OF[i].json;
        minted_check_bytes(&contexts, json, strlen(json), "{\"http\":{},\"options\":{\"challenge\":\"c1\"}}", NOW, &result);
        if (result.verdict.authenticity != CASES_OF[i].authenticity)
            fail_msg("presentation %zu: %s %s", i, reasons_row(result.verdict.reason)->code, result.verdict.detail);
        assert_string_equal(result.shown.issuer_id, i == 0 ? PRESENTER : "");
    }
}

#define BARE_CREDENTIAL(members)                                                                                \
    "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"type\":[\"VerifiableCredential\"],\"issuer\":\"did:example:1\"" members "}"

/* What a standard prescribes of the form, before any proof is looked at. */
static void shapes(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum reason reason;
    } SHAPES[] = {
        {BARE_CREDENTIAL(",\"credentialSubject\":{\"id\":\"did:example:2\"}"), REASON_PROOFLESS},
        {BARE_CREDENTIAL(",\"credentialSubject\":[{\"id\":\"did:example:2\"}]"), REASON_PROOFLESS},
        {BARE_CREDENTIAL(",\"credentialSubject\":{}"), REASON_SHAPE_WRONG},
        {BARE_CREDENTIAL(",\"credentialSubject\":[{\"id\":\"did:example:2\"},{}]"), REASON_SHAPE_WRONG},
        {BARE_CREDENTIAL(",\"credentialSubject\":[]"), REASON_SHAPE_WRONG},
        {BARE_CREDENTIAL(",\"credentialSubject\":\"did:example:2\""), REASON_SHAPE_WRONG},
        {BARE_CREDENTIAL(",\"credentialSubject\":{\"id\":\"urn:2\"},\"evidence\":[]"), REASON_PROOFLESS},
        {BARE_CREDENTIAL(",\"credentialSubject\":{\"id\":\"urn:2\"},\"evidence\":[{\"type\":\"Evidence\"}]"), REASON_PROOFLESS},
        {BARE_CREDENTIAL(",\"credentialSubject\":{\"id\":\"urn:2\"},\"evidence\":[{\"id\":\"urn:3\"}]"), REASON_SHAPE_WRONG},
        {BARE_CREDENTIAL(",\"credentialSubject\":{\"id\":\"urn:2\"},\"termsOfUse\":{\"id\":\"urn:3\"}"), REASON_SHAPE_WRONG},
        {BARE_CREDENTIAL(",\"credentialSubject\":{\"id\":\"urn:2\"},\"credentialSchema\":{\"id\":\"urn:3\"}"), REASON_SHAPE_WRONG},
        {BARE_CREDENTIAL(",\"credentialSubject\":{\"id\":\"urn:2\"},\"credentialStatus\":{\"id\":\"urn:3\"}"), REASON_SHAPE_WRONG},
        {BARE_CREDENTIAL(",\"credentialSubject\":{\"id\":\"urn:2\"},\"refreshService\":\"urn:3\""), REASON_SHAPE_WRONG},
    };
    for (size_t i = 0; i < sizeof SHAPES / sizeof SHAPES[0]; i++) {
        minted_check_bytes(&contexts, SHAPES[i].json, strlen(SHAPES[i].json), "{\"http\":{}}", NOW, &result);
        if (result.verdict.reason != SHAPES[i].reason)
            fail_msg("%s: %s %s", SHAPES[i].json, reasons_row(result.verdict.reason)->code, result.verdict.detail);
    }
}

static void dates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t at;
    } DATES[] = {
        {"2020-01-02T03:04:05Z", 1577934245},      {"2020-01-02T03:04:05.999Z", 1577934245},
        {"2020-01-02T03:04:05+0000", 1577934245},  {"2020-01-02T05:04:05+0200", 1577934245},
        {"2020-01-02T03:04:05", 1577934245},       {"2020-01-02T03:04:05.123456", 1577934245},
        {"2020-01-02", 1577923200},                {"2020-01-02T01:04:05-02:00", 1577934245},
        {"2020-01-01T24:00:00Z", 1577923200},      {"1965-06-30T00:00:00Z", 0},
        {"1896-02-29", 0},                         {"0001-01-01T00:00:00Z", 0},
    };
    static const char *const NONE[] = {"", "soon", "2020", "2020-13-01", "2020-01-02T", "2020-01-02T25:00:00Z", "20200102",
                                       "2020-01-02T03:04:05+00000", "2020-01-01T24:00:01Z", "2020-01-01T24:30:00Z",
                                       "1900-02-29", "1965-13-01"};
    static const char *const STAMPS[] = {"2020-01-02T03:04:05Z", "2020-01-02T03:04:05.5+02:00", "2020-01-02T24:00:00Z",
                                         "1965-06-30T00:00:00Z"};
    static const char *const NO_STAMPS[] = {"2020-01-02", "2020-01-02T03:04:05", "2020-01-02T03:04:05+0000", "soon", ""};
    uint64_t at;
    for (size_t i = 0; i < sizeof STAMPS / sizeof STAMPS[0]; i++)
        if (!dates_is_stamp(slice_of(STAMPS[i])))
            fail_msg("%s is no stamp", STAMPS[i]);
    for (size_t i = 0; i < sizeof NO_STAMPS / sizeof NO_STAMPS[0]; i++)
        if (dates_is_stamp(slice_of(NO_STAMPS[i])))
            fail_msg("%s is a stamp", NO_STAMPS[i]);
    for (size_t i = 0; i < sizeof DATES / sizeof DATES[0]; i++) {
        assert_true(dates_read(&at, slice_of(DATES[i].text)));
        assert_int_equal(at, DATES[i].at);
    }
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++)
        if (dates_read(&at, slice_of(NONE[i])))
            fail_msg("%s is a date", NONE[i]);
}

static enum err_code read_receipt(const char *json)
{
    struct merkleproof receipt = {0};
    const struct jdoc *root;
    struct arena arena;
    struct err e;
    arena_init(&arena, 1 << 20);
    assert_ok(jdoc_parse(&arena, slice_of(json), jdoc_limits(), &root, &e), e);
    enum err_code rc = receipt_read_json(&receipt, root, &e);
    merkleproof_done(&receipt);
    arena_done(&arena);
    return rc;
}

#define H64 "00000000000000000000000000000000000000000000000000000000000000aa"
#define RECEIPT(type, proof, anchors)                                                              \
    "{\"type\":" type ",\"merkleRoot\":\"" H64 "\",\"targetHash\":\"" H64 "\",\"proof\":" proof ",\"anchors\":" anchors "}"
#define ANCHORS "[{\"type\":\"BTCOpReturn\",\"sourceId\":\"" H64 "\"}]"

static void receipts(void **state)
{
    (void)state;
    assert_err(read_receipt(RECEIPT("\"ChainpointSHA256v2\"", "[]", ANCHORS)), ERR_OK);
    assert_err(read_receipt(RECEIPT("[\"MerkleProof2017\"]", "[{\"left\":\"" H64 "\"}]", ANCHORS)), ERR_OK);
    assert_err(read_receipt(RECEIPT("\"MerkleProof2016\"", "[]", ANCHORS)), ERR_UNSUPPORTED);
    assert_err(read_receipt(RECEIPT("\"MerkleProof2017\"", "null", ANCHORS)), ERR_PARSE);
    assert_err(read_receipt(RECEIPT("\"MerkleProof2017\"", "[{}]", ANCHORS)), ERR_PARSE);
    assert_err(read_receipt(RECEIPT("\"MerkleProof2017\"", "[{\"left\":\"" H64 "\",\"right\":\"" H64 "\"}]", ANCHORS)), ERR_PARSE);
    assert_err(read_receipt(RECEIPT("\"MerkleProof2017\"", "[{\"left\":\"aa\"}]", ANCHORS)), ERR_PARSE);
    assert_err(read_receipt(RECEIPT("\"MerkleProof2017\"", "[]", "[]")), ERR_PARSE);
    assert_err(read_receipt(RECEIPT("\"MerkleProof2017\"", "[]", "[{\"type\":\"BTCOpReturn\",\"sourceId\":\"aa\"}]")), ERR_PARSE);
    assert_err(read_receipt("{\"type\":\"MerkleProof2017\",\"targetHash\":\"\",\"merkleRoot\":\"" H64 "\"}"), ERR_PARSE);
}

static enum dispatch_kind kind_of(const char *json)
{
    const struct jdoc *root;
    struct arena arena;
    struct err e;
    arena_init(&arena, 1 << 20);
    assert_ok(jdoc_parse(&arena, slice_of(json), jdoc_limits(), &root, &e), e);
    enum dispatch_kind kind = dispatch_recognise(root);
    arena_done(&arena);
    return kind;
}

static void formats_told_apart(void **state)
{
    (void)state;
    assert_int_equal(kind_of("{\"receipt\":{},\"document\":{}}"), DISPATCH_BLOCKCERTS_1);
    assert_int_equal(kind_of("{\"type\":\"Assertion\",\"signature\":{\"type\":[\"MerkleProof2017\"]}}"), DISPATCH_BLOCKCERTS_2);
    assert_int_equal(kind_of("{\"@context\":[\"https://w3id.org/blockcerts/v3\"],\"proof\":{}}"), DISPATCH_BLOCKCERTS_3);
    assert_int_equal(kind_of("{\"type\":[\"VerifiableCredential\",\"OpenBadgeCredential\"],\"proof\":{}}"), DISPATCH_OPENBADGE_3);
    assert_int_equal(kind_of("{\"type\":[\"VerifiableCredential\"]}"), DISPATCH_CREDENTIAL);
    assert_int_equal(kind_of("{\"type\":[\"VerifiablePresentation\"],\"proof\":{}}"), DISPATCH_PRESENTATION);
    assert_int_equal(kind_of("{\"type\":\"Assertion\"}"), DISPATCH_OPENBADGE_2);
    assert_int_equal(kind_of("{\"type\":\"BadgeClass\"}"), DISPATCH_OPENBADGE_2);
    assert_int_equal(kind_of("{\"@context\":\"https://w3id.org/openbadges/v2\",\"type\":\"Medal\"}"), DISPATCH_OPENBADGE_2);
    assert_int_equal(kind_of("{\"@context\":[\"https://w3id.org/openbadges/v1\"],\"type\":\"Medal\"}"), DISPATCH_OPENBADGE_2);
    assert_int_equal(kind_of("{\"type\":\"HallmarkProof\"}"), DISPATCH_NONE);
    assert_int_equal(kind_of("{}"), DISPATCH_NONE);
}

static int set_up(void **state)
{
    (void)state;
    canonize_init(&contexts);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    canonize_done(&contexts);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases), cmocka_unit_test(questions), cmocka_unit_test(what_is_shown), cmocka_unit_test(receipts_under_attack),
        cmocka_unit_test(hosted_badges), cmocka_unit_test(withdrawn_badges),
        cmocka_unit_test(presentations_without_credentials), cmocka_unit_test(shapes), cmocka_unit_test(dates),
        cmocka_unit_test(receipts), cmocka_unit_test(formats_told_apart),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
