/* The log: one line an event, `event=… key=value`, to standard error.
 *
 * Levels mean: error, someone must act; warning, strange and handled; info, one line for each change
 * of a batch or of the service; debug, the rest. Under systemd a line begins with journald's <N>,
 * elsewhere with the time and the level. Never a token, a key, a passphrase or a document; of a hash
 * that was handed in, nothing.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/** Call once before the first line. Looks at $JOURNAL_STREAM and $HALLMARK_DEBUG. */
void log_open(void);

/** Write one line: the event's name, then a printf text of key=value pairs ("" for none). */
void log_write(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(event, ...) log_write(LOG_LEVEL_ERROR, event, __VA_ARGS__)
#define log_warning(event, ...) log_write(LOG_LEVEL_WARNING, event, __VA_ARGS__)
#define log_info(event, ...) log_write(LOG_LEVEL_INFO, event, __VA_ARGS__)
#define log_debug(event, ...) log_write(LOG_LEVEL_DEBUG, event, __VA_ARGS__)

/* A value in quotes, safe to print: control characters and quotes are escaped, long text is cut. */
struct log_text {
    char s[512];
};
struct log_text log_quote(const char *text);

#endif
