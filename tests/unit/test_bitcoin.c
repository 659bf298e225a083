/* Bitcoin over Esplora, by a script in place of the network: what sources say, and what they may not. */
#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

#include "common/hex.h"
#include "verifier/formats/bitcoin.h"

#define MAIN "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
#define TEST "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943"
#define ID "8623beadbc7877a9e20fb7f83eda6c1a1fc350171f0714ff6c6c4054018eb54d"
#define VALUE "68f3ede17fdb67ffd4a5164b5687a71f9fbb68da803b803935720f2aa38f7728"
#define BLOCK "0000000000000000011111111111111111111111111111111111111111111111"
#define OTHER "0000000000000000022222222222222222222222222222222222222222222222"

/* The answers of one source; NULL: 404. */
struct source {
    const char *host, *first_block, *tx, *block, *block_at, *tip;
    long status; /* 0: 200 */
    bool dead;
};

#define TX(confirmed, outputs)                                                                     \
    "{\"txid\":\"" ID "\",\"vin\":[{\"prevout\":{\"scriptpubkey_address\":\"1Q3P94\"}}],"          \
    "\"vout\":[" outputs "],\"status\":" confirmed "}"
#define MINED "{\"confirmed\":true,\"block_height\":100,\"block_hash\":\"" BLOCK "\"}"
#define PAID "{\"scriptpubkey\":\"76a91400000000000000000000000000000000000000008 8ac\"}"
#define RECORDED "{\"scriptpubkey\":\"6a20" VALUE "\"}"
#define GOOD                                                                                       \
    .host = "a.example", .first_block = MAIN, .tx = TX(MINED, PAID "," RECORDED),                  \
    .block = "{\"id\":\"" BLOCK "\",\"timestamp\":1475524375}", .block_at = BLOCK, .tip = "105"

static const char *page_of(const struct source *s, const char *page)
{
    return strcmp(page, "/block-height/0") == 0             ? s->first_block :
           strcmp(page, "/tx/" ID) == 0                     ? s->tx :
           strcmp(page, "/block/" BLOCK) == 0               ? s->block :
           strcmp(page, "/block-height/100") == 0           ? s->block_at :
           strcmp(page, "/blocks/tip/height") == 0          ? s->tip :
                                                              NULL;
}

/* Sources end with one that has no host. */
static enum err_code answer(void *self, const struct fetch_request *request, struct fetch_reply *reply, struct err *e)
{
    assert_int_equal(request->trust, FETCH_OF_USER);
    assert_null(request->content_type); /* a GET */
    for (const struct source *s = self; s->host != NULL; s++) {
        const char *at = strstr(request->url, s->host);
        if (at == NULL)
            continue;
        if (s->dead)
            return err_set(e, ERR_TIMEOUT, "no answer in time");
        const char *page = page_of(s, at + strlen(s->host) + strlen("/api"));
        text_clear(&reply->body);
        text_puts(&reply->body, page != NULL ? page : "not found");
        reply->status = page == NULL ? 404 : s->status != 0 ? s->status : 200;
        return ERR_OK;
    }
    fail_msg("an unknown source was asked: %s", request->url);
    return ERR_IO;
}

static enum err_code look(const struct source *sources, enum bitcoin_network network, struct bitcoin_facts *ret)
{
    static char urls[4][64];
    const char *list[4];
    size_t n = 0;
    struct bitcoin bitcoin;
    struct endpoints_transport transport = {answer, (void *)(uintptr_t)sources};
    struct hash32 id = harness_hash(ID);
    struct err e = {0};
    for (; sources[n].host != NULL; n++) {
        snprintf(urls[n], sizeof urls[n], "https://%s/api/", sources[n].host); /* the last slash does not matter */
        list[n] = urls[n];
    }
    bitcoin_open(&bitcoin, &transport, list, n);
    enum err_code rc = bitcoin_look(&bitcoin, network, &id, ret, &e);
    if (rc != ERR_OK)
        assert_null(strstr(e.msg, "/api")); /* hosts only */
    bitcoin_close(&bitcoin);
    return rc;
}

static void a_transaction_in_its_chain(void **state)
{
    (void)state;
    struct source sources[] = {{GOOD}, {0}};
    struct hash32 value = harness_hash(VALUE);
    struct bitcoin_facts facts;
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_OK);
    assert_true(facts.has_value && hash32_equal(&facts.value, &value));
    assert_string_equal(facts.sender, "1Q3P94");
    assert_true(facts.mined && facts.canonical && facts.final);
    assert_int_equal(facts.time, 1475524375);
    assert_int_equal(facts.agreeing, 1);
    assert_err(look(sources, BITCOIN_UNKNOWN, &facts), ERR_OK); /* the credential does not name the network */
    assert_err(look(sources, BITCOIN_TEST, &facts), ERR_CONFLICT);
    sources[0].first_block = TEST;
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_CONFLICT);
    assert_err(look(sources, BITCOIN_TEST, &facts), ERR_OK);
    sources[0].first_block = OTHER;
    assert_err(look(sources, BITCOIN_UNKNOWN, &facts), ERR_CONFLICT);
}

