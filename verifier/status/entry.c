/* Entries of status lists: see entry.h. */
#include "verifier/status/entry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/rdf/slice.h"

bool entry_names(const struct jdoc *object, const char *member, struct slice word)
{
    const struct jdoc *v = jdoc_get(object, member);
    for (size_t i = 0; v != NULL && v->type == JDOC_ARRAY && i < v->array.n; i++)
        if (v->array.items[i]->type == JDOC_STRING && slice_equal(v->array.items[i]->string, word))
            return true;
    return v != NULL && v->type == JDOC_STRING && slice_equal(v->string, word);
}

bool entry_is_bit(const struct jdoc *status)
{
    return entry_names(status, "type", SLICE("BitstringStatusListEntry")) ||
           entry_names(status, "type", SLICE("StatusList2021Entry"));
}

/* Digits, as a number or in a string. */
static bool read_count(uint64_t *ret, const struct jdoc *v)
{
    struct slice digits = {0};
    uint64_t value = 0;
    if (v != NULL && v->type == JDOC_STRING)
        digits = v->string;
    else if (v != NULL && v->type == JDOC_NUMBER && v->number.is_integer)
        digits = v->number.text;
    if (digits.len == 0 || digits.len > 18)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return false;
        value = value * 10 + (digits.data[i] - (uint64_t)'0');
    }
    *ret = value;
    return true;
}

static enum entry_purpose purpose_of(struct slice word)
{
    static const char *const WORDS[] = {
#define X(name, text) text,
        ENTRY_PURPOSES(X)
#undef X
    };
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        if (slice_is(word, WORDS[i]))
            return (enum entry_purpose)i;
    return ENTRY_OTHER;
}

enum err_code entry_read(struct entry *ret, const struct jdoc *status, struct err *e)
{
    struct entry entry = {.bits = 1, .messages = jdoc_get(status, "statusMessage")};
    const struct jdoc *size = jdoc_get(status, "statusSize");
    uint64_t bits = 1;
    if (!jdoc_get_string(status, "statusPurpose", &entry.word) || entry.word.len == 0)
        return err_set(e, ERR_INVALID, "statusPurpose is missing");
    if (!jdoc_get_string(status, "statusListCredential", &entry.list) || entry.list.len == 0)
        return err_set(e, ERR_INVALID, "statusListCredential is missing");
    if (!read_count(&entry.index, jdoc_get(status, "statusListIndex")))
        return err_set(e, ERR_INVALID, "statusListIndex is not a number from 0 on");
    if (size != NULL && (!read_count(&bits, size) || bits == 0 || bits > 32))
        return err_set(e, ERR_INVALID, "statusSize is not a number from 1 to 32");
    entry.bits = (unsigned)bits;
    entry.purpose = purpose_of(entry.word);
    *ret = entry;
    return ERR_OK;
}

struct slice entry_message(const struct entry *entry, uint32_t value)
{
    char wanted[16];
    struct slice text = {0};
    size_t n = entry->messages != NULL && entry->messages->type == JDOC_ARRAY ? entry->messages->array.n : 0;
    snprintf(wanted, sizeof wanted, "0x%" PRIx32, value);
    for (size_t i = 0; i < n; i++) {
        struct slice status;
        const struct jdoc *item = entry->messages->array.items[i];
        if (jdoc_get_string(item, "status", &status) && slice_is(status, wanted) &&
            jdoc_get_string(item, "message", &text))
            return text;
    }
    return (struct slice){0};
}

bool entry_fits(const struct entry *entry, const struct jdoc *list_subject)
{
    return jdoc_get(list_subject, "statusPurpose") == NULL ||
           entry_names(list_subject, "statusPurpose", entry->word);
}
