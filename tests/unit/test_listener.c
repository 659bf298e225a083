/* Listening sockets: addresses, ports of the kernel, inherited ones. */
#include "tests/harness.h"
#include "tests/looprun.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/io/listener.h"
#include "tests/rawclient.h"

static uv_loop_t loop;
static struct listener l;
static unsigned n_accepted, n_closed;

static void on_accept(struct listener *listener, int fd, const struct sockaddr *addr, socklen_t len)
{
    (void)listener;
    assert_true(addr->sa_family == AF_INET || addr->sa_family == AF_INET6);
    assert_true(len >= sizeof(struct sockaddr_in));
    close(fd);
    n_accepted++;
}

static void on_closed(struct listener *listener)
{
    (void)listener;
    n_closed++;
}

static int set_up(void **state)
{
    (void)state;
    uv_loop_init(&loop);
    n_accepted = n_closed = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    return 0;
}

static void serves(const char *address, int fd, const char *prefix)
{
    struct err e;
    struct rawclient c[3];
    assert_ok(listener_open(&l, &loop, address, fd, &e), e);
    assert_memory_equal(l.address, prefix, strlen(prefix));
    assert_true(strtoul(strrchr(l.address, ':') + 1, NULL, 10) > 0);
    listener_start(&l, on_accept);
    for (size_t i = 0; i < 3; i++)
        rawclient_open(&c[i], &loop, l.address);
    looprun_count(&loop, &n_accepted, 3);
    for (size_t i = 0; i < 3; i++)
        rawclient_close(&c[i]);
    listener_close(&l, on_closed);
    looprun_count(&loop, &n_closed, 1);
}

static void ipv4(void **state)
{
    (void)state;
    serves("127.0.0.1:0", -1, "127.0.0.1:");
}

static void by_name(void **state)
{
    (void)state;
    struct err e;
    assert_ok(listener_open(&l, &loop, "localhost:0", -1, &e), e);
    listener_close(&l, on_closed);
}

static void ipv6(void **state)
{
    (void)state;
    int probe = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 addr = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool has_ipv6 = probe >= 0 && bind(probe, (struct sockaddr *)&addr, sizeof addr) == 0;
    close(probe);
    if (!has_ipv6)
        skip();
    serves("[::1]:0", -1, "[::1]:");
}

static int some_socket(bool is_listening)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof addr), 0);
    if (is_listening)
        assert_int_equal(listen(fd, 5), 0);
    return fd;
}

static void inherited(void **state)
{
    (void)state;
    struct err e;
    serves(NULL, some_socket(true), "127.0.0.1:");
    int fd = some_socket(false);
    assert_err(listener_open(&l, &loop, NULL, fd, &e), ERR_INVALID);
    close(fd);
}

static void bad_addresses(void **state)
{
    (void)state;
    struct err e;
    static const struct {
        const char *address;
        enum err_code code;
    } CASES[] = {
        {"", ERR_INVALID},
        {"127.0.0.1", ERR_INVALID},
        {":80", ERR_INVALID},
        {"127.0.0.1:", ERR_INVALID},
        {"127.0.0.1:http", ERR_INVALID},
        {"127.0.0.1:65536", ERR_INVALID},
        {"127.0.0.1:-1", ERR_INVALID},
        {"::1:80", ERR_INVALID},
        {"[]:80", ERR_INVALID},
        {"[::1:80", ERR_INVALID},
        {HARNESS_NO_HOST ":80", ERR_NOT_FOUND},
        {"192.0.2.1:80", ERR_IO}, /* not an address of this machine */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_err(listener_open(&l, &loop, CASES[i].address, -1, &e), CASES[i].code);
}

static void port_is_taken(void **state)
{
    (void)state;
    struct err e;
    struct listener other;
    assert_ok(listener_open(&l, &loop, "127.0.0.1:0", -1, &e), e);
    assert_err(listener_open(&other, &loop, l.address, -1, &e), ERR_IO);
    assert_non_null(strstr(e.msg, l.address));
    listener_close(&l, on_closed);
}

static bool pauses(void *arg)
{
    (void)arg;
    return uv_is_active((uv_handle_t *)&l.pause);
}

/* Out of descriptors: it waits a little instead of spinning, then accepts what has been waiting. */
static void out_of_descriptors(void **state)
{
    (void)state;
    struct err e;
    struct rlimit lim, low;
    struct rawclient c;
    assert_ok(listener_open(&l, &loop, "127.0.0.1:0", -1, &e), e);
    listener_start(&l, on_accept);
    rawclient_open(&c, &loop, l.address);
    getrlimit(RLIMIT_NOFILE, &lim);
    low = (struct rlimit){.rlim_cur = (rlim_t)c.fd + 1, .rlim_max = lim.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    looprun_until(&loop, pauses, NULL);
    assert_false(uv_is_active((uv_handle_t *)&l.poll));
    assert_int_equal(n_accepted, 0);
    setrlimit(RLIMIT_NOFILE, &lim);
    looprun_count(&loop, &n_accepted, 1);
    rawclient_close(&c);
    listener_close(&l, on_closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(ipv4),
        T(by_name),
        T(ipv6),
        T(inherited),
        T(bad_addresses),
        T(port_is_taken),
        T(out_of_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
