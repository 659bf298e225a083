/* The client side of a node's HTTP API, and the submit command on top of it, against a scripted server. */
#include "tests/harness.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/hex.h"
#include "common/sha256.h"
#include "tests/sample.h"
#include "tests/scriptserver.h"
#include "verifier/node.h"
#include "verifier/submit.h"

static struct fetch fetch;

static int start(void **state)
{
    (void)state;
    struct err e;
    signal(SIGPIPE, SIG_IGN);
    return fetch_open(&fetch, &e) == ERR_OK ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    fetch_close(&fetch);
    return 0;
}

/* -- One exchange --------------------------------------------------------------------------- */

static enum err_code post_to(const char *url, const char *token, struct err *e)
{
    struct node node = {.fetch = &fetch, .url = url, .token = token};
    struct node_hash hash = {.rule = PROOF_RULE_BYTES};
    enum err_code rc = node_post(&node, &hash, 1, e);
    node_close(&node);
    return rc;
}

static void refusals_have_codes(void **state)
{
    (void)state;
    static const struct {
        struct scriptserver_line line;
        enum err_code code;
        const char *message;
    } CASES[] = {
        {{202, "{}"}, ERR_OK, NULL},
        {{200, "{}"}, ERR_OK, NULL},
        {{401, "{\"code\":\"no-token\",\"title\":\"A token is needed\"}"},
         ERR_DENIED,
         "401 no-token: A token is needed"},
        {{403, "{}"}, ERR_DENIED, "answers 403"},
        {{400, "{\"code\":\"bad-hash\",\"detail\":\"line 3:\\u001b[2J not hex\"}"},
         ERR_INVALID,
         "400 bad-hash: line 3: [2J not hex"},
        {{413, "<html>too large</html>"}, ERR_INVALID, "answers 413"},
        {{503, "{\"retryAfter\":7}"}, ERR_BUSY, "answers 503"},
        {{507, ""}, ERR_BUSY, "answers 507"},
        {{302, ""}, ERR_INVALID, "answers 302"},
        {{0, "SSH-2.0-OpenSSH_9.2\r\n"}, ERR_IO, NULL},
        {{0, ""}, ERR_IO, NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct scriptserver server;
        struct err e = {0};
        scriptserver_open(&server, &CASES[i].line, 1);
        enum err_code rc = post_to(server.url, "tok-en", &e);
        scriptserver_wait(&server);
        if (rc != CASES[i].code ||
            (CASES[i].message != NULL && strstr(e.msg, CASES[i].message) == NULL))
            fail_msg("case %zu: %s, %s", i, err_name(rc), e.msg);
        assert_non_null(strstr(server.requests[0], "POST /v1/hashes HTTP/1.1"));
        assert_non_null(strstr(server.requests[0], "Authorization: Bearer tok-en\r\n"));
        assert_null(strstr(e.msg, "tok-en"));
        scriptserver_close(&server);
    }
}

static void nobody_listens(void **state)
{
    (void)state;
    struct err e;
    char address[HARNESS_ADDRESS_LEN], url[64];
    int closed = harness_closed_port(address);
    snprintf(url, sizeof url, "http://%s", address);
    assert_err(post_to(url, NULL, &e), ERR_IO);
    assert_non_null(strstr(e.msg, address));
    close(closed);
    assert_err(post_to("gopher://127.0.0.1", NULL, &e), ERR_INVALID);
}

static void silence_and_floods_end(void **state)
{
    (void)state;
    static const struct scriptserver_line SCRIPT[] = {{-1, ""}, {200, "0123456789"}};
    struct scriptserver server;
    struct fetch_reply reply = {0};
    struct err e;
    scriptserver_open(&server, SCRIPT, 2);
    struct fetch_request request = {
        .url = server.url, .trust = FETCH_OF_USER, .max_reply = 9, .timeout_ms = 100};
    assert_err(fetch_do(&fetch, &request, &reply, &e), ERR_TIMEOUT);
    request.timeout_ms = 0;
    assert_err(fetch_do(&fetch, &request, &reply, &e), ERR_LIMIT);
    text_done(&reply.body);
    scriptserver_close(&server);
}

static void hosts_are_named_without_secrets(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"https://user:pass@node.example:8545/key?x=1", "node.example:8545"},
        {"http://node.example", "node.example"},
        {"http://node.example?key=secret", "node.example"},
        {"node.example/secret", "node.example"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char host[160];
        fetch_host(host, sizeof host, CASES[i][0]);
        assert_string_equal(host, CASES[i][1]);
    }
}