static void finality(void **state)
{
    (void)state;
    struct source sources[] = {{GOOD}, {0}};
    struct bitcoin_facts facts;
    sources[0].tip = "104"; /* five blocks, its own included */
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_OK);
    assert_true(facts.canonical && !facts.final);
    sources[0].tip = "99";
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_OK);
    assert_false(facts.final);
    sources[0].tip = "105";
    sources[0].block_at = OTHER; /* reorganised away */
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_OK);
    assert_false(facts.canonical || facts.final);
    sources[0].block_at = NULL;
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_OK);
    assert_false(facts.canonical || facts.final);
    sources[0].tx = TX("{\"confirmed\":false}", RECORDED);
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_OK);
    assert_false(facts.mined || facts.final);
}

static void what_is_recorded(void **state)
{
    (void)state;
    static const struct {
        const char *tx;
        bool has_value;
    } CASES[] = {
        {TX(MINED, RECORDED), true},
        {TX(MINED, RECORDED "," PAID), true},
        {TX(MINED, PAID), false},
        {TX(MINED, ""), false},
        {TX(MINED, "{\"scriptpubkey\":\"6a1f" VALUE "\"}"), false},
        {TX(MINED, "{\"scriptpubkey\":\"6a20" VALUE "00\"}"), false},
        {TX(MINED, "{\"scriptpubkey\":\"6a4c20" VALUE "\"}"), false},
        {TX(MINED, "{\"scriptpubkey\":7}"), false},
    };
    struct source sources[] = {{GOOD}, {0}};
    struct bitcoin_facts facts;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        sources[0].tx = CASES[i].tx;
        assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_OK);
        if (facts.has_value != CASES[i].has_value)
            fail_msg("case %zu", i);
    }
}

static void no_usable_answer(void **state)
{
    (void)state;
    struct source sources[] = {{GOOD}, {0}};
    struct bitcoin_facts facts;
    static const char *const TXS[] = {
        "", "[]", "{}", "{\"txid\":\"" VALUE "\",\"vin\":[],\"vout\":[],\"status\":{}}",
        "{\"txid\":\"" ID "\",\"vin\":[],\"vout\":[],\"status\":{\"confirmed\":true}}",
        "{\"txid\":\"" ID "\",\"vin\":[],\"vout\":[],\"status\":{\"confirmed\":true,\"block_height\":-1,\"block_hash\":\"" BLOCK "\"}}",
    };
    for (size_t i = 0; i < sizeof TXS / sizeof TXS[0]; i++) {
        sources[0].tx = TXS[i];
        if (look(sources, BITCOIN_MAIN, &facts) != ERR_RPC)
            fail_msg("case %zu", i);
    }
    sources[0] = (struct source){GOOD};
    sources[0].tx = NULL;
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_NOT_FOUND);
    sources[0] = (struct source){GOOD, .status = 429};
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_RPC);
    sources[0] = (struct source){GOOD, .dead = true};
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_IO);
    sources[0] = (struct source){GOOD};
    sources[0].tip = "<html>";
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_RPC);
    sources[0].tip = "105";
    sources[0].block = "{\"id\":\"" OTHER "\",\"timestamp\":1475524375}";
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_RPC);
    sources[0] = (struct source){0};
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_UNSUPPORTED);
}

static void several_sources(void **state)
{
    (void)state;
    struct source sources[] = {{GOOD}, {GOOD}, {0}};
    struct bitcoin_facts facts;
    sources[1].host = "b.example";
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_OK);
    assert_int_equal(facts.agreeing, 2);
    sources[0].dead = true; /* one that is silent does not object */
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_OK);
    assert_int_equal(facts.agreeing, 1);
    sources[0].dead = false;
    sources[1].tip = "101"; /* one that lags behind: not final yet */
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_OK);
    assert_false(facts.final);
    sources[1].tip = "105";
    sources[1].tx = TX(MINED, PAID); /* one that lies */
    assert_err(look(sources, BITCOIN_MAIN, &facts), ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transaction_in_its_chain), cmocka_unit_test(finality),
        cmocka_unit_test(what_is_recorded),           cmocka_unit_test(no_usable_answer),
        cmocka_unit_test(several_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
