/* What a signer gives back is used only if it is exactly what was asked for, signed by the right key. */
#include "tests/harness.h"
#include "tests/looprun.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/keccak.h"
#include "daemon/io/signer.h"
#include "daemon/io/signerlocal.h"
#include "daemon/io/signersock.h"
#include "daemon/io/ctlsock.h"

static const uint8_t KEY[32] = {[31] = 1}, OTHER[32] = {[31] = 2};
static const uint8_t VALUE[32] = {0x11, 0x22};

static uv_loop_t loop;
static struct signer signer;
static struct signer_request r;
static unsigned n_done;

/* The backend of these tests signs what `change` makes of the request. */
static const uint8_t *signing_key;
static void (*change)(struct ethtx *tx);
static void (*spoil)(struct signer_request *req);
static struct signer_request *held; /* not answered until the signer closes */
static bool hold;

static void fake_sign(void *self, struct signer_request *req)
{
    (void)self;
    struct ethtx tx = req->tx;
    struct bytes_writer w = bytes_writer(req->raw, sizeof req->raw);
    struct err e;
    if (change != NULL)
        change(&tx);
    assert_ok(ethtx_sign(&w, &tx, signing_key, &e), e);
    req->raw_len = w.len;
    if (spoil != NULL)
        spoil(req);
    if (hold)
        held = req;
    else
        signer_finish(req);
}

static void fake_close(void *self)
{
    (void)self;
    if (held != NULL)
        signer_finish(held);
}

static const struct signer_backend FAKE = {"fake", fake_sign, fake_sign, fake_close};

static struct ethtx transaction(void)
{
    return (struct ethtx){.type = ETHTX_DYNAMIC_FEE, .has_chain_id = true, .chain_id = 11155111, .nonce = 7, .gas = 30000,
                          .max_fee = 40, .max_priority_fee = 2, .has_to = true, .to = {{0xaa}}, .data = {VALUE, 32}};
}

static void on_done(struct signer_request *req)
{
    (void)req;
    n_done++;
}

static void on_closed(struct signer *s)
{
    s->self = NULL;
}

static void start(void)
{
    struct err e;
    r.tx = transaction();
    r.done = on_done;
    n_done = 0;
    assert_ok(ethtx_key_address(&r.from, KEY, &e), e);
    signer_sign(&signer, &r);
    assert_int_equal(n_done, 0); /* never from inside */
}

static void ask(void)
{
    start();
    looprun_count(&loop, &n_done, 1);
}

static int set_up(void **state)
{
    (void)state;
    uv_loop_init(&loop);
    signer_open(&signer, &loop, &FAKE, &loop);
    signing_key = KEY;
    change = NULL;
    spoil = NULL;
    held = NULL;
    hold = false;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (!signer.is_closing)
        signer_close(&signer, on_closed);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_null(signer.self);
    assert_int_equal(uv_loop_close(&loop), 0);
    return 0;
}

static void an_honest_signer(void **state)
{
    (void)state;
    ask();
    assert_ok(r.err.code, r.err);
    assert_int_equal(r.fault, SIGNER_NONE);
    struct hash32 hash = keccak_256(r.raw, r.raw_len);
    assert_memory_equal(&hash, &r.hash, sizeof hash);
    assert_int_equal(signer.signatures, 1);
    assert_string_equal(signer.message, "");
}

static void type(struct ethtx *tx) { tx->type = ETHTX_LEGACY; }
static void chain_id(struct ethtx *tx) { tx->chain_id = 1; }
static void nonce(struct ethtx *tx) { tx->nonce++; }
static void gas(struct ethtx *tx) { tx->gas *= 2; }
static void fee(struct ethtx *tx) { tx->max_fee *= 2; }
static void tip(struct ethtx *tx) { tx->max_priority_fee--; }
static void to(struct ethtx *tx) { tx->to.b[0] = 0xbb; }
static void value(struct ethtx *tx) { tx->value[31] = 1; }
static void data(struct ethtx *tx) { tx->data.len = 31; }

static void each_field_counts(void **state)
{
    (void)state;
    static const struct {
        void (*change)(struct ethtx *tx);
        const char *name;
    } FIELDS[] = {{type, "type"}, {chain_id, "chain id"}, {nonce, "nonce"}, {gas, "gas limit"}, {fee, "fee"},
                  {tip, "priority fee"}, {to, "receiver"}, {value, "value"}, {data, "data"}};
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) {
        change = FIELDS[i].change;
        ask();
        assert_int_equal(r.err.code, ERR_CONFLICT);
        assert_int_equal(r.fault, SIGNER_ALTERED);
        assert_non_null(strstr(r.err.msg, FIELDS[i].name));
        assert_string_equal(signer.message, r.err.msg);
    }
    change = NULL;
    ask();
    assert_int_equal(signer.fault, SIGNER_NONE);
    assert_int_equal(signer.faults, sizeof FIELDS / sizeof *FIELDS);
}

static void the_key_counts(void **state)
{
    (void)state;
    signing_key = OTHER;
    ask();
    assert_int_equal(r.fault, SIGNER_OTHER_KEY);
}

