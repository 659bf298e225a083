/* JCS, RFC 8785, and JSON as it came: see jcs.h. */
#include "verifier/rdf/jcs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "verifier/rdf/buffer.h"
#include "verifier/rdf/span.h"

#define EXACT_MAX 9007199254740991.0 /* 2^53 − 1 */
#define DIGITS_MAX 17                /* tell every double apart */
#define DIGITS_SAFE 15               /* as many survive the way through a normal double */

/* ---- numbers ---- */

/* A decimal number: 0.d1 d2 … × 10^point. */
struct decimal {
    char digits[DIGITS_MAX];
    int n;
    int point;
};

/* The decimal of n digits that is nearest to value, and whether it reads back as the value. The
 * locale's decimal point, the same for both functions, is stepped over. */
static struct decimal nearest(double value, int n, bool *ret_reads_back)
{
    char text[64];
    struct decimal d = {.n = n};
    snprintf(text, sizeof text, "%.*e", n - 1, value);
    *ret_reads_back = strtod(text, NULL) == value;
    char *exponent = strchr(text, 'e');
    int got = 0;
    for (const char *p = text; p < exponent && got < n; p++)
        if (*p >= '0' && *p <= '9')
            d.digits[got++] = *p;
    d.point = (int)strtol(exponent + 1, NULL, 10) + 1;
    return d;
}

static bool reads_back(const struct decimal *d, double value)
{
    char text[64];
    snprintf(text, sizeof text, "%.*se%d", d->n, d->digits, d->point - d->n);
    return strtod(text, NULL) == value;
}

/* The next greater decimal of as many digits. */
static struct decimal next_above(struct decimal d)
{
    int i = d.n - 1;
    while (i >= 0 && d.digits[i] == '9')
        d.digits[i--] = '0';
    if (i >= 0) {
        d.digits[i]++;
    } else {
        d.digits[0] = '1';
        d.point++;
    }
    return d;
}

/* The shortest decimal that reads back as the value (positive and finite), the nearest of those.
 *
 * Up to DIGITS_SAFE digits, the nearest decimal of DIGITS_SAFE digits is the shortest one with zeros
 * behind it, except for subnormal values, which hold fewer digits. Below a power of two doubles lie
 * closer together than above, so there the nearest decimal may not read back while the one above does. */
static struct decimal shortest(double value)
{
    int exponent;
    const bool power_of_two = frexp(value, &exponent) == 0.5;
    const bool subnormal = fpclassify(value) == FP_SUBNORMAL;
    struct decimal d = {.n = 0};
    for (int n = subnormal ? 1 : DIGITS_SAFE; n <= DIGITS_MAX; n++) {
        bool same;
        d = nearest(value, n, &same);
        if (same)
            break;
        struct decimal above = next_above(d);
        if (power_of_two && reads_back(&above, value)) {
            d = above;
            break;
        }
    }
    while (d.n > 1 && d.digits[d.n - 1] == '0')
        d.n--;
    return d;
}

/* ECMA-262, Number::toString, steps 6 to 10; k digits, n the place of the decimal point. */
static size_t lay_out(char *text, const struct decimal *d)
{
    const int k = d->n, n = d->point;
    int len;
    if (k <= n && n <= 21)
        len = snprintf(text, JCS_NUMBER_MAX - 1, "%.*s%.*s", k, d->digits, n - k, "00000000000000000000");
    else if (0 < n && n <= 21)
        len = snprintf(text, JCS_NUMBER_MAX - 1, "%.*s.%.*s", n, d->digits, k - n, d->digits + n);
    else if (-6 < n && n <= 0)
        len = snprintf(text, JCS_NUMBER_MAX - 1, "0.%.*s%.*s", -n, "00000", k, d->digits);
    else
        len = snprintf(text, JCS_NUMBER_MAX - 1, "%c%s%.*se%+d", d->digits[0], k > 1 ? "." : "", k - 1,
                       d->digits + 1, n - 1);
    return (size_t)len;
}

size_t jcs_number(char text[static JCS_NUMBER_MAX], double value)
{
    if (value == 0) {
        text[0] = '0';
        return 1;
    }
    size_t sign = value < 0;
    text[0] = '-';
    struct decimal d = shortest(fabs(value));
    return sign + lay_out(text + sign, &d);
}

/* ---- strings ---- */

static void put_escape(struct buffer *b, uint8_t c)
{
    static const char SHORT[128] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                    ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    char text[8];
    if (SHORT[c] != 0)
        buffer_put(b, (char[]){'\\', SHORT[c]}, 2);
    else
        buffer_put(b, text, (size_t)snprintf(text, sizeof text, "\\u%04x", c));
}

static void put_string(struct buffer *b, struct slice s)
{
    static const uint8_t ESCAPED[256] = {[0x00 ... 0x1f] = 1, ['"'] = 1, ['\\'] = 1};
    buffer_put(b, "\"", 1);
    for (size_t n; (n = span_without(s, ESCAPED, 1)) < s.len; s = slice_from(s, n + 1)) {
        buffer_put(b, s.data, n);
        put_escape(b, s.data[n]);
    }
    buffer_put_slice(b, s);
    buffer_put(b, "\"", 1);
}

