/* The log: see log.h. */
#include "daemon/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool journald; /* set once by log_open, read only after it */
static bool debug;

void log_open(void)
{
    journald = getenv("JOURNAL_STREAM") != NULL;
    debug = getenv("HALLMARK_DEBUG") != NULL;
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_LEVEL_ERROR:
        return "error";
    case LOG_LEVEL_WARNING:
        return "warning";
    case LOG_LEVEL_INFO:
        return "info";
    case LOG_LEVEL_DEBUG:
        return "debug";
    }
    return "";
}

void log_write(enum log_level level, const char *event, const char *fmt, ...)
{
    if (level == LOG_LEVEL_DEBUG && !debug)
        return;
    char line[2048];
    size_t len;
    if (journald) {
        len = (size_t)snprintf(line, sizeof line, "<%d>event=%s", (int)level, event);
    } else {
        struct timespec now;
        struct tm utc;
        clock_gettime(CLOCK_REALTIME, &now);
        gmtime_r(&now.tv_sec, &utc);
        len = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%S", &utc);
        len += (size_t)snprintf(line + len, sizeof line - len, ".%03ldZ %s event=%s", now.tv_nsec / 1000000,
                                level_name(level), event);
    }
    va_list ap;
    va_start(ap, fmt);
    if (fmt[0] != '\0') {
        line[len++] = ' ';
        int n = vsnprintf(line + len, sizeof line - len - 1, fmt, ap);
        if (n > 0)
            len += (size_t)n < sizeof line - len - 1 ? (size_t)n : sizeof line - len - 2;
    }
    va_end(ap);
    line[len++] = '\n';
    /* One write a line, so that lines of two threads never mix. A log that cannot be written is no
     * reason to stop. */
    if (write(STDERR_FILENO, line, len) < 0)
        return;
}

struct log_text log_quote(const char *text)
{
    struct log_text out;
    size_t len = 0;
    out.s[len++] = '"';
    for (const char *p = text; *p != '\0' && len < sizeof out.s - 8; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\') {
            out.s[len++] = '\\';
            out.s[len++] = (char)c;
        } else if (c < 0x20 || c == 0x7f) {
            len += (size_t)snprintf(out.s + len, 5, "\\x%02x", c);
        } else {
            out.s[len++] = (char)c;
        }
    }
    out.s[len++] = '"';
    out.s[len] = '\0';
    return out;
}
