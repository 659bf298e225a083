/* Times as text: see rfc3339.h. Civil dates by the days-from-civil arithmetic of the proleptic
 * Gregorian calendar, in years that begin in March. */
#include "common/rfc3339.h"

#define DAY 86400

static void put_digits(char *text, unsigned value, unsigned n)
{
    for (; n > 0; n--, value /= 10)
        text[n - 1] = (char)('0' + value % 10);
}

bool rfc3339_write(char text[RFC3339_LEN + 1], uint64_t seconds)
{
    if (seconds > RFC3339_MAX)
        return false;
    unsigned days = (unsigned)(seconds / DAY) + 719468; /* since 0000-03-01 */
    unsigned rest = (unsigned)(seconds % DAY);
    unsigned era = days / 146097, of_era = days % 146097;
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned march = (5 * of_year + 2) / 153; /* months since March */
    unsigned month = march < 10 ? march + 3 : march - 9;
    static const char FORM[] = "0000-00-00T00:00:00Z";
    for (unsigned i = 0; i < sizeof FORM; i++)
        text[i] = FORM[i];
    put_digits(text, year + era * 400 + (month <= 2), 4);
    put_digits(text + 5, month, 2);
    put_digits(text + 8, of_year - (153 * march + 2) / 5 + 1, 2);
    put_digits(text + 11, rest / 3600, 2);
    put_digits(text + 14, rest / 60 % 60, 2);
    put_digits(text + 17, rest % 60, 2);
    return true;
}

struct scan {
    const char *p, *end;
    bool bad;
};

static unsigned digits(struct scan *s, unsigned n, unsigned min, unsigned max)
{
    unsigned value = 0;
    for (; n > 0 && !s->bad; n--) {
        s->bad = s->p == s->end || *s->p < '0' || *s->p > '9';
        if (!s->bad)
            value = value * 10 + (unsigned)(*s->p++ - '0');
    }
    s->bad |= value < min || value > max;
    return value;
}

/* One of the two characters, which are the two cases of a letter or the two signs. */
static char one_of(struct scan *s, char a, char b)
{
    s->bad |= s->p == s->end || (*s->p != a && *s->p != b);
    return s->bad ? a : *s->p++;
}

static void skip_fraction(struct scan *s)
{
    if (s->bad || s->p == s->end || *s->p != '.')
        return;
    s->p++;
    digits(s, 1, 0, 9);
    while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
        s->p++;
}

static int64_t offset_seconds(struct scan *s)
{
    if (!s->bad && s->p < s->end && (*s->p == '+' || *s->p == '-')) {
        int64_t sign = one_of(s, '+', '-') == '-' ? -1 : 1;
        unsigned hours = digits(s, 2, 0, 23);
        one_of(s, ':', ':');
        return sign * (int64_t)(hours * 3600 + digits(s, 2, 0, 59) * 60);
    }
    one_of(s, 'Z', 'z');
    return 0;
}

static unsigned month_days(unsigned year, unsigned month)
{
    static const uint8_t DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return DAYS[month - 1] + (unsigned)(month == 2 && leap);
}

static int64_t days_from_civil(unsigned year, unsigned month, unsigned day)
{
    year -= month <= 2;
    unsigned march = month > 2 ? month - 3 : month + 9;
    unsigned of_era_year = year % 400;
    int64_t of_era = (int64_t)of_era_year * 365 + of_era_year / 4 - of_era_year / 100 +
                     (153 * march + 2) / 5 + day - 1;
    return (int64_t)(year / 400) * 146097 + of_era - 719468;
}

bool rfc3339_read(uint64_t *ret_seconds, const char *text, size_t len)
{
    struct scan s = {text, text + len, false};
    unsigned year = digits(&s, 4, 1969, 9999); /* 1969: an offset may lead into 1970 */
    one_of(&s, '-', '-');
    unsigned month = digits(&s, 2, 1, 12);
    one_of(&s, '-', '-');
    unsigned day = digits(&s, 2, 1, 31);
    one_of(&s, 'T', 't');
    unsigned hour = digits(&s, 2, 0, 23);
    one_of(&s, ':', ':');
    unsigned minute = digits(&s, 2, 0, 59);
    one_of(&s, ':', ':');
    unsigned second = digits(&s, 2, 0, 60);
    skip_fraction(&s);
    int64_t offset = offset_seconds(&s);
    if (s.bad || s.p != s.end || day > month_days(year, month))
        return false;
    int64_t t = days_from_civil(year, month, day) * DAY +
                (int64_t)(hour * 3600 + minute * 60 + second) - offset;
    if (t < 0 || (uint64_t)t > RFC3339_MAX)
        return false;
    *ret_seconds = (uint64_t)t;
    return true;
}
