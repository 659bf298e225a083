/* ZIP archives in memory, by their central directory: stored and deflated members, each checked by its
 * CRC. Names are labels: nothing is ever written to a path. A member whose local header says anything else than the
 * directory (name, method, encryption, lengths, CRC) is damaged: two programs would see two documents. Pure.
 *
 * Not read, and said so: encrypted members, other methods, archives of several parts, ZIP64. Source: PKWARE
 * APPNOTE 6.3.10. */
#ifndef VERIFIER_WRAP_ZIP_H
#define VERIFIER_WRAP_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/err.h"
#include "common/text.h"

struct zip {
    struct slice file;  /* borrowed */
    struct slice index; /* the central directory from the next member on */
    size_t shift;       /* bytes in front of the archive */
    size_t left;        /* members still to come */
};

struct zip_member {
    struct slice name; /* as written; may hold anything */
    bool is_folder;
    uint16_t flags, method;
    uint32_t crc, packed_len, len, offset;
};

/** True if it begins like one. */
bool zip_is(struct slice file);

/** Find the central directory.
 *  Returns: ERR_OK; ERR_PARSE damaged or cut off; ERR_UNSUPPORTED ZIP64 or several parts; ERR_LIMIT more
 *           than LIMITS_ZIP_MEMBERS members. */
enum err_code zip_open(struct zip *ret, struct slice file, struct err *e)
    __attribute__((warn_unused_result));

/** The next member.
 *  Returns: ERR_OK; ERR_NOT_FOUND there is none left; ERR_PARSE the directory is damaged. */
enum err_code zip_next(struct zip *zip, struct zip_member *ret, struct err *e)
    __attribute__((warn_unused_result));

/** Append the content of a member.
 *  In:      max  bytes
 *  Returns: ERR_OK; ERR_LIMIT longer; ERR_UNSUPPORTED encrypted, or another method; ERR_PARSE damaged.
 *           On failure a part of it may have been appended. */
enum err_code zip_read(const struct zip *zip, const struct zip_member *member, size_t max,
                       struct text *out, struct err *e) __attribute__((warn_unused_result));

#endif
