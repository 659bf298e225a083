/* httpd with TLS, by a certificate made here, driven by libcurl on a thread of its own. */
#include "tests/httpd_fixture.h"
#include "tests/looprun.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct httpd_fixture f;
static char cert_path[200], key_path[200];

static void write_certificate(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_NAME *name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(x, san, -1);
    X509_set_pubkey(x, key);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    snprintf(cert_path, sizeof cert_path, "%s/cert.pem", harness_folder());
    snprintf(key_path, sizeof key_path, "%s/key.pem", harness_folder());
    FILE *c = fopen(cert_path, "w"), *k = fopen(key_path, "w");
    PEM_write_X509(c, x);
    PEM_write_PrivateKey(k, key, NULL, NULL, 0, NULL, NULL);
    fclose(c);
    fclose(k);
    X509_EXTENSION_free(san);
    X509_free(x);
    EVP_PKEY_free(key);
}

static int init(void **state)
{
    (void)state;
    httpd_fixture_init(&f);
    if (cert_path[0] == '\0')
        write_certificate();
    f.config.tls_cert = cert_path;
    f.config.tls_key = key_path;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    httpd_fixture_stop(&f);
    return 0;
}

/* ---- a client on a thread ---- */

static uv_async_t over;
static unsigned n_over;
static long statuses[3];
static size_t n_received[3];

static size_t on_data(char *data, size_t size, size_t n, void *ctx)
{
    (void)data;
    *(size_t *)ctx += size * n;
    return size * n;
}

static void ask(CURL *easy, int i, const char *path, const char *body, long body_len)
{
    char url[128];
    snprintf(url, sizeof url, "https://%s%s", httpd_address(&f.server), path);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &n_received[i]);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, body_len);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    if (curl_easy_perform(easy) == CURLE_OK)
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &statuses[i]);
}

static void *talk(void *arg)
{
    static char large[3 << 20];
    (void)arg;
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_CAINFO, cert_path);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, 120L);
    curl_easy_setopt(easy, CURLOPT_EXPECT_100_TIMEOUT_MS, 120000L); /* it sends no large body unasked */
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
    ask(easy, 0, "/later", "hello", 5);
    ask(easy, 1, "/large", "", 0);
    ask(easy, 2, "/echo", large, sizeof large);
    curl_easy_cleanup(easy);
    uv_async_send(&over);
    return NULL;
}

static void on_over(uv_async_t *async)
{
    n_over++;
    uv_close((uv_handle_t *)async, NULL);
}

static void over_tls(void **state)
{
    (void)state;
    pthread_t thread;
    httpd_fixture_start(&f);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    uv_async_init(&f.loop, &over, on_over);
    assert_int_equal(pthread_create(&thread, NULL, talk, NULL), 0);
    httpd_fixture_hold(&f, 1);
    httpd_fixture_answer(&f, 0, "later");
    looprun_count(&f.loop, &n_over, 1);
    pthread_join(thread, NULL);
    curl_global_cleanup();
    assert_int_equal(statuses[0], 200);
    assert_int_equal(n_received[0], 5);
    assert_int_equal(statuses[1], 200);
    assert_int_equal(n_received[1], HTTPD_FIXTURE_LARGE);
    assert_int_equal(statuses[2], 413);
}

/* Nothing can be said to a client that does not finish its handshake, but it is cut. */
static void half_a_handshake(void **state)
{
    (void)state;
    struct rawclient c;
    f.config.request_timeout_ms = 120;
    httpd_fixture_start(&f);
    rawclient_open(&c, &f.loop, httpd_address(&f.server));
    rawclient_send(&c, "\x16\x03\x01\x02", 4);
    rawclient_wait_closed(&c);
    assert_int_equal(c.in_len, 0);
    rawclient_close(&c);
    rawclient_open(&c, &f.loop, httpd_address(&f.server));
    rawclient_say(&c, "GET /info HTTP/1.1\r\nHost: a\r\n\r\n"); /* not TLS at all */
    rawclient_wait_closed(&c);
    assert_int_equal(f.n_headers, 0);
    rawclient_close(&c);
}

static void bad_material(void **state)
{
    (void)state;
    struct err e;
    char empty[200];
    snprintf(empty, sizeof empty, "%s/empty.pem", harness_folder());
    fclose(fopen(empty, "w"));
    f.config.tls_key = "/no/such/key.pem";
    assert_err(httpd_open(&f.server, &f.loop, &f.config, &e), ERR_IO);
    assert_non_null(strstr(e.msg, "/no/such/key.pem"));
    f.config.tls_key = empty;
    assert_err(httpd_open(&f.server, &f.loop, &f.config, &e), ERR_INVALID);
    f.config.tls_key = cert_path; /* a certificate is no key */
    assert_err(httpd_open(&f.server, &f.loop, &f.config, &e), ERR_INVALID);
    f.config.tls_key = NULL;
    assert_err(httpd_open(&f.server, &f.loop, &f.config, &e), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, init, stop)
        T(over_tls),
        T(half_a_handshake),
        T(bad_material),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