/* -- Proofs --------------------------------------------------------------------------------- */

static char *proof_text(const struct hash32 *target, enum proof_status status)
{
    struct seal_address registry = {{1}}, issuer = {{2}};
    struct seal_genesis genesis = sample_genesis(&registry, &issuer);
    struct sample batch = sample_batch(&genesis, NULL, 3, target, 7);
    struct proof proof = sample_proof(&batch, 0);
    struct text t = {0};
    struct err e;
    sample_anchor(&proof, NULL, 0)->chain_id = 31337; /* one that MerkleProof2019 cannot name */
    proof.status = status;
    assert_ok(proof_write(&t, &proof, &e), e);
    proof_done(&proof);
    sample_done(&batch);
    return text_steal(&t);
}

static void proofs_must_be_of_the_hash(void **state)
{
    (void)state;
    struct hash32 target = sha256("a", 1), other = sha256("b", 1);
    char *good = proof_text(&target, PROOF_FINAL), *broken = strdup(good);
    strstr(broken, "merkleRoot\":\"")[13] ^= 1; /* still hex */
    const struct scriptserver_line script[] = {{200, good},     {200, good},
                                               {200, broken},   {200, "{}"},
                                               {200, "<html>"}, {409, "{\"retryAfter\":3}"},
                                               {404, "{}"},     {410, "{}"}};
    static const enum err_code EXPECTED[] = {ERR_OK, ERR_PARSE, ERR_PARSE, ERR_INVALID, ERR_PARSE,
                                             ERR_NOT_YET, ERR_NOT_FOUND, ERR_GONE};
    struct scriptserver server;
    scriptserver_open(&server, script, 8);
    struct node node = {.fetch = &fetch, .url = server.url};
    for (size_t i = 0; i < 8; i++) {
        struct proof proof;
        struct slice text;
        struct err e;
        unsigned wait = 0;
        enum err_code rc = node_proof(&node, i == 1 ? &other : &target, &proof, &text, &wait, &e);
        assert_err(rc, EXPECTED[i]);
        if (rc == ERR_OK) {
            assert_memory_equal(text.data, good, text.len);
            proof_done(&proof);
        }
        if (rc == ERR_NOT_YET)
            assert_int_equal(wait, 3);
    }
    node_close(&node);
    scriptserver_close(&server);
    free(good), free(broken);
}

/* -- The command ---------------------------------------------------------------------------- */

/* Run `submit` with these arguments; what it prints is not looked at. */
static int submit(int argc, char **argv)
{
    int out = dup(1), err = dup(2), quiet = open("/dev/null", O_WRONLY);
    fflush(stdout);
    dup2(quiet, 1), dup2(quiet, 2);
    optind = 0; /* getopt starts anew */
    int exit = submit_command.run(&submit_command, argc, argv);
    fflush(stdout);
    dup2(out, 1), dup2(err, 2);
    close(out), close(err), close(quiet);
    return exit;
}
#define SUBMIT(...) \
    submit(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *), (char *[]){__VA_ARGS__, NULL})

