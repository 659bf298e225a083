/* Settings from a table: one row names a key, its type, range, default and help, and from the same
 * rows come the parser, --print-config, the example file and the manual page.
 *
 * The file is INI as systemd users know it (read with libinih, stricter than it by itself): comments
 * stand on their own line; an unknown section or key, a bad value, an indented or repeated key and an
 * over-long line are errors. All errors are collected, each with file and line.
 */
#ifndef COMMON_CONF_H
#define COMMON_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/wei.h"

#define CONF_TEXT_MAX 192 /* bytes of one value, NUL included: libinih reads lines of 200 */
#define CONF_LIST_MAX 8
#define CONF_ITEMS_MAX 64

enum conf_type {
    CONF_TEXT,     /* char[CONF_TEXT_MAX] */
    CONF_LIST,     /* struct conf_list: a key that may be repeated */
    CONF_INT,      /* uint64_t */
    CONF_DURATION, /* uint64_t milliseconds: 500ms 2s 10min 1h */
    CONF_SIZE,     /* uint64_t bytes: 512 64K 1M 64G */
    CONF_WEI,      /* wei: 3wei 20gwei 0.05ether */
    CONF_CHOICE,   /* unsigned, an index into the row's choices */
    CONF_ADDRESS,  /* struct conf_address: 0x and 40 hex digits, or unset */
};

struct conf_list {
    unsigned n;
    char item[CONF_LIST_MAX][CONF_TEXT_MAX];
};

struct conf_address {
    bool set;
    uint8_t b[20];
};

struct conf_item {
    const char *section;
    const char *key;
    enum conf_type type;
    size_t offset;       /* of the value in the settings structure */
    const char *initial; /* the default, as text; "" for unset */
    uint64_t min, max;   /* inclusive; in ms, bytes, units or (wei) gwei; both 0: no range */
    const char *const *choices; /* NULL-terminated, for CONF_CHOICE */
    bool reload;         /* takes effect on SIGHUP; otherwise a restart is needed */
    const char *help;    /* one or more lines of text, separated by \n */
};

struct conf_table {
    const struct conf_item *items;
    size_t n;
};

/* What a parse leaves behind besides the values. */
struct conf_report {
    char *text;      /* one "file:line: message\n" an error; owned, see conf_report_done */
    size_t len;
    unsigned errors;
    unsigned line[CONF_ITEMS_MAX]; /* where each row was set, 0: its default stands */
};

/** Fill the settings with every default. Asserts that the table itself is right. */
void conf_defaults(const struct conf_table *table, void *settings);

/** Parse a file's text over the settings (call conf_defaults first).
 *
 *  In:      name  how errors call the file
 *  Out:     report  zeroed by the caller; errors are appended, none is dropped
 *  Returns: ERR_OK; ERR_INVALID if there was at least one error; ERR_LIMIT if the text is over
 *           LIMITS_CONFIG_BYTES; ERR_NOMEM.
 */
enum err_code conf_parse(const struct conf_table *table, void *settings, const char *text, size_t len,
                         const char *name, struct conf_report *report);

/** Append an error of the caller's own (a combination of values that cannot be), at the line where
 *  section/key was set. */
void conf_complain(const struct conf_table *table, struct conf_report *report, const char *name,
                   const char *section, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

void conf_report_done(struct conf_report *report);

/** The file that says what the settings say, with help, range and default of every key.
 *  Returns: a text the caller frees; NULL when out of memory. */
char *conf_print(const struct conf_table *table, const void *settings);

/** Value of one row as text. Shapes: text is CONF_TEXT_MAX bytes. For CONF_LIST the index says which. */
void conf_value_text(const struct conf_item *item, const void *settings, unsigned index,
                     char text[CONF_TEXT_MAX]);

/** Whether one row has the same value in both settings. */
bool conf_same(const struct conf_item *item, const void *a, const void *b);

/** Copy the value of one row from one settings to another. */
void conf_copy(const struct conf_item *item, void *to, const void *from);

#endif
