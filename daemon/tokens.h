/* Who may do what over HTTP: bearer tokens with scopes. Only the SHA-256 of a token is stored.
 *
 * The file has one token a line, `#` begins a comment line:
 *     <64 hex digits of SHA-256(token)> <scopes> <name>
 * Scopes are `submit`, `read`, `admin`, joined by commas; admin includes the others. The name is for
 * people: 1 to 64 printable characters without spaces.
 */
#ifndef DAEMON_TOKENS_H
#define DAEMON_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/hash32.h"

#define TOKENS_MAX 10000
#define TOKENS_NAME_MAX 64

enum tokens_scope { TOKENS_NONE = 0, TOKENS_SUBMIT = 1, TOKENS_READ = 2, TOKENS_ADMIN = 4 };

struct tokens_entry {
    struct hash32 hash;
    unsigned scopes; /* bits of enum tokens_scope */
    char name[TOKENS_NAME_MAX + 1];
};

struct tokens {
    bool required; /* whether a file is set at all */
    struct tokens_entry *entries;
    size_t n;
};

/** Read a file of tokens.
 *  In:      path  "": no token is asked of anybody
 *  Returns: ERR_OK; ERR_IO; ERR_LIMIT; ERR_PARSE with the line; ERR_NOMEM. ret is untouched on error.
 *  Owner:   tokens_done() frees.
 */
enum err_code tokens_read(struct tokens *ret, const char *path, struct err *e);
void tokens_done(struct tokens *tokens);

enum tokens_answer { TOKENS_GRANTED, TOKENS_MISSING, TOKENS_UNKNOWN, TOKENS_TOO_WEAK };

/** Judge an Authorization header (RFC 6750 section 2.1); NULL if there is none.
 *  In:      scope  what the call needs; TOKENS_NONE is granted to everybody */
enum tokens_answer tokens_judge(const struct tokens *tokens, const char *authorization, enum tokens_scope scope);

#endif
