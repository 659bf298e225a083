/* The error value: see err.h. */
#include "common/err.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *text;
} ERR_TABLE[] = {
#define X(code, name, text) {name, text},
    ERR_CODES(X)
#undef X
};

void err_record(struct err *e, enum err_code code, const char *fmt, ...)
{
    if (e == NULL)
        return;
    va_list ap;
    va_start(ap, fmt);
    e->code = code;
    vsnprintf(e->msg, sizeof e->msg, fmt, ap);
    va_end(ap);
}

enum err_code err_wrap(struct err *e, const char *fmt, ...)
{
    if (e == NULL)
        return ERR_INVALID;
    char context[sizeof e->msg];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(context, sizeof context - 2, fmt, ap);
    va_end(ap);
    if (n < 0)
        return e->code;
    /* The end of an over-long message is lost, never the context. */
    size_t front = strlen(context), tail = strlen(e->msg);
    memcpy(context + front, ": ", 2);
    front += 2;
    if (tail > sizeof e->msg - 1 - front)
        tail = sizeof e->msg - 1 - front;
    memmove(e->msg + front, e->msg, tail);
    memcpy(e->msg, context, front);
    e->msg[front + tail] = '\0';
    return e->code;
}

const char *err_text(enum err_code code)
{
    return ERR_TABLE[code].text;
}

const char *err_name(enum err_code code)
{
    return ERR_TABLE[code].name;
}
