/* Dates and periods: see dates.h. */
#include "verifier/formats/dates.h"

#include <stdio.h>

#include "common/rfc3339.h"

#define DATE_MAX 64 /* characters */

/* "+0000" at the end becomes "+00:00". Returns: the new length. */
static size_t add_colon(char text[static DATE_MAX + 8], size_t len)
{
    if (len < 5 || (text[len - 5] != '+' && text[len - 5] != '-'))
        return len;
    memmove(text + len - 1, text + len - 2, 2);
    text[len - 2] = ':';
    return len + 1;
}

bool dates_read(uint64_t *ret, struct slice text)
{
    char t[DATE_MAX + 8];
    size_t len = text.len;
    if (len > DATE_MAX || len < 10)
        return false;
    memcpy(t, text.data, len);
    if (rfc3339_read(ret, t, len))
        return true;
    if (len == 10)
        len += (size_t)snprintf(t + len, sizeof t - len, "T00:00:00Z");
    else if (t[10] == 'T' && memchr(t + 11, '+', len - 11) == NULL && memchr(t + 11, '-', len - 11) == NULL)
        len += (size_t)snprintf(t + len, sizeof t - len, "Z");
    else
        len = add_colon(t, len);
    return rfc3339_read(ret, t, len);
}

bool dates_of(uint64_t *ret, const struct jdoc *object, const char *key)
{
    struct slice text;
    return jdoc_get_string(object, key, &text) && dates_read(ret, text);
}

static void judge(struct format_check *c, const struct jdoc *date, const char *name, bool start)
{
    uint64_t at;
    char shown[RFC3339_LEN + 1] = "";
    if (date->type != JDOC_STRING || !dates_read(&at, date->string)) {
        format_say(c, REASON_DATE_UNREADABLE, "%s", name);
        return;
    }
    if (!rfc3339_write(shown, at))
        shown[0] = '\0';
    if (start)
        format_say(c, at > c->env->now ? REASON_NOT_STARTED : REASON_STARTED, "%s %s", name, shown);
    else
        format_say(c, at <= c->env->now ? REASON_ENDED : REASON_NOT_ENDED, "%s %s", name, shown);
}

/* Every one that is there counts. */
static void judge_all(struct format_check *c, const struct jdoc *object, const char *const names[4], bool start)
{
    size_t n = 0;
    for (size_t i = 0; i < 4 && names[i] != NULL; i++) {
        const struct jdoc *v = jdoc_get(object, names[i]);
        if (v == NULL || v->type == JDOC_NULL)
            continue;
        judge(c, v, names[i], start);
        n++;
    }
    if (n == 0)
        format_say(c, start ? REASON_NO_START : REASON_NO_END, "%s", "");
}

void dates_check(struct format_check *c, const struct jdoc *object, const struct dates_names *names)
{
    judge_all(c, object, names->from, true);
    judge_all(c, object, names->until, false);
}

void dates_check_recorded(struct format_check *c, uint64_t recorded_at)
{
    char shown[RFC3339_LEN + 1] = "";
    if (recorded_at <= c->env->now || !rfc3339_write(shown, recorded_at))
        return;
    format_say(c, REASON_RECORDED_LATER, "recorded %s", shown);
}
