/* Revocation by a spent output (Blockcerts 1.2): what a recorded file and Bitcoin sources say, and do not say. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "verifier/formats/outputs.h"

#define TXID "8623beadbc7877a9e20fb7f83eda6c1a1fc350171f0714ff6c6c4054018eb54d"
#define MAIN "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
#define OWN "_:c14n0 <https://w3id.org/blockcerts#revocationKey> \"1Own\" .\n"
#define PAGE "{\"revocationKeys\":[{\"key\":\"ecdsa-koblitz-pubkey:1Batch\"},{\"date\":\"2016-01-01\"}]}"
#define NOW 1600000000

/* What a source answers about the transaction. */
struct source {
    const char *outputs, *outspends; /* NULL: 404 */
};

struct question {
    const char *quads, *page, *recorded; /* recorded: the member revokedAddresses; NULL: the network */
    struct source sources[2];
    size_t n;
    bool at, ethereum;
};

#define RECORDED(quads, page, told) (&(struct question){(quads), (page), (told), {{NULL, NULL}}, 0, false, false})

static struct verdict_findings found;

static enum err_code answer(void *self, const struct fetch_request *request, struct fetch_reply *reply, struct err *e)
{
    const struct question *q = self;
    const struct source *s = &q->sources[strstr(request->url, "b.example") != NULL];
    (void)e;
    text_clear(&reply->body);
    reply->status = 200;
    if (strstr(request->url, "/block-height/0") != NULL)
        text_puts(&reply->body, MAIN);
    else if (strstr(request->url, "/outspends") != NULL && s->outspends != NULL)
        text_puts(&reply->body, s->outspends);
    else if (strstr(request->url, "/outspends") == NULL && s->outputs != NULL)
        text_putf(&reply->body, "{\"txid\":\"" TXID "\",\"vout\":%s}", s->outputs);
    else
        reply->status = 404;
    return ERR_OK;
}

static void ask(const struct question *q)
{
    static const char *const URLS[] = {"https://a.example/api", "https://b.example/api"};
    struct endpoints_transport transport = {answer, (void *)(uintptr_t)q};
    struct text recorded = {0};
    struct bitcoin bitcoin;
    struct lookup lookup;
    struct arena arena;
    struct err e;
    arena_init(&arena, 1 << 24);
    lookup_open(&lookup, NULL);
    bitcoin_open(&bitcoin, &transport, URLS, q->n);
    struct format_env env = {.lookup = &lookup, .bitcoin = q->n > 0 ? &bitcoin : NULL, .now = NOW, .at = q->at};
    struct format_check c = {.env = &env, .arena = &arena, .findings = &found};
    struct merkle_result result = {
        .canonical = rdf_dataset(&arena, 10), .recorded = true,
        .anchor = {.chain = q->ethereum ? MERKLEPROOF_ETH : MERKLEPROOF_BTC, .network = 1, .has_tx = true,
                   .tx = harness_hash(TXID)}};
    found.n = 0;
    assert_ok(nquads_parse(&result.canonical, slice_of(q->quads), &e), e);
    text_putf(&recorded, "{\"chain\":{\"" TXID "\":{\"remoteHash\":\"" TXID "\",\"issuingAddress\":\"1A\","
              "\"time\":\"2016-10-03T19:52:55Z\"%s}}}", q->recorded != NULL ? q->recorded : "");
    if (q->recorded != NULL)
        assert_ok(lookup_record(&lookup, text_string(&recorded), recorded.len, &e), e);
    if (q->page != NULL)
        assert_ok(jdoc_parse(&arena, slice_of(q->page), jdoc_limits(), &c.profile, &e), e);
    outputs_check(&c, &result);
    bitcoin_close(&bitcoin);
    lookup_close(&lookup);
    arena_done(&arena);
    text_done(&recorded);
}

static void expect(const struct question *q, const char *code)
{
    ask(q);
    if (code == NULL)
        assert_int_equal(found.n, 0);
    else
        assert_int_equal(found.n, 1);
    if (code != NULL && strcmp(reasons_row(found.items[0].reason)->code, code) != 0)
        fail_msg("%s, expected %s: %s", reasons_row(found.items[0].reason)->code, code, found.items[0].detail);
}

static void recorded_files(void **state)
{
    (void)state;
    expect(RECORDED(OWN, PAGE, ",\"revokedAddresses\":[]"), "HM-4100");
    expect(RECORDED(OWN, PAGE, ",\"revokedAddresses\":[\"1Other\"]"), "HM-4100");
    expect(RECORDED(OWN, PAGE, ",\"revokedAddresses\":[\"1Other\",\"1Own\"]"), "HM-4101");
    expect(RECORDED(OWN, PAGE, ",\"revokedAddresses\":[\"1Batch\"]"), "HM-4101");
    expect(RECORDED(OWN, NULL, ",\"revokedAddresses\":[\"1Batch\"]"), "HM-4100");
    expect(RECORDED("", PAGE, ",\"revokedAddresses\":[\"1Batch\"]"), "HM-4101");
    expect(RECORDED(OWN, PAGE, ""), "HM-4102"); /* it does not tell */
    expect(RECORDED(OWN, PAGE, ",\"revokedAddresses\":null"), "HM-4102");
    expect(RECORDED("", NULL, ",\"revokedAddresses\":[\"1Own\"]"), NULL); /* no such mechanism */
    expect(RECORDED("", "{\"revocation_key\":\"1Old\"}", ",\"revokedAddresses\":[\"1Old\"]"), "HM-4101");
}

