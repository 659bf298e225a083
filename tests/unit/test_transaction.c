/* A foreign receipt's transaction over JSON-RPC: one endpoint, several, and those that contradict each other. */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "tests/fakechain.h"
#include "verifier/formats/transaction.h"

#define CHAIN 11155111

static const struct hash32 VALUE = {{5}};

/* Two chains, told apart by the host that is asked. */
struct fixture {
    struct fakechain chains[2];
    struct hash32 tx;
    struct endpoints endpoints;
    struct lookup lookup;
    struct format_env env;
    struct verdict_findings findings;
    struct format_check check;
    struct transaction_facts facts;
};

static const char *const URLS[] = {"http://a.example/", "http://b.example/"};

static enum err_code exchange(void *self, const struct fetch_request *request, struct fetch_reply *reply, struct err *e)
{
    struct fixture *f = self;
    struct endpoints_transport one = fakechain_transport(&f->chains[strcmp(request->url, URLS[1]) == 0]);
    return one.exchange(one.self, request, reply, e);
}

static struct hash32 send(struct fakechain *chain, const struct fakechain_tx *more)
{
    struct fakechain_tx tx = *more;
    tx.key = 1;
    tx.to = fakechain_address(9); /* anywhere: a foreign anchor has no registry */
    if (tx.input == NULL) {
        tx.input = VALUE.b;
        tx.input_len = sizeof VALUE.b;
    }
    return fakechain_send(chain, &tx)->tx_hash;
}

static void use(struct fixture *f, size_t n)
{
    struct endpoints_transport transport = {exchange, f};
    endpoints_close(&f->endpoints);
    endpoints_open(&f->endpoints, &transport, URLS, n);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    for (int i = 0; i < 2; i++) {
        fakechain_open(&f->chains[i], CHAIN);
        f->tx = send(&f->chains[i], &(struct fakechain_tx){0});
        fakechain_settle(&f->chains[i]);
    }
    lookup_open(&f->lookup, NULL);
    f->env = (struct format_env){.lookup = &f->lookup, .endpoints = &f->endpoints};
    f->check = (struct format_check){.env = &f->env, .findings = &f->findings};
    use(f, 1);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    endpoints_close(&f->endpoints);
    lookup_close(&f->lookup);
    for (int i = 0; i < 2; i++)
        fakechain_close(&f->chains[i]);
    free(f);
    return 0;
}

static bool look(struct fixture *f, int64_t network)
{
    struct merkleproof_anchor anchor = {.chain = MERKLEPROOF_ETH, .network = network, .has_tx = true, .tx = f->tx};
    f->findings.n = 0;
    return transaction_look(&f->check, &anchor, &f->facts);
}

/* The last finding is what was said of it. */
static void expect(struct fixture *f, bool good, enum reason reason)
{
    assert_int_equal(look(f, CHAIN), good);
    enum reason last = f->findings.items[f->findings.n - 1].reason;
    if (last != reason)
        fail_msg("%s instead of %s (%s)", reasons_row(last)->code, reasons_row(reason)->code,
                 f->findings.items[f->findings.n - 1].detail);
}

static void a_final_transaction(void **state)
{
    struct fixture *f = *state;
    struct seal_address sender = fakechain_address(1);
    char account[43] = "0x";
    hex_encode(account + 2, sender.b, sizeof sender.b);
    expect(f, true, REASON_BLOCK_FINAL);
    assert_true(f->facts.has_value && hash32_equal(&f->facts.value, &VALUE) && f->facts.ethereum);
    assert_string_equal(f->facts.account, account);
    assert_true(f->facts.time > 0);
}

static void not_final(void **state)
{
    struct fixture *f = *state;
    f->tx = send(&f->chains[0], &(struct fakechain_tx){0});
    expect(f, true, REASON_BLOCK_NOT_FINAL);
    f->tx = send(&f->chains[0], &(struct fakechain_tx){.pending = true});
    expect(f, false, REASON_ANCHOR_WAITING);
}

static void replaced(void **state)
{
    struct fixture *f = *state;
    for (uint64_t i = 0; i < f->chains[0].n; i++)
        f->chains[0].blocks[i].replaced = true;
    expect(f, false, REASON_BLOCK_NOT_CANONICAL);
}

static void failed(void **state)
{
    struct fixture *f = *state;
    f->tx = send(&f->chains[0], &(struct fakechain_tx){.failed = true});
    fakechain_settle(&f->chains[0]);
    expect(f, false, REASON_TRANSACTION_FAILED);
}

/* The value with something before or behind it, cut, or none: it is the whole of the data, or not there. */
static void other_data(void **state)
{
    struct fixture *f = *state;
    static const uint8_t DATA[40] = {1, 2, 3, 4, 5};
    static const struct {
        size_t from, len;
    } PARTS[] = {{4, 33}, {3, 33}, {0, 36}, {4, 31}, {4, 1}};
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        f->tx = send(&f->chains[0], &(struct fakechain_tx){.input = DATA + PARTS[i].from, .input_len = PARTS[i].len});
        fakechain_settle(&f->chains[0]);
        expect(f, true, REASON_BLOCK_FINAL);
        assert_false(f->facts.has_value);
    }
}

static void signed_for_another_chain(void **state)
{
    struct fixture *f = *state;
    f->tx = send(&f->chains[0], &(struct fakechain_tx){.chain_id = 1});
    fakechain_settle(&f->chains[0]);
    expect(f, false, REASON_NOT_AN_ANCHOR);
}

static void nobody_to_ask(void **state)
{
    struct fixture *f = *state;
    assert_false(look(f, 1));
    assert_int_equal(f->findings.items[f->findings.n - 1].reason, REASON_CHAIN_WRONG);
    f->tx.b[0] ^= 1;
    expect(f, false, REASON_ANCHOR_NOT_FOUND);
    f->chains[0].break_method = "eth_getTransactionByHash";
    f->chains[0].with_error = ERR_TIMEOUT;
    expect(f, false, REASON_CHAIN_UNREACHABLE);
    use(f, 0);
    expect(f, false, REASON_NO_ENDPOINT);
    f->env.endpoints = NULL;
    expect(f, false, REASON_NO_ENDPOINT);
}

static void several_agree(void **state)
{
    struct fixture *f = *state;
    use(f, 2);
    expect(f, true, REASON_BLOCK_FINAL);
    assert_true(f->chains[1].calls > 0);
    f->chains[1].break_method = "eth_getTransactionByHash"; /* silence is no contradiction */
    f->chains[1].with_error = ERR_TIMEOUT;
    expect(f, true, REASON_BLOCK_FINAL);
    f->chains[1].break_method = NULL;
    f->chains[1].final = 0; /* one that lags behind: not final for us either */
    expect(f, true, REASON_BLOCK_NOT_FINAL);
}

static void several_contradict_each_other(void **state)
{
    struct fixture *f = *state;
    use(f, 2);
    for (uint64_t i = 0; i < f->chains[1].n; i++)
        if (hash32_equal(&f->chains[1].blocks[i].tx_hash, &f->tx))
            f->chains[1].blocks[i].pending = true; /* the other has not seen it mined */
    look(f, CHAIN);
    assert_int_equal(f->findings.items[f->findings.n - 1].reason, REASON_SOURCES_DISAGREE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_final_transaction), TEST(not_final),     TEST(replaced),
        TEST(failed),              TEST(other_data), TEST(signed_for_another_chain), TEST(nobody_to_ask),
        TEST(several_agree),       TEST(several_contradict_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