static void nothing(struct signer_request *req) { req->raw_len = 0; }
static void cut(struct signer_request *req) { req->raw_len--; }
static void flip(struct signer_request *req) { req->raw[0] ^= 0x40; }

/* n - s is as good for the curve, and not for Ethereum. */
static void high_s(struct signer_request *req)
{
    static const uint8_t N[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                  0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
    struct ethtx tx;
    struct err e;
    assert_ok(ethtx_decode(&tx, req->raw, req->raw_len, &e), e);
    struct ethtx_signature signature = tx.signature;
    int borrow = 0;
    for (int i = 31; i >= 0; i--) {
        int d = N[i] - tx.signature.s[i] - borrow;
        borrow = d < 0;
        signature.s[i] = (uint8_t)(d + 256 * borrow);
    }
    signature.y ^= 1;
    struct bytes_writer w = bytes_writer(req->raw, sizeof req->raw);
    assert_ok(ethtx_put_signed(&w, &req->tx, &signature, &e), e);
    req->raw_len = w.len;
}

static void garbage(void **state)
{
    (void)state;
    static void (*const SPOIL[])(struct signer_request *) = {nothing, cut, flip, high_s};
    for (size_t i = 0; i < sizeof SPOIL / sizeof *SPOIL; i++) {
        spoil = SPOIL[i];
        ask();
        assert_int_not_equal(r.err.code, ERR_OK);
        assert_int_equal(r.fault, SIGNER_GARBAGE);
    }
}

static void closing_ends_what_is_under_way(void **state)
{
    (void)state;
    hold = true;
    start();
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(n_done, 0);
    signer_close(&signer, on_closed);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(n_done, 1);
    assert_int_equal(r.err.code, ERR_CANCELLED);
    signer_sign(&signer, &r); /* not answered, not begun */
    assert_int_equal(n_done, 1);
}

/* ------------------------------------------------------------------ over the socket */

static struct ctlsock server;
static const char *answer;
static struct ctlsock_request *unanswered;

static void on_request(struct ctlsock_request *req)
{
    struct signerline_request line;
    struct err e;
    assert_ok(signerline_read_request(&line, req->line, req->len, &e), e);
    assert_true(line.sign);
    assert_int_equal(line.tx.nonce, 7);
    assert_memory_equal(line.tx.data.data, VALUE, 32);
    if (answer == NULL) {
        unanswered = req;
        return;
    }
    ctlsock_send(req, answer, strlen(answer));
    ctlsock_end(req);
}

static void on_server_closed(struct ctlsock *s)
{
    (void)s;
}

static void the_socket(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        enum signer_fault fault;
        const char *message;
    } CASES[] = {
        {"{\"version\":1,\"ok\":false,\"code\":\"budget\",\"message\":\"used up\"}", SIGNER_REFUSED, "(budget): used up"},
        {"{\"version\":1,\"ok\":false,\"code\":\"of-tomorrow\",\"message\":\"new\"}", SIGNER_REFUSED, "(of-tomorrow): new"},
        {"{\"version\":1,\"ok\":false,\"code\":\"no-key\",\"message\":\"not here\"}", SIGNER_OTHER_KEY, "not here"},
        {"{\"version\":2,\"ok\":true,\"raw\":\"0x00\"}", SIGNER_GARBAGE, "version"},
        {"{\"version\":1,\"ok\":true,\"keys\":[]}", SIGNER_GARBAGE, "another question"},
        {"{\"version\":1,\"ok\":true,\"raw\":\"0x\"}", SIGNER_GARBAGE, "raw"},
        {"{\"version\":1,\"ok\":true,\"raw\":\"0x02c0\"}", SIGNER_GARBAGE, "no transaction"},
        {"nonsense", SIGNER_GARBAGE, "answer of hallmark-signer"},
        {NULL, SIGNER_SLOW, "within 100 ms"},
    };
    struct ctlsock_handler handler = {NULL, on_request, NULL};
    static char path[108];
    struct err e;
    snprintf(path, sizeof path, "%s/signer.sock", harness_folder());
    static struct signersock sock; /* tear_down() closes it */
    sock = (struct signersock){.loop = &loop, .path = path, .timeout_ms = 100};
    signer.backend = &signersock_backend;
    signer.self = &sock;
    ask(); /* nobody is there */
    assert_int_equal(r.fault, SIGNER_DOWN);
    assert_ok(ctlsock_open(&server, &loop, path, -1, &handler, &e), e);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        answer = CASES[i].answer;
        /* Only silence is given a short time: a slow machine must not make an answer late. */
        sock.timeout_ms = answer == NULL ? 100 : 60000;
        ask();
        assert_int_equal(r.fault, CASES[i].fault);
        if (strstr(r.err.msg, CASES[i].message) == NULL)
            fail_msg("'%s' lacks '%s'", r.err.msg, CASES[i].message);
    }
    ctlsock_end(unanswered);
    ctlsock_close(&server, on_server_closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_honest_signer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_field_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_key_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(garbage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closing_ends_what_is_under_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_socket, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
