/* Dates and periods: see dates.h. */
#include "verifier/formats/dates.h"

#include <stdio.h>

#include "common/rfc3339.h"

#define DATE_MAX 64 /* characters */
#define DAY 86400
#define VC2 "https://www.w3.org/ns/credentials/v2"

/* "+0000" at the end becomes "+00:00". Returns: the new length. */
static size_t add_colon(char text[static DATE_MAX + 10], size_t len)
{
    if (len < 5 || (text[len - 5] != '+' && text[len - 5] != '-'))
        return len;
    memmove(text + len - 1, text + len - 2, 2);
    text[len - 2] = ':';
    return len + 1;
}

/* The year at the beginning. Returns: 10000 if there is none. */
static unsigned year_of(const char *t)
{
    unsigned year = 0;
    for (size_t i = 0; i < 4; i++) {
        if (t[i] < '0' || t[i] > '9')
            return 10000;
        year = year * 10 + (unsigned)(t[i] - '0');
    }
    return year;
}

/* A date before 1970 is one if it is one in a year of the same length that comes after. */
static bool read_old(uint64_t *ret, const char *t, size_t len)
{
    char later[DATE_MAX + 10];
    unsigned year = year_of(t);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    uint64_t at;
    if (year == 0 || year >= 1970)
        return false;
    memcpy(later, leap ? "1972" : "1971", 4);
    memcpy(later + 4, t + 4, len - 4);
    if (!rfc3339_read(&at, later, len))
        return false;
    *ret = 0;
    return true;
}

/* The end of a day. */
static bool read_midnight(uint64_t *ret, const char *t, size_t len)
{
    char same_day[DATE_MAX + 10];
    uint64_t at;
    if (len < 20 || memcmp(t + 11, "24:00:00", 8) != 0 || t[19] == '.')
        return false;
    memcpy(same_day, t, len);
    memcpy(same_day + 11, "00", 2);
    if (!rfc3339_read(&at, same_day, len))
        return false;
    *ret = at + DAY;
    return true;
}

/* A date that is whole. In: len  10 to DATE_MAX + 10 */
static bool read_whole(uint64_t *ret, const char *t, size_t len)
{
    return rfc3339_read(ret, t, len) || read_midnight(ret, t, len) || read_old(ret, t, len);
}

bool dates_is_stamp(struct slice text)
{
    uint64_t at;
    return text.len >= 10 && text.len <= DATE_MAX && read_whole(&at, (const char *)text.data, text.len);
}

bool dates_read(uint64_t *ret, struct slice text)
{
    char t[DATE_MAX + 10];
    size_t len = text.len;
    if (len > DATE_MAX || len < 10)
        return false;
    memcpy(t, text.data, len);
    if (read_whole(ret, t, len))
        return true;
    if (len == 10)
        len += (size_t)snprintf(t + len, sizeof t - len, "T00:00:00Z");
    else if (t[10] == 'T' && memchr(t + 11, '+', len - 11) == NULL && memchr(t + 11, '-', len - 11) == NULL)
        len += (size_t)snprintf(t + len, sizeof t - len, "Z");
    else
        len = add_colon(t, len);
    return read_whole(ret, t, len);
}

bool dates_of(uint64_t *ret, const struct jdoc *object, const char *key)
{
    struct slice text;
    return jdoc_get_string(object, key, &text) && dates_read(ret, text);
}

static void judge(struct format_check *c, const struct jdoc *date, const char *name, bool start)
{
    uint64_t at;
    char shown[DATE_MAX + 1] = "";
    if (date->type != JDOC_STRING || !dates_read(&at, date->string)) {
        format_say(c, REASON_DATE_UNREADABLE, "%s", name);
        return;
    }
    if (at == 0)
        snprintf(shown, sizeof shown, "%.*s", SLICE_ARG(date->string)); /* before 1970: as it is written */
    else if (!rfc3339_write(shown, at))
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

static bool has_form(struct format_check *c, const struct jdoc *object, const char *key, const char *whose)
{
    const struct jdoc *date = jdoc_get(object, key);
    bool good = date == NULL || date->type == JDOC_NULL || (date->type == JDOC_STRING && dates_is_stamp(date->string));
    return good || format_say(c, REASON_DATE_FORM, "%s%s", whose, key);
}

static bool is_vc2(const struct jdoc *root)
{
    const struct jdoc *context = jdoc_get(root, "@context");
    if (context != NULL && context->type == JDOC_ARRAY)
        context = context->array.n > 0 ? context->array.items[0] : NULL;
    return context != NULL && jdoc_is(context, VC2);
}

void dates_check_form(struct format_check *c, const struct jdoc *root)
{
    const struct jdoc *list = jdoc_get(root, "proof");
    size_t n = list == NULL ? 0 : list->type == JDOC_ARRAY ? list->array.n : 1;
    if (!is_vc2(root))
        return;
    bool good = has_form(c, root, "validFrom", "");
    good = has_form(c, root, "validUntil", "") && good;
    for (size_t i = 0; i < n; i++)
        good = has_form(c, list->type == JDOC_ARRAY ? list->array.items[i] : list, "created", "proof, ") && good;
    if (good)
        format_say(c, REASON_DATES_HOLD, "%s", "");
}

void dates_check_recorded(struct format_check *c, uint64_t recorded_at)
{
    char shown[RFC3339_LEN + 1] = "";
    if (recorded_at <= c->env->now || !rfc3339_write(shown, recorded_at))
        return;
    format_say(c, REASON_RECORDED_LATER, "recorded %s", shown);
}
