/* Who may do what over HTTP: bearer tokens with scopes. Only the SHA-256 of a token is stored.
 *
 * The file has one token a line, `#` begins a comment line:
 *     <64 hex digits of SHA-256(token)> <scopes> <name> [rate=<number>/<s|min|h>]
 * Scopes are `submit`, `read`, `admin`, joined by commas; admin includes the others. The name is for
 * people: 1 to 64 printable characters without spaces. With a rate, so many requests are let in during each
 * such time (all of them at once, if the token was quiet before); without one, any number.
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
    uint64_t number;    /* of the rate */
    uint64_t period_us; /* of the rate; 0: none */
    uint64_t each_us;   /* period / number: what one request takes off it */
    uint64_t busy_until_us; /* used up by requests so far; in the past: fresh */
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

/** Read one line of a file, without its line end: for whoever lists or changes it.
 *  Out:     ret  filled if there is a token
 *  Returns: ERR_OK; ERR_NOT_FOUND an empty line or a comment; ERR_PARSE. The message has no place. */
enum err_code tokens_parse_line(const char *line, struct tokens_entry *ret, struct err *e);

/** "submit,read", "admin": ret takes the longest. */
#define TOKENS_SCOPES_LEN 24
void tokens_scopes_text(char ret[TOKENS_SCOPES_LEN], unsigned scopes);

/** Read "submit,read". Returns: ERR_OK; ERR_PARSE. */
enum err_code tokens_parse_scopes(const char *text, unsigned *ret, struct err *e);

/** Take over how far the rates of the same tokens are used up, when the file is read again. */
void tokens_carry(struct tokens *next, const struct tokens *old);

enum tokens_answer { TOKENS_GRANTED, TOKENS_MISSING, TOKENS_UNKNOWN, TOKENS_TOO_WEAK, TOKENS_TOO_OFTEN };

/** Judge an Authorization header (RFC 6750 section 2.1); NULL if there is none.
 *  In:      scope   what the call needs; TOKENS_NONE is granted to everybody
 *           now_us  monotonic
 *  Out:     ret_wait_s  with TOKENS_TOO_OFTEN: when the next request is let in, at least 1 */
enum tokens_answer tokens_judge(struct tokens *tokens, const char *authorization, enum tokens_scope scope, uint64_t now_us,
                                uint64_t *ret_wait_s);

#endif
