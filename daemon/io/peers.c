/* Connections by address: see peers.h. */
#include "daemon/io/peers.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct peers_slot {
    struct peers_address address;
    unsigned count; /* 0: empty */
};

enum err_code peers_open(struct peers *p, size_t max_connections, struct err *e)
{
    size_t n = 16;
    while (n < 2 * max_connections)
        n *= 2;
    *p = (struct peers){.slots = calloc(n, sizeof *p->slots), .mask = n - 1};
    if (p->slots == NULL)
        return err_set(e, ERR_NOMEM, "no memory to count connections");
    if (getrandom(&p->seed, sizeof p->seed, 0) != sizeof p->seed)
        p->seed = (uint64_t)(uintptr_t)p->slots; /* it only makes collisions hard to aim at */
    return ERR_OK;
}

void peers_close(struct peers *p)
{
    free(p->slots);
    *p = (struct peers){0};
}

struct peers_address peers_address(const struct sockaddr *addr)
{
    static const uint8_t MAPPED[12] = {[10] = 0xff, [11] = 0xff};
    struct peers_address a = {{0}};
    if (addr->sa_family == AF_INET) {
        memcpy(a.b, MAPPED, sizeof MAPPED);
        memcpy(a.b + sizeof MAPPED, &((const struct sockaddr_in *)(const void *)addr)->sin_addr, 4);
    } else if (addr->sa_family == AF_INET6) {
        memcpy(a.b, &((const struct sockaddr_in6 *)(const void *)addr)->sin6_addr, sizeof a.b);
        if (memcmp(a.b, MAPPED, sizeof MAPPED) != 0)
            memset(a.b + 8, 0, 8);
    }
    return a;
}

static size_t home(const struct peers *p, const struct peers_address *a)
{
    uint64_t halves[2];
    memcpy(halves, a->b, sizeof halves);
    uint64_t h = (halves[0] ^ p->seed) * 0x9e3779b97f4a7c15u;
    h = (h ^ (h >> 29) ^ halves[1]) * 0xbf58476d1ce4e5b9u;
    return (size_t)(h >> 32) & p->mask;
}

/* The slot of an address, or the empty one where it would go. The table is never more than half full. */
static size_t find(const struct peers *p, const struct peers_address *a)
{
    size_t at = home(p, a);
    while (p->slots[at].count > 0 && memcmp(p->slots[at].address.b, a->b, sizeof a->b) != 0)
        at = (at + 1) & p->mask;
    return at;
}

unsigned peers_count(const struct peers *p, const struct peers_address *a)
{
    return p->slots[find(p, a)].count;
}

void peers_add(struct peers *p, const struct peers_address *a)
{
    struct peers_slot *s = &p->slots[find(p, a)];
    s->address = *a;
    s->count++;
}

/* Close the gap: whoever would no longer be found moves into it (Knuth, volume 3, 6.4, algorithm R). */
static void close_gap(struct peers *p, size_t gap)
{
    for (size_t at = (gap + 1) & p->mask; p->slots[at].count > 0; at = (at + 1) & p->mask) {
        size_t from = home(p, &p->slots[at].address);
        if (((at - from) & p->mask) < ((at - gap) & p->mask))
            continue;
        p->slots[gap] = p->slots[at];
        p->slots[at].count = 0;
        gap = at;
    }
}

void peers_remove(struct peers *p, const struct peers_address *a)
{
    size_t at = find(p, a);
    assert(p->slots[at].count > 0);
    if (--p->slots[at].count == 0)
        close_gap(p, at);
}

unsigned peers_share(const struct peers_address *a, unsigned max_connections)
{
    static const struct peers_address FRONT = {{[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}}, FRONT6 = {{0}}; /* ::/64 */
    bool is_front = memcmp(a->b, FRONT.b, sizeof a->b) == 0 || memcmp(a->b, FRONT6.b, sizeof a->b) == 0;
    return is_front || max_connections < 1000 ? max_connections : max_connections - max_connections / 10;
}
