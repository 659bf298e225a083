/* The files that a command line means: files as they are named, folders with all that is below them. */
#ifndef VERIFIER_WRAP_LISTING_H
#define VERIFIER_WRAP_LISTING_H

#include <stddef.h>

#include "common/err.h"

struct listing {
    char **paths; /* owned, each too */
    size_t n, cap;
};

/** Add what a name means: a folder gives its files, sorted, without hidden ones, without links to folders and
 *  without proof documents that lie beside what they prove; everything else, "-" too, is itself.
 *  Returns: ERR_OK; ERR_LIMIT more than LIMITS_FOLDER_FILES, or too deep; ERR_IO a folder cannot be read;
 *           ERR_NOT_FOUND there is no file in a folder; ERR_NOMEM. */
enum err_code listing_add(struct listing *list, const char *name, struct err *e)
    __attribute__((warn_unused_result));

void listing_done(struct listing *list);

#endif
