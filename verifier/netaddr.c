/* Public addresses and others: see netaddr.h. */
#include "verifier/netaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

/* A range by its first bytes and how many bits of them count. */
struct range {
    uint8_t bytes[8];
    unsigned bits;
};

static bool in_range(const uint8_t *ip, const struct range *range)
{
    for (unsigned i = 0; i < range->bits; i++)
        if (((ip[i / 8] ^ range->bytes[i / 8]) >> (7 - i % 8) & 1) != 0)
            return false;
    return true;
}

static bool in_any(const uint8_t *ip, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (in_range(ip, &ranges[i]))
            return true;
    return false;
}

bool netaddr_is_public_v4(const uint8_t ip[static 4])
{
    static const struct range CLOSED[] = {
        {{0}, 8},              /* this network */
        {{10}, 8},             /* private */
        {{100, 64}, 10},       /* carrier NAT */
        {{127}, 8},            /* loopback */
        {{169, 254}, 16},      /* link-local, metadata services */
        {{172, 16}, 12},       /* private */
        {{192, 0, 0}, 24},     /* protocol assignments */
        {{192, 0, 2}, 24},     /* documentation */
        {{192, 88, 99}, 24},   /* 6to4 relays */
        {{192, 168}, 16},      /* private */
        {{198, 18}, 15},       /* benchmarking */
        {{198, 51, 100}, 24},  /* documentation */
        {{203, 0, 113}, 24},   /* documentation */
        {{224}, 3},            /* multicast, reserved, broadcast */
    };
    return !in_any(ip, CLOSED, sizeof CLOSED / sizeof CLOSED[0]);
}

bool netaddr_is_public_v6(const uint8_t ip[static 16])
{
    static const struct range GLOBAL = {{0x20}, 3};
    static const struct range CLOSED[] = {
        {{0x20, 0x01, 0x00, 0x00}, 23}, /* protocol assignments, Teredo */
        {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
        {{0x3f, 0xff, 0x00}, 20},       /* documentation */
    };
    static const struct range SIX_TO_FOUR = {{0x20, 0x02}, 16};
    static const uint8_t NAT64[12] = {0x00, 0x64, 0xff, 0x9b}, MAPPED[12] = {[10] = 0xff, [11] = 0xff};
    if (memcmp(ip, NAT64, sizeof NAT64) == 0 || memcmp(ip, MAPPED, sizeof MAPPED) == 0)
        return netaddr_is_public_v4(ip + 12);
    if (in_range(ip, &SIX_TO_FOUR))
        return netaddr_is_public_v4(ip + 2);
    return in_range(ip, &GLOBAL) && !in_any(ip, CLOSED, sizeof CLOSED / sizeof CLOSED[0]);
}

bool netaddr_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return netaddr_is_public_v4((const uint8_t *)&v4.sin_addr);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        return netaddr_is_public_v6(v6.sin6_addr.s6_addr);
    }
    return false;
}

bool netaddr_is_public_text(const char *text)
{
    uint8_t ip[16];
    if (inet_pton(AF_INET, text, ip) == 1)
        return netaddr_is_public_v4(ip);
    return inet_pton(AF_INET6, text, ip) == 1 && netaddr_is_public_v6(ip);
}
