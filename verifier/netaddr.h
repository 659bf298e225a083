/* Which network addresses a URL from a document may lead to: only public ones. Pure.
 *
 * Refused: this host and its network, private ranges, carrier NAT, link-local (the metadata service of
 * clouds), multicast, documentation, benchmarking and reserved ranges, and IPv6 forms that carry such an
 * IPv4 address (mapped, 6to4, NAT64). Source: the IANA special-purpose address registries (RFC 6890). */
#ifndef VERIFIER_NETADDR_H
#define VERIFIER_NETADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/** In: four bytes, as in the packet. */
bool netaddr_is_public_v4(const uint8_t ip[static 4]);

/** In: sixteen bytes, as in the packet. */
bool netaddr_is_public_v6(const uint8_t ip[static 16]);

/** False for every other family too. */
bool netaddr_is_public(const struct sockaddr *address);

/** In: text  "192.0.2.1" or "2001:db8::1"; false if it is neither. */
bool netaddr_is_public_text(const char *text);

#endif