static void submit_writes_the_proofs(void **state)
{
    (void)state;
    struct hash32 a = sha256("one", 3), b = sha256("two", 3);
    char *file_a = harness_put("one.pdf", "one"), *file_b = harness_put("two.pdf", "two"), *folder = harness_path("proofs");
    char *proof_a = proof_text(&a, PROOF_FINAL), *proof_b = proof_text(&b, PROOF_FINAL);
    const struct scriptserver_line script[] = {
        {202, "{\"accepted\":2,\"duplicates\":0}"}, {200, proof_a}, {200, proof_b}};
    struct scriptserver server;
    scriptserver_open(&server, script, 3);
    char url[80];
    snprintf(url, sizeof url, "%s/", server.url); /* a slash at the end is no harm */
    assert_int_equal(SUBMIT("submit", "--node", url, "-o", folder, file_a, file_b), 0);
    scriptserver_wait(&server);
    assert_non_null(strstr(server.requests[0], "application/x-ndjson"));
    char hex[65];
    hex_encode(hex, a.b, 32);
    assert_non_null(strstr(strstr(server.requests[0], "\r\n\r\n"), hex));
    assert_non_null(strstr(server.requests[1], hex));
    char *written = harness_read(harness_path("proofs/one.pdf.proof.json"), NULL);
    assert_string_equal(written, proof_a);
    free(written);
    written = harness_read(harness_path("proofs/two.pdf.proof.json"), NULL);
    assert_string_equal(written, proof_b);
    free(written), free(proof_a), free(proof_b);
    scriptserver_close(&server);
}

static void submit_never_writes_a_wrong_proof(void **state)
{
    (void)state;
    struct hash32 other = sha256("other", 5);
    char *file = harness_put("three.pdf", "three"), *proof = proof_text(&other, PROOF_FINAL);
    const struct scriptserver_line script[] = {{202, "{}"}, {200, proof}};
    struct scriptserver server;
    scriptserver_open(&server, script, 2);
    assert_int_equal(
        SUBMIT("submit", "--node", server.url, "--wait", "-o", (char *)harness_folder(), file), 2);
    assert_int_not_equal(access(harness_path("three.pdf.proof.json"), F_OK), 0);
    scriptserver_close(&server);
    free(proof);
}

static void submit_leaves_out_what_it_cannot_read(void **state)
{
    (void)state;
    char *file = harness_put("four.pdf", "four");
    static const struct scriptserver_line SCRIPT[] = {{202, "{}"}};
    struct scriptserver server;
    scriptserver_open(&server, SCRIPT, 1);
    assert_int_equal(SUBMIT("submit", "--node", server.url, "/nonexistent", file), 66);
    scriptserver_wait(&server); /* the other one was sent all the same */
    assert_non_null(strstr(server.requests[0], "application/json"));
    scriptserver_close(&server);
    assert_int_equal(SUBMIT("submit", "--node", "http://127.0.0.1:1", "/nonexistent"),
                     66); /* nobody is asked */
}

static void submit_sends_the_token_of_the_file(void **state)
{
    (void)state;
    char *file = harness_put("five.pdf", "five"), *token = harness_put("token", "s3cret\n");
    static const struct scriptserver_line SCRIPT[] = {{202, "{}"}};
    struct scriptserver server;
    scriptserver_open(&server, SCRIPT, 1);
    assert_int_equal(SUBMIT("submit", "--node", server.url, "--token-file", token, file), 0);
    scriptserver_wait(&server);
    assert_non_null(strstr(server.requests[0], "Authorization: Bearer s3cret\r\n"));
    scriptserver_close(&server);
    harness_put("token", "two words\n");
    assert_int_equal(SUBMIT("submit", "--token-file", token, file), 64);
    assert_int_equal(SUBMIT("submit", "--token-file", "/nonexistent", file), 66);
}

static void submit_usage(void **state)
{
    (void)state;
    char *file = harness_put("six.pdf", "six");
    assert_int_equal(SUBMIT("submit"), 64);
    assert_int_equal(SUBMIT("submit", "--node", "ftp://x", file), 64);
    assert_int_equal(SUBMIT("submit", "--wait=soon", file), 64);
    assert_int_equal(SUBMIT("submit", "--nonsense", file), 64);
    assert_int_equal(SUBMIT("submit", "-o", (char *)harness_folder(), file, file),
                     64); /* one name twice */
    assert_int_equal(SUBMIT("submit", "--help"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_have_codes),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(silence_and_floods_end),
        cmocka_unit_test(hosts_are_named_without_secrets),
        cmocka_unit_test(proofs_must_be_of_the_hash),
        cmocka_unit_test(submit_writes_the_proofs),
        cmocka_unit_test(submit_never_writes_a_wrong_proof),
        cmocka_unit_test(submit_leaves_out_what_it_cannot_read),
        cmocka_unit_test(submit_sends_the_token_of_the_file),
        cmocka_unit_test(submit_usage),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
