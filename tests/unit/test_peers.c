/* Connections by address: beside a plain array, over random comings and goings. */
#include <arpa/inet.h>

#include "daemon/io/peers.h"
#include "tests/harness.h"

#define ADDRESSES 300
#define ROUNDS 100000
#define ROOM 500

static struct peers_address ipv4(unsigned i)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a000000u + i)};
    return peers_address((const struct sockaddr *)(const void *)&in);
}

static struct peers_address ipv6(const char *text)
{
    struct sockaddr_in6 in = {.sin6_family = AF_INET6};
    assert_int_equal(inet_pton(AF_INET6, text, &in.sin6_addr), 1);
    return peers_address((const struct sockaddr *)(const void *)&in);
}

static void counts_like_an_array(void **state)
{
    (void)state;
    struct peers p;
    struct err e;
    unsigned counts[ADDRESSES] = {0}, total = 0;
    uint64_t seed = 7;
    assert_ok(peers_open(&p, ROOM, &e), e);
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned i = (unsigned)(harness_random(&seed) % ADDRESSES);
        struct peers_address a = ipv4(i);
        assert_int_equal(peers_count(&p, &a), counts[i]);
        if (harness_random(&seed) % 2 == 0 && total < ROOM) {
            peers_add(&p, &a);
            counts[i]++, total++;
        } else if (counts[i] > 0) {
            peers_remove(&p, &a);
            counts[i]--, total--;
        }
    }
    for (unsigned i = 0; i < ADDRESSES; i++) {
        struct peers_address a = ipv4(i);
        assert_int_equal(peers_count(&p, &a), counts[i]);
    }
    peers_close(&p);
}

static void who_is_one_client(void **state)
{
    (void)state;
    struct peers_address a = ipv6("2001:db8:1:2:3:4:5:6"), b = ipv6("2001:db8:1:2::1"), c = ipv6("2001:db8:1:3::1");
    struct peers_address mapped = ipv6("::ffff:10.0.0.1"), other = ipv6("::ffff:10.0.0.2"), plain = ipv4(1);
    assert_memory_equal(&a, &b, sizeof a); /* one client's /64 */
    assert_memory_not_equal(&a, &c, sizeof a);
    assert_memory_equal(&mapped, &plain, sizeof mapped);
    assert_memory_not_equal(&mapped, &other, sizeof mapped);
}

static void a_tenth_is_kept_for_others(void **state)
{
    (void)state;
    struct peers_address client = ipv4(1), front = ipv6("::ffff:127.0.0.1"), front6 = ipv6("::1");
    struct peers_address client6 = ipv6("2001:db8::1");
    assert_int_equal(peers_share(&client, 1), 1);
    assert_int_equal(peers_share(&client, 999), 999);
    assert_int_equal(peers_share(&client, 1000), 900);
    assert_int_equal(peers_share(&client6, 12000), 10800);
    assert_int_equal(peers_share(&front, 12000), 12000);
    assert_int_equal(peers_share(&front6, 12000), 12000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_like_an_array),
        cmocka_unit_test(who_is_one_client),
        cmocka_unit_test(a_tenth_is_kept_for_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
