/* Which addresses a document's URL may lead to: the edges of every closed range. */
#include "tests/harness.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "verifier/netaddr.h"

static const struct {
    const char *text;
    bool is_public;
} CASES[] = {
    {"8.8.8.8", true},          {"1.0.0.1", true},          {"0.0.0.0", false},
    {"0.255.255.255", false},   {"9.255.255.255", true},    {"10.0.0.0", false},
    {"10.255.255.255", false},  {"11.0.0.0", true},         {"100.63.255.255", true},
    {"100.64.0.0", false},      {"100.127.255.255", false}, {"100.128.0.0", true},
    {"126.255.255.255", true},  {"127.0.0.1", false},       {"127.255.255.255", false},
    {"128.0.0.0", true},        {"169.253.255.255", true},  {"169.254.169.254", false},
    {"169.255.0.0", true},      {"172.15.255.255", true},   {"172.16.0.0", false},
    {"172.31.255.255", false},  {"172.32.0.0", true},       {"192.0.0.255", false},
    {"192.0.1.0", true},        {"192.0.2.1", false},       {"192.88.99.1", false},
    {"192.167.255.255", true},  {"192.168.0.1", false},     {"192.169.0.0", true},
    {"198.17.255.255", true},   {"198.18.0.0", false},      {"198.19.255.255", false},
    {"198.20.0.0", true},       {"198.51.100.7", false},    {"203.0.113.7", false},
    {"223.255.255.255", true},  {"224.0.0.1", false},       {"239.1.2.3", false},
    {"240.0.0.1", false},       {"255.255.255.255", false},
    {"2606:4700::1111", true},  {"::", false},              {"::1", false},
    {"::ffff:8.8.8.8", true},   {"::ffff:127.0.0.1", false}, {"::ffff:10.0.0.1", false},
    {"::8.8.8.8", false},       {"64:ff9b::8.8.8.8", true}, {"64:ff9b::169.254.169.254", false},
    {"64:ff9b:1::1", false},    {"100::1", false},          {"2001::1", false},
    {"2001:1ff:ffff::", false}, {"2001:200::", true},       {"2001:db8::1", false},
    {"2001:db9::1", true},      {"2002:808:808::1", true},  {"2002:7f00:1::1", false},
    {"2002:a9fe:a9fe::", false}, {"3fff:fff::1", false},    {"3fff:1000::1", true},
    {"4000::1", false},         {"fc00::1", false},         {"fd00:ec2::254", false},
    {"fe80::1", false},         {"fec0::1", false},         {"ff02::1", false},
    {"1.2.3", false},           {"localhost", false},       {"", false},
};

static void ranges(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        if (netaddr_is_public_text(CASES[i].text) != CASES[i].is_public)
            fail_msg("%s", CASES[i].text);
}

static void sockets(void **state)
{
    (void)state;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr other = {.sa_family = AF_UNIX};
    inet_pton(AF_INET, "8.8.8.8", &v4.sin_addr);
    assert_true(netaddr_is_public((struct sockaddr *)&v4));
    inet_pton(AF_INET, "192.168.1.1", &v4.sin_addr);
    assert_false(netaddr_is_public((struct sockaddr *)&v4));
    inet_pton(AF_INET6, "2606:4700::1", &v6.sin6_addr);
    assert_true(netaddr_is_public((struct sockaddr *)&v6));
    inet_pton(AF_INET6, "fe80::1", &v6.sin6_addr);
    assert_false(netaddr_is_public((struct sockaddr *)&v6));
    assert_false(netaddr_is_public(&other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ranges), cmocka_unit_test(sockets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
