/* Bytes as text in the two bases that credentials use: base58btc ("z…", the Bitcoin alphabet) and
 * base64url without padding ("u…", RFC 4648 section 5). The prefix letter is that of Multibase. */
#ifndef COMMON_MULTIBASE_H
#define COMMON_MULTIBASE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/limits.h"

#define MULTIBASE_MAX_BASE58 LIMITS_PROOF_VALUE_BYTES /* bytes; see common/limits.h */

/** Room for the text of len bytes in base58btc, prefix and NUL included. */
#define MULTIBASE_BASE58_ROOM(len) ((len) * 138 / 100 + 4)

/** Room for the bytes of a text of len characters in either base. */
#define MULTIBASE_BYTES_ROOM(len) (len)

/** Write "z…" and a NUL.
 *  Shapes:  text  MULTIBASE_BASE58_ROOM(len) bytes
 *           len   at most MULTIBASE_MAX_BASE58 (asserted: a longer value is a bug of the caller)
 *  Returns: the length of the text.
 *  Cost:    about 10 microseconds for 1.1 KiB, the size of a usual proof, with AVX2, and 15 without; it grows faster
 *           than the length.
 */
size_t multibase_base58(char *text, const uint8_t *bytes, size_t len);

/** Read "z…" or "u…".
 *
 *  Shapes:  bytes  MULTIBASE_BYTES_ROOM(len) bytes
 *  Returns: ERR_OK; ERR_UNSUPPORTED another prefix; ERR_LIMIT base58btc that would be longer than
 *           MULTIBASE_MAX_BASE58; ERR_PARSE a character that does not belong, or left-over bits.
 */
enum err_code multibase_decode(uint8_t *bytes, size_t *ret_len, const char *text, size_t len,
                               struct err *e) __attribute__((warn_unused_result));

/** Read base64url without padding and without prefix, as JOSE writes it. As multibase_decode(). */
enum err_code multibase_base64url(uint8_t *bytes, size_t *ret_len, const char *text, size_t len,
                                  struct err *e) __attribute__((warn_unused_result));

#endif