#define OUTPUTS                                                                                    \
    "[{\"scriptpubkey_address\":\"1Own\"},{\"scriptpubkey_address\":\"1Batch\"},{\"scriptpubkey\":\"6a\"}]"
#define UNSPENT "{\"spent\":false}"
#define SPENT(time) "{\"spent\":true,\"status\":{\"confirmed\":true,\"block_time\":" time "}}"
#define WAITING "{\"spent\":true,\"status\":{\"confirmed\":false}}"

static void one_source(void **state)
{
    (void)state;
    static const struct {
        const char *outputs, *outspends, *code, *on_that_day; /* the last for --at */
    } CASES[] = {
        {OUTPUTS, "[" UNSPENT "," UNSPENT "," UNSPENT "]", "HM-4100", "HM-4100"},
        {OUTPUTS, "[" SPENT("1500000000") "," UNSPENT "," UNSPENT "]", "HM-4101", "HM-4101"},
        {OUTPUTS, "[" UNSPENT "," SPENT("1500000000") "," UNSPENT "]", "HM-4101", "HM-4101"},
        {OUTPUTS, "[" SPENT("1700000000") "," UNSPENT "," UNSPENT "]", "HM-4101", "HM-4100"},
        {OUTPUTS, "[" SPENT("1700000000") "," SPENT("1500000000") "," UNSPENT "]", "HM-4101", "HM-4101"},
        {OUTPUTS, "[" WAITING "," UNSPENT "," UNSPENT "]", "HM-4101", "HM-4100"},
        {OUTPUTS, "[" UNSPENT "," UNSPENT "," SPENT("1500000000") "]", "HM-4100", "HM-4100"},
        {"[{\"scriptpubkey_address\":\"1Else\"}]", "[" SPENT("1500000000") "]", "HM-4100", "HM-4100"},
        {OUTPUTS, "[" UNSPENT "," UNSPENT "]", "HM-4102", "HM-4102"}, /* lists of two lengths */
        {OUTPUTS, "[{},{},{}]", "HM-4102", "HM-4102"},
        {OUTPUTS, "[{\"spent\":true,\"status\":{\"confirmed\":true}},{},{}]", "HM-4102", "HM-4102"},
        {OUTPUTS, "{}", "HM-4102", "HM-4102"},
        {OUTPUTS, NULL, "HM-4102", "HM-4102"},
        {NULL, "[]", "HM-4102", "HM-4102"},
        {"{}", "[]", "HM-4102", "HM-4102"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct question q = {OWN, PAGE, NULL, {{CASES[i].outputs, CASES[i].outspends}}, 1, false, false};
        expect(&q, CASES[i].code);
        q.at = true;
        expect(&q, CASES[i].on_that_day);
    }
}

static void who_cannot_tell(void **state)
{
    (void)state;
    struct source fine = {OUTPUTS, "[" UNSPENT "," UNSPENT "," UNSPENT "]"};
    struct source spent = {OUTPUTS, "[" SPENT("1500000000") "," UNSPENT "," UNSPENT "]"};
    expect(&(struct question){OWN, PAGE, NULL, {fine, fine}, 0, false, false}, "HM-4102");
    expect(&(struct question){OWN, PAGE, NULL, {fine, fine}, 1, false, true}, "HM-4102"); /* another chain */
    expect(&(struct question){OWN, PAGE, NULL, {fine, fine}, 2, false, false}, "HM-4100");
    expect(&(struct question){OWN, PAGE, NULL, {fine, spent}, 2, false, false}, "HM-4102"); /* they differ */
    expect(&(struct question){OWN, PAGE, NULL, {spent, spent}, 2, false, false}, "HM-4101");
    expect(&(struct question){OWN, PAGE, NULL, {{NULL, NULL}, fine}, 2, false, false}, "HM-4100");
}

static void too_many_addresses(void **state)
{
    (void)state;
    struct text page = {0};
    text_puts(&page, "{\"revocationKeys\":[");
    for (int i = 0; i <= OUTPUTS_ADDRESSES_MAX; i++)
        text_putf(&page, "%s{\"key\":\"1A%d\"}", i > 0 ? "," : "", i);
    text_puts(&page, "]}");
    expect(RECORDED("", text_string(&page), ",\"revokedAddresses\":[]"), "HM-4102");
    text_done(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_files),
        cmocka_unit_test(one_source),
        cmocka_unit_test(who_cannot_tell),
        cmocka_unit_test(too_many_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
