/* Evidence as the JSON object of a proof document: written, and read strictly.
 *
 * {"version":1,"genesisBlock":"0x…","header":"0x…","txIndex":3,"tx":"0x…","txProof":["0x…"],
 *  "receipt":"0x…","receiptProof":["0x…"],"links":[…]}
 * receipt and receiptProof may be absent together. A link is {"headers":["0x…"]} or
 * {"eip2935":{"header":"0x…","accountProof":["0x…"],"storageProof":["0x…"]}}.
 * Source: design.md section 2. */
#ifndef COMMON_EVIDENCEJSON_H
#define COMMON_EVIDENCEJSON_H

#include <stddef.h>

#include "common/err.h"
#include "common/evidence.h"
#include "common/text.h"

/** Append the object, without spaces or newline.
 *  Returns: ERR_OK; ERR_NOMEM. */
enum err_code evidencejson_write(struct text *out, const struct evidence *ev, struct err *e)
    __attribute__((warn_unused_result));

/** Read the object. What it proves is not judged: evidence_check().
 *
 *  Returns: ERR_OK; ERR_VERSION not 1; ERR_PARSE no JSON; ERR_INVALID malformed, the place is in the
 *           message; ERR_LIMIT of common/limits.h; ERR_NOMEM.
 *  Owner:   the caller, who calls evidence_done. Untouched on error.
 */
enum err_code evidencejson_parse(struct evidence *ret, const char *text, size_t len, struct err *e)
    __attribute__((warn_unused_result));

#endif
