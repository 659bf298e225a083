/* Settings from a table: see conf.h. */
#include "common/conf.h"

#include <assert.h>
#include <ini.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/limits.h"

#define LINE_MAX_BYTES 196 /* of a line without its end: what libinih can hold */

struct unit {
    const char *name;
    uint64_t factor;
};

/* Largest first: printing takes the first that divides. */
static const struct unit DURATIONS[] = {{"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}, {NULL, 0}};
static const struct unit SIZES[] = {{"T", 1ull << 40}, {"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"", 1}, {NULL, 0}};

static void report_add(struct conf_report *report, const char *file, unsigned line, const char *message)
{
    char text[1024];
    int n = line > 0 ? snprintf(text, sizeof text, "%s:%u: %s\n", file, line, message)
                     : snprintf(text, sizeof text, "%s: %s\n", file, message);
    report->errors++;
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    char *grown = realloc(report->text, report->len + len + 1);
    if (grown == NULL)
        return; /* still counted */
    memcpy(grown + report->len, text, len + 1);
    report->text = grown;
    report->len += len;
}

void conf_report_done(struct conf_report *report)
{
    free(report->text);
    memset(report, 0, sizeof *report);
}

static void *value_of(const struct conf_item *item, void *settings)
{
    return (char *)settings + item->offset;
}

static const void *value_in(const struct conf_item *item, const void *settings)
{
    return (const char *)settings + item->offset;
}

/* Digits and then exactly one of the units. */
static bool parse_units(const char *text, const struct unit *units, uint64_t *ret)
{
    uint64_t v = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
            return false;
    if (p == text)
        return false;
    for (const struct unit *u = units; u->name != NULL; u++)
        if (strcmp(p, u->name) == 0)
            return !__builtin_mul_overflow(v, u->factor, ret);
    return false;
}

static void print_units(char *text, uint64_t v, const struct unit *units)
{
    const struct unit *u = units;
    while (u[1].name != NULL && (v % u->factor != 0 || (v == 0 && strcmp(u->name, "s") != 0)))
        u++;
    snprintf(text, CONF_TEXT_MAX, "%" PRIu64 "%s", v / u->factor, u->name);
}

static bool parse_count(const char *text, uint64_t *ret)
{
    static const struct unit NONE[] = {{"", 1}, {NULL, 0}};
    return parse_units(text, NONE, ret);
}

static bool parse_choice(const struct conf_item *item, const char *text, unsigned *ret)
{
    for (unsigned i = 0; item->choices[i] != NULL; i++)
        if (strcmp(item->choices[i], text) == 0) {
            *ret = i;
            return true;
        }
    return false;
}

static void range_text(const struct conf_item *item, uint64_t v, char text[CONF_TEXT_MAX])
{
    switch (item->type) {
    case CONF_DURATION:
        print_units(text, v, DURATIONS);
        break;
    case CONF_SIZE:
        print_units(text, v, SIZES);
        break;
    case CONF_WEI:
        wei_format(text, (wei)v * WEI_PER_GWEI);
        break;
    case CONF_INT:
    case CONF_TEXT:
    case CONF_LIST:
    case CONF_CHOICE:
    case CONF_ADDRESS:
        snprintf(text, CONF_TEXT_MAX, "%" PRIu64, v);
        break;
    }
}

/* What a good value of this row looks like, for messages and help. */
static void expectation(const struct conf_item *item, char text[256])
{
    static const char *const FORM[] = {
        [CONF_TEXT] = "text",
        [CONF_LIST] = "text",
        [CONF_INT] = "a whole number",
        [CONF_DURATION] = "a duration like 500ms, 2s, 10min or 1h",
        [CONF_SIZE] = "a size like 512, 64K, 1M or 64G",
        [CONF_WEI] = "an amount like 20gwei or 0.05ether",
        [CONF_CHOICE] = "one of",
        [CONF_ADDRESS] = "an address, 0x and 40 hexadecimal digits",
    };
    int n = snprintf(text, 256, "%s", FORM[item->type]);
    size_t len = n < 0 ? 0 : (size_t)n;
    if (item->type == CONF_CHOICE) {
        for (unsigned i = 0; item->choices[i] != NULL && len < 256; i++) {
            n = snprintf(text + len, 256 - len, "%s %s", i == 0 ? ":" : ",", item->choices[i]);
            len += n < 0 ? 0 : (size_t)n;
        }
    } else if (item->max != 0 && len < 256) {
        char min[CONF_TEXT_MAX], max[CONF_TEXT_MAX];
        range_text(item, item->min, min);
        range_text(item, item->max, max);
        snprintf(text + len, 256 - len, ", %.60s to %.60s", min, max);
    }
}

static bool in_range(const struct conf_item *item, uint64_t v)
{
    return item->max == 0 || (v >= item->min && v <= item->max);
}

static bool set_text(char *out, const char *text)
{
    size_t len = strlen(text);
    if (len >= CONF_TEXT_MAX)
        return false;
    memcpy(out, text, len + 1);
    return true;
}

static bool set_wei(const struct conf_item *item, wei *out, const char *text)
{
    wei v;
    if (wei_parse(&v, text, NULL) != ERR_OK)
        return false;
    if (item->max != 0 && (v < (wei)item->min * WEI_PER_GWEI || v > (wei)item->max * WEI_PER_GWEI))
        return false;
    *out = v;
    return true;
}

static bool set_address(struct conf_address *out, const char *text)
{
    struct conf_address v = {.set = text[0] != '\0'};
    if (v.set && (strncmp(text, "0x", 2) != 0 || !hex_decode(v.b, sizeof v.b, text + 2, strlen(text + 2), true)))
        return false;
    *out = v;
    return true;
}

static bool set_list(struct conf_list *list, const char *text)
{
    return list->n < CONF_LIST_MAX && set_text(list->item[list->n], text) && ++list->n > 0;
}

/* Store one value; false leaves the setting as it was. */
static bool set_value(const struct conf_item *item, void *settings, const char *text)
{
    void *out = value_of(item, settings);
    uint64_t v;
    bool ok = false;
    switch (item->type) {
    case CONF_TEXT:
        return set_text(out, text);
    case CONF_LIST:
        return set_list(out, text);
    case CONF_WEI:
        return set_wei(item, out, text);
    case CONF_CHOICE:
        return parse_choice(item, text, out);
    case CONF_ADDRESS:
        return set_address(out, text);
    case CONF_INT:
        ok = parse_count(text, &v);
        break;
    case CONF_DURATION:
        ok = parse_units(text, DURATIONS, &v);
        break;
    case CONF_SIZE:
        ok = parse_units(text, SIZES, &v);
        break;
    }
    if (!ok || !in_range(item, v))
        return false;
    memcpy(out, &v, sizeof v);
    return true;
}

void conf_defaults(const struct conf_table *table, void *settings)
{
    assert(table->n <= CONF_ITEMS_MAX);
    for (size_t i = 0; i < table->n; i++) {
        const struct conf_item *item = &table->items[i];
        if (item->type == CONF_LIST)
            memset(value_of(item, settings), 0, sizeof(struct conf_list));
        if (item->type == CONF_LIST && item->initial[0] == '\0')
            continue;
        bool ok = set_value(item, settings, item->initial);
        assert(ok);
        (void)ok;
    }
}

/* One pass over a file. libinih calls reader_line for each line and on_value for each value, so the
 * line just read is the value's line. What libinih would silently accept is refused in reader_line,
 * and an empty line is handed on in its place. */
struct pass {
    const struct conf_table *table;
    void *settings;
    const char *name;
    struct conf_report *report;
    const char *text;
    size_t len, pos;
    unsigned line;
    bool unknown_section; /* said once, not for each of its keys */
};

static bool section_known(const struct conf_table *table, const char *section, size_t len)
{
    for (size_t i = 0; i < table->n; i++)
        if (strlen(table->items[i].section) == len && memcmp(table->items[i].section, section, len) == 0)
            return true;
    return false;
}

/* What is wrong with the form of a line, or NULL. */
static const char *line_fault(struct pass *p, const char *line, size_t len)
{
    size_t first = strspn(line, " \t");
    if (len > LINE_MAX_BYTES)
        return "line is longer than 196 bytes";
    if (memchr(line, '\0', len) != NULL)
        return "line holds a NUL byte";
    if (line[first] == '\0' || line[0] == '#' || line[0] == ';')
        return NULL;
    if (first > 0)
        return "line is indented; settings and comments start in the first column";
    if (line[0] == '[') {
        const char *close = strchr(line, ']');
        if (close == NULL)
            return "section has no closing bracket";
        if (close[1 + strspn(close + 1, " \t")] != '\0')
            return "text after a section; comments stand on their own line";
        p->unknown_section = !section_known(p->table, line + 1, (size_t)(close - line - 1));
        return p->unknown_section ? "unknown section" : NULL;
    }
    const char *equals = strchr(line, '=');
    if (equals == NULL)
        return "not a setting: there is no '='";
    for (const char *c = equals + 1; *c != '\0'; c++)
        if ((*c == ';' || *c == '#') && (c[-1] == ' ' || c[-1] == '\t'))
            return "comment behind a value; comments stand on their own line";
    if (memchr(line, ':', (size_t)(equals - line)) != NULL)
        return "key holds ':'; settings are written key = value";
    return NULL;
}

static char *reader_line(char *out, int size, void *stream)
{
    struct pass *p = stream;
    if (p->pos >= p->len)
        return NULL;
    const char *start = p->text + p->pos, *end = memchr(start, '\n', p->len - p->pos);
    size_t len = end != NULL ? (size_t)(end - start) : p->len - p->pos;
    p->pos += len + (end != NULL);
    p->line++;
    if (len > 0 && start[len - 1] == '\r')
        len--;
    char line[LINE_MAX_BYTES + 2] = {0};
    memcpy(line, start, len < sizeof line - 1 ? len : sizeof line - 1);
    const char *fault = line_fault(p, line, len);
    if (fault != NULL) {
        report_add(p->report, p->name, p->line, fault);
        line[0] = '\0';
    }
    snprintf(out, (size_t)size, "%s\n", line);
    return out;
}

static void set_item(struct pass *p, size_t index, const char *value)
{
    const struct conf_item *item = &p->table->items[index];
    char message[768];
    bool first = p->report->line[index] == 0;
    if (!first && item->type != CONF_LIST) {
        snprintf(message, sizeof message, "%s was already set in line %u", item->key, p->report->line[index]);
        report_add(p->report, p->name, p->line, message);
        return;
    }
    if (first && item->type == CONF_LIST) /* the file's list replaces the default */
        memset(value_of(item, p->settings), 0, sizeof(struct conf_list));
    p->report->line[index] = p->line;
    if (set_value(item, p->settings, value))
        return;
    char expected[256];
    expectation(item, expected);
    if (item->type == CONF_LIST)
        snprintf(expected, sizeof expected, "at most %d values", CONF_LIST_MAX);
    snprintf(message, sizeof message, "%s: \"%.200s\" is not good here: expected %s", item->key, value, expected);
    report_add(p->report, p->name, p->line, message);
}

static int on_value(void *user, const char *section, const char *key, const char *value)
{
    struct pass *p = user;
    if (p->unknown_section)
        return 1;
    for (size_t i = 0; i < p->table->n; i++)
        if (strcmp(p->table->items[i].section, section) == 0 && strcmp(p->table->items[i].key, key) == 0) {
            set_item(p, i, value);
            return 1;
        }
    char message[768];
    if (section[0] == '\0')
        snprintf(message, sizeof message, "\"%.100s\" stands before any [section]", key);
    else
        snprintf(message, sizeof message, "unknown key \"%.100s\" in [%.100s]", key, section);
    report_add(p->report, p->name, p->line, message);
    return 1;
}

enum err_code conf_parse(const struct conf_table *table, void *settings, const char *text, size_t len,
                         const char *name, struct conf_report *report)
{
    unsigned before = report->errors;
    if (len > LIMITS_CONFIG_BYTES) {
        report_add(report, name, 0, "file is larger than 1 MiB");
        return ERR_LIMIT;
    }
    struct pass p = {.table = table, .settings = settings, .name = name, .report = report, .text = text, .len = len};
    int rc = ini_parse_stream(reader_line, &p, on_value, &p);
    if (rc == -2)
        return ERR_NOMEM;
    if (rc > 0 && report->errors == before) /* libinih saw a fault that we did not name */
        report_add(report, name, (unsigned)rc, "line is not understood");
    return report->errors == before ? ERR_OK : ERR_INVALID;
}

void conf_complain(const struct conf_table *table, struct conf_report *report, const char *name,
                   const char *section, const char *key, const char *fmt, ...)
{
    char message[768], detail[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(detail, sizeof detail, fmt, ap);
    va_end(ap);
    unsigned line = 0;
    for (size_t i = 0; i < table->n; i++)
        if (strcmp(table->items[i].section, section) == 0 && strcmp(table->items[i].key, key) == 0)
            line = report->line[i];
    snprintf(message, sizeof message, "[%s] %s: %s", section, key, detail);
    report_add(report, name, line, message);
}

void conf_value_text(const struct conf_item *item, const void *settings, unsigned index, char text[CONF_TEXT_MAX])
{
    const void *in = value_in(item, settings);
    uint64_t v = 0;
    switch (item->type) {
    case CONF_TEXT:
        snprintf(text, CONF_TEXT_MAX, "%s", (const char *)in);
        return;
    case CONF_LIST:
        snprintf(text, CONF_TEXT_MAX, "%s", ((const struct conf_list *)in)->item[index]);
        return;
    case CONF_WEI: {
        wei amount;
        memcpy(&amount, in, sizeof amount);
        wei_format(text, amount);
        return;
    }
    case CONF_CHOICE:
        snprintf(text, CONF_TEXT_MAX, "%s", item->choices[*(const unsigned *)in]);
        return;
    case CONF_ADDRESS: {
        const struct conf_address *address = in;
        text[0] = '\0';
        if (address->set) {
            memcpy(text, "0x", 2);
            hex_encode(text + 2, address->b, sizeof address->b);
        }
        return;
    }
    case CONF_INT:
        memcpy(&v, in, sizeof v);
        snprintf(text, CONF_TEXT_MAX, "%" PRIu64, v);
        return;
    case CONF_DURATION:
        memcpy(&v, in, sizeof v);
        print_units(text, v, DURATIONS);
        return;
    case CONF_SIZE:
        memcpy(&v, in, sizeof v);
        print_units(text, v, SIZES);
        return;
    }
}

bool conf_same(const struct conf_item *item, const void *a, const void *b)
{
    unsigned n = 1;
    if (item->type == CONF_LIST) {
        const struct conf_list *la = value_in(item, a), *lb = value_in(item, b);
        if (la->n != lb->n)
            return false;
        n = la->n;
    }
    for (unsigned i = 0; i < n; i++) {
        char ta[CONF_TEXT_MAX], tb[CONF_TEXT_MAX];
        conf_value_text(item, a, i, ta);
        conf_value_text(item, b, i, tb);
        if (strcmp(ta, tb) != 0)
            return false;
    }
    return true;
}

void conf_copy(const struct conf_item *item, void *to, const void *from)
{
    static const size_t SIZES_OF[] = {
        [CONF_TEXT] = CONF_TEXT_MAX,        [CONF_LIST] = sizeof(struct conf_list),
        [CONF_INT] = sizeof(uint64_t),      [CONF_DURATION] = sizeof(uint64_t),
        [CONF_SIZE] = sizeof(uint64_t),     [CONF_WEI] = sizeof(wei),
        [CONF_CHOICE] = sizeof(unsigned),   [CONF_ADDRESS] = sizeof(struct conf_address),
    };
    memcpy(value_of(item, to), value_in(item, from), SIZES_OF[item->type]);
}

static void print_item(FILE *out, const struct conf_item *item, const void *settings)
{
    char expected[256], text[CONF_TEXT_MAX];
    fprintf(out, "\n");
    for (const char *line = item->help; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        fprintf(out, "# %.*s\n", (int)len, line);
        line += len + (line[len] == '\n');
    }
    expectation(item, expected);
    fprintf(out, "# Expected: %s.%s%s\n", expected, item->type == CONF_LIST ? " May be repeated." : "",
            item->reload ? "" : " A change needs a restart.");
    const struct conf_list *list = item->type == CONF_LIST ? value_in(item, settings) : NULL;
    for (unsigned i = 0; i < (list != NULL ? list->n : 1); i++) {
        conf_value_text(item, settings, i, text);
        fprintf(out, "%s =%s%s\n", item->key, text[0] != '\0' ? " " : "", text);
    }
}

char *conf_print(const struct conf_table *table, const void *settings)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL)
        return NULL;
    const char *section = "";
    for (size_t i = 0; i < table->n; i++) {
        const struct conf_item *item = &table->items[i];
        if (strcmp(item->section, section) != 0)
            fprintf(out, "%s[%s]\n", i > 0 ? "\n" : "", item->section);
        section = item->section;
        print_item(out, item, settings);
    }
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
