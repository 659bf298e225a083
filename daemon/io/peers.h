/* How many connections each address holds, so that one client cannot take them all.
 *
 * Thread: one only. */
#ifndef DAEMON_IO_PEERS_H
#define DAEMON_IO_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/err.h"

/* An IPv4 address as IPv6 writes it (RFC 4291 section 2.5.5.2); of IPv6 the first 64 bits, since that is what one
 * client is given (RFC 6177). */
struct peers_address {
    uint8_t b[16];
};

struct peers {
    struct peers_slot *slots; /* owned; open addressing */
    size_t mask;
    uint64_t seed;
};

/** Room for so many connections. Returns: ERR_OK; ERR_NOMEM. */
enum err_code peers_open(struct peers *p, size_t max_connections, struct err *e) __attribute__((warn_unused_result));
void peers_close(struct peers *p);

/** All zeros for what is neither IPv4 nor IPv6: such peers share one count. */
struct peers_address peers_address(const struct sockaddr *addr);

unsigned peers_count(const struct peers *p, const struct peers_address *a);
void peers_add(struct peers *p, const struct peers_address *a);
/** Only what was added. */
void peers_remove(struct peers *p, const struct peers_address *a);

/** What one address may hold: all but a tenth, which is kept for others where there are a thousand or more. From
 *  127.0.0.1 and ::1 comes the front server, which speaks for many: it may hold all. */
unsigned peers_share(const struct peers_address *a, unsigned max_connections);

#endif