int jcs_compare(struct slice x, struct slice y)
{
    size_t n = x.len < y.len ? x.len : y.len, i = 0;
    while (i < n && x.data[i] == y.data[i])
        i++;
    if (i == n)
        return (x.len > y.len) - (x.len < y.len);
    uint8_t a = x.data[i], b = y.data[i];
    /* Lead bytes from 0xf0 on are surrogates in UTF-16, below U+E000 (lead bytes 0xee and 0xef). */
    if (a >= 0xee && b >= 0xee && (a >= 0xf0) != (b >= 0xf0))
        return a >= 0xf0 ? -1 : 1;
    return a < b ? -1 : 1;
}

/* ---- values ---- */

struct writer {
    struct buffer out;
    bool as_it_came; /* neither order nor numbers are changed */
    enum jcs_numbers numbers;
    struct err *e;
};

static enum err_code put_value(struct writer *w, const struct jdoc *v);

static int compare_members(const void *x, const void *y)
{
    const struct map_entry *a = *(struct map_entry *const *)x, *b = *(struct map_entry *const *)y;
    return jcs_compare(a->key, b->key);
}

static enum err_code put_object(struct writer *w, const struct map *members)
{
    struct map_entry **sorted = arena_array(w->out.arena, members->n, sizeof *sorted);
    if (sorted == NULL)
        return arena_check(w->out.arena, w->e);
    size_t n = 0;
    for (struct map_entry *m = members->first; m != NULL; m = m->next)
        sorted[n++] = m;
    if (!w->as_it_came)
        qsort(sorted, n, sizeof *sorted, compare_members);
    buffer_put(&w->out, "{", 1);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buffer_put(&w->out, ",", 1);
        put_string(&w->out, sorted[i]->key);
        buffer_put(&w->out, ":", 1);
        enum err_code rc = put_value(w, sorted[i]->value);
        if (rc != ERR_OK)
            return rc;
    }
    buffer_put(&w->out, "}", 1);
    return ERR_OK;
}

static enum err_code put_array(struct writer *w, const struct jdoc *v)
{
    buffer_put(&w->out, "[", 1);
    for (size_t i = 0; i < v->array.n; i++) {
        if (i > 0)
            buffer_put(&w->out, ",", 1);
        enum err_code rc = put_value(w, v->array.items[i]);
        if (rc != ERR_OK)
            return rc;
    }
    buffer_put(&w->out, "]", 1);
    return ERR_OK;
}

static enum err_code put_number(struct writer *w, const struct jdoc *v)
{
    char text[JCS_NUMBER_MAX];
    if (w->as_it_came) {
        buffer_put_slice(&w->out, v->number.text);
        return ERR_OK;
    }
    if (w->numbers == JCS_EXACT_INTEGER && v->number.is_integer && fabs(v->number.value) > EXACT_MAX)
        return err_set(w->e, ERR_INVALID, "the integer %.*s is beyond the exact range of a double",
                       SLICE_ARG(v->number.text));
    buffer_put(&w->out, text, jcs_number(text, v->number.value));
    return ERR_OK;
}

static enum err_code put_value(struct writer *w, const struct jdoc *v)
{
    switch (v->type) {
    case JDOC_NULL:
        buffer_put_slice(&w->out, SLICE("null"));
        return ERR_OK;
    case JDOC_BOOL:
        buffer_put_slice(&w->out, v->boolean ? SLICE("true") : SLICE("false"));
        return ERR_OK;
    case JDOC_NUMBER:
        return put_number(w, v);
    case JDOC_STRING:
        put_string(&w->out, v->string);
        return ERR_OK;
    case JDOC_ARRAY:
        return put_array(w, v);
    case JDOC_OBJECT:
        return put_object(w, &v->object);
    }
    return ERR_OK;
}

static enum err_code write_all(struct writer *w, const struct jdoc *value, struct slice *ret)
{
    enum err_code rc = put_value(w, value);
    if (rc == ERR_OK)
        rc = buffer_check(&w->out, w->e);
    if (rc == ERR_OK)
        *ret = buffer_slice(&w->out);
    return rc;
}

enum err_code jcs_write(struct arena *arena, const struct jdoc *value, enum jcs_numbers numbers,
                        struct slice *ret, struct err *e)
{
    struct writer w = {.out = buffer(arena, 0, SIZE_MAX), .numbers = numbers, .e = e};
    return write_all(&w, value, ret);
}

enum err_code jcs_write_as_it_came(struct arena *arena, const struct jdoc *value, struct slice *ret,
                                   struct err *e)
{
    struct writer w = {.out = buffer(arena, 0, SIZE_MAX), .as_it_came = true, .e = e};
    return write_all(&w, value, ret);
}
