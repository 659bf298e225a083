/* Amounts of the chain in wei: as people write them ("20gwei") and as nodes write them ("0x1a"). */
#ifndef COMMON_WEI_H
#define COMMON_WEI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/* 128 bits: 10^20 ether. The chain's own 256 bits are cut to WEI_MAX where they come in. */
typedef unsigned __int128 wei;

#define WEI_MAX (~(wei)0)
#define WEI_PER_GWEI ((wei)1000000000)
#define WEI_PER_ETHER (WEI_PER_GWEI * WEI_PER_GWEI)

#define WEI_TEXT_LEN 48     /* the longest text of wei_format, with its NUL */
#define WEI_QUANTITY_LEN 35 /* the longest text of wei_to_quantity, with its NUL */

/** Sum and product; WEI_MAX if it does not fit. */
wei wei_add(wei a, wei b);
wei wei_mul(wei a, wei b);

/** Read an amount as an operator writes it: digits, perhaps a fraction, then wei, gwei or ether.
 *
 *  In:      text  e.g. "20gwei", "0.1gwei", "0.05ether", "3wei"; no spaces, no sign
 *  Returns: ERR_OK; ERR_PARSE not such a text; ERR_INVALID a fraction of a wei;
 *           ERR_LIMIT more than 128 bits. The message does not repeat the text.
 */
enum err_code wei_parse(wei *ret, const char *text, struct err *e)
    __attribute__((warn_unused_result));

/** Write an amount so that wei_parse reads the same one back: ether from 0.001 ether on, gwei from
 *  0.001 gwei on, else wei. */
void wei_format(char text[static WEI_TEXT_LEN], wei amount);

/** Read a JSON-RPC quantity: 0x and 1 to 64 hex digits without leading zeros ("0x0" is zero).
 *
 *  Out:     ret  32 bytes big-endian; a wei, WEI_MAX if it is larger; a u64
 *  Returns: false if it is no quantity, or does not fit 64 bits (ret is then untouched).
 *  Source:  Ethereum execution-apis, "Hex encoding".
 */
bool wei_quantity_bytes(uint8_t ret[static 32], const char *text, size_t len)
    __attribute__((warn_unused_result));
bool wei_quantity(wei *ret, const char *text, size_t len) __attribute__((warn_unused_result));
bool wei_quantity_u64(uint64_t *ret, const char *text, size_t len)
    __attribute__((warn_unused_result));

/** Write a JSON-RPC quantity. */
void wei_to_quantity(char text[static WEI_QUANTITY_LEN], wei amount);

/** The number in 32 big-endian bytes, WEI_MAX if it is larger; and back. */
wei wei_from_bytes(const uint8_t bytes[static 32]);
void wei_to_bytes(uint8_t ret[static 32], wei amount);

#endif
