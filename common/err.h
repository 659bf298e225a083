/* The error value of the whole project: a code to decide on, a sentence to show.
 *
 * A function that can fail returns enum err_code and takes a struct err as its last argument;
 * its outputs are untouched when it fails. Context is added in front on the way up
 * ("open store: mdb_env_open: No space left on device"). Bugs are not errors: they assert.
 */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

#include <stdarg.h>

/* code, its name in logs and JSON, what a person reads when nothing better is known. */
#define ERR_CODES(X)                                                                                \
    X(OK, "ok", "no error")                                                                         \
    X(INVALID, "invalid", "invalid value") /* a value breaks a rule of its format */                \
    X(PARSE, "parse", "not well formed") /* bytes that do not parse at all */                       \
    X(LIMIT, "limit", "over a limit") /* a bound of common/limits.h or of the settings */           \
    X(VERSION, "version", "unknown version") /* made by something newer than us */                  \
    X(NOT_FOUND, "not-found", "not found")                                                          \
    X(GONE, "gone", "forgotten") /* was there, and was erased on purpose */                         \
    X(EXISTS, "exists", "already there")                                                            \
    X(CONFLICT, "conflict", "contradicts what is stored")                                           \
    X(NOT_YET, "not-yet", "not ready yet") /* ask again later */                                    \
    X(DENIED, "denied", "not allowed")                                                              \
    X(BUSY, "busy", "busy or locked")                                                               \
    X(UNSUPPORTED, "unsupported", "not supported")                                                  \
    X(IO, "io", "input or output failed")                                                           \
    X(NOSPACE, "no-space", "no space left") /* disk or map full: writing stops, reading goes on */  \
    X(CORRUPT, "corrupt", "stored data is damaged")                                                 \
    X(RPC, "rpc", "the chain endpoint gave no usable answer")                                       \
    X(TIMEOUT, "timeout", "timed out")                                                              \
    X(CANCELLED, "cancelled", "cancelled")                                                          \
    X(NOMEM, "no-memory", "out of memory")

enum err_code {
#define X(code, name, text) ERR_##code,
    ERR_CODES(X)
#undef X
};

struct err {
    enum err_code code;
    char msg[256]; /* one line, no full stop, no secrets */
};

/** Record an error. Value: code, so that `return err_set(e, …)` reads well. e may be NULL.
 *  A macro, because then a static analyzer of the caller sees that the value is code, not ERR_OK. */
#define err_set(e, code, ...)                                                                      \
    __extension__({                                                                                \
        const enum err_code err_set_code_ = (code);                                                \
        err_record((e), err_set_code_, __VA_ARGS__);                                               \
        err_set_code_;                                                                             \
    })

/** What err_set is made of: fills e, unless it is NULL. */
void err_record(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** Put "context: " in front of the message. Returns: the unchanged code (ERR_INVALID if e is NULL). */
enum err_code err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** The text of a code, for messages. Never NULL. */
const char *err_text(enum err_code code);

/** The name of a code in lower case with dashes ("not-found"), for logs and JSON. Never NULL. */
const char *err_name(enum err_code code);

#endif
