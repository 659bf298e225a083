/* Bearer tokens with scopes: see tokens.h. */
#include "daemon/tokens.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/hex.h"
#include "common/sha256.h"

#define LINE_MAX_BYTES 256

static const struct {
    const char *name;
    unsigned bits;
} SCOPES[] = {
    {"submit", TOKENS_SUBMIT},
    {"read", TOKENS_READ},
    {"admin", TOKENS_ADMIN | TOKENS_SUBMIT | TOKENS_READ},
};

static const struct {
    const char *name;
    uint64_t us;
} PERIODS[] = {{"s", 1000000}, {"min", 60000000}, {"h", 3600000000}};

enum err_code tokens_parse_scopes(const char *text, unsigned *ret, struct err *e)
{
    unsigned all = TOKENS_NONE;
    while (*text != '\0') {
        size_t len = strcspn(text, ",");
        unsigned bits = TOKENS_NONE;
        for (size_t i = 0; i < sizeof SCOPES / sizeof *SCOPES; i++)
            if (strlen(SCOPES[i].name) == len && strncmp(text, SCOPES[i].name, len) == 0)
                bits = SCOPES[i].bits;
        if (bits == TOKENS_NONE || (text[len] == ',' && text[len + 1] == '\0')) {
            all = TOKENS_NONE;
            break;
        }
        all |= bits;
        text += len + (text[len] == ',');
    }
    if (all == TOKENS_NONE)
        return err_set(e, ERR_PARSE, "expected scopes out of submit, read, admin, joined by commas");
    *ret = all;
    return ERR_OK;
}

void tokens_scopes_text(char ret[TOKENS_SCOPES_LEN], unsigned scopes)
{
    const char *text = (scopes & TOKENS_ADMIN) != 0     ? "admin"
                       : scopes == TOKENS_SUBMIT        ? "submit"
                       : scopes == TOKENS_READ          ? "read"
                                                        : "submit,read";
    snprintf(ret, TOKENS_SCOPES_LEN, "%s", text);
}

/* "600/min" */
static bool parse_rate(const char *text, struct tokens_entry *ret)
{
    char *end;
    if (text[0] < '1' || text[0] > '9')
        return false;
    unsigned long long n = strtoull(text, &end, 10);
    for (size_t i = 0; *end == '/' && i < sizeof PERIODS / sizeof *PERIODS; i++)
        if (strcmp(end + 1, PERIODS[i].name) == 0 && n <= PERIODS[i].us) {
            ret->number = n;
            ret->period_us = PERIODS[i].us;
            ret->each_us = PERIODS[i].us / n;
            return true;
        }
    return false;
}

enum err_code tokens_parse_line(const char *line, struct tokens_entry *ret, struct err *e)
{
    char copy[LINE_MAX_BYTES];
    struct tokens_entry entry = {0};
    size_t len = strlen(line);
    if (len == 0 || line[0] == '#')
        return err_set(e, ERR_NOT_FOUND, "no token in this line");
    if (len >= sizeof copy)
        return err_set(e, ERR_PARSE, "line is too long");
    memcpy(copy, line, len + 1);
    char *rest = copy;
    char *hash = strsep(&rest, " "), *scopes = strsep(&rest, " "), *name = strsep(&rest, " ");
    if (!hex_decode(entry.hash.b, sizeof entry.hash.b, hash, strlen(hash), false))
        return err_set(e, ERR_PARSE, "expected 64 lower-case hexadecimal digits");
    enum err_code rc = tokens_parse_scopes(scopes != NULL ? scopes : "", &entry.scopes, e);
    if (rc != ERR_OK)
        return rc;
    size_t name_len = name != NULL ? strlen(name) : 0;
    if (name_len < 1 || name_len > TOKENS_NAME_MAX || strcspn(name, " \t") != name_len)
        return err_set(e, ERR_PARSE, "expected a name of 1 to 64 characters without spaces");
    if (rest != NULL && (strncmp(rest, "rate=", 5) != 0 || !parse_rate(rest + 5, &entry)))
        return err_set(e, ERR_PARSE, "expected a rate as in rate=600/min (s, min or h), at most a million a second");
    memcpy(entry.name, name, name_len + 1);
    *ret = entry;
    return ERR_OK;
}

static enum err_code add_line(struct tokens *tokens, char *line, const char *path, unsigned number, struct err *e)
{
    size_t len = strcspn(line, "\r\n");
    if (line[len] == '\0' && len >= LINE_MAX_BYTES - 1)
        return err_set(e, ERR_PARSE, "%s:%u: line is too long", path, number);
    line[len] = '\0';
    struct tokens_entry entry;
    enum err_code rc = tokens_parse_line(line, &entry, e);
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc != ERR_OK) {
        struct err fault = *e;
        return err_set(e, rc, "%s:%u: %s", path, number, fault.msg);
    }
    if (tokens->n == TOKENS_MAX)
        return err_set(e, ERR_LIMIT, "%s:%u: more than %d tokens", path, number, TOKENS_MAX);
    struct tokens_entry *grown = reallocarray(tokens->entries, tokens->n + 1, sizeof *grown);
    if (grown == NULL)
        return err_set(e, ERR_NOMEM, "%s: out of memory", path);
    tokens->entries = grown;
    grown[tokens->n++] = entry;
    return ERR_OK;
}

enum err_code tokens_read(struct tokens *ret, const char *path, struct err *e)
{
    struct tokens tokens = {.required = path[0] != '\0'};
    if (!tokens.required) {
        *ret = tokens;
        return ERR_OK;
    }
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return err_set(e, ERR_IO, "open %s: %s", path, strerror(errno));
    char line[LINE_MAX_BYTES];
    enum err_code rc = ERR_OK;
    for (unsigned number = 1; rc == ERR_OK && fgets(line, sizeof line, f) != NULL; number++)
        rc = add_line(&tokens, line, path, number, e);
    if (rc == ERR_OK && ferror(f))
        rc = err_set(e, ERR_IO, "read %s: %s", path, strerror(errno));
    fclose(f);
    if (rc != ERR_OK) {
        tokens_done(&tokens);
        return rc;
    }
    *ret = tokens;
    return ERR_OK;
}

void tokens_done(struct tokens *tokens)
{
    free(tokens->entries);
    memset(tokens, 0, sizeof *tokens);
}

/* Takes the same time whatever differs. */
static bool is_same(const struct hash32 *a, const struct hash32 *b)
{
    unsigned differs = 0;
    for (size_t i = 0; i < sizeof a->b; i++)
        differs |= (unsigned)(a->b[i] ^ b->b[i]);
    return differs == 0;
}

/* All entries are looked at, whichever it is. */
static struct tokens_entry *find(const struct tokens *tokens, const struct hash32 *hash)
{
    struct tokens_entry *found = NULL;
    for (size_t i = 0; i < tokens->n; i++)
        if (is_same(&tokens->entries[i].hash, hash))
            found = &tokens->entries[i];
    return found;
}

void tokens_carry(struct tokens *next, const struct tokens *old)
{
    for (size_t i = 0; i < next->n; i++) {
        const struct tokens_entry *before = find(old, &next->entries[i].hash);
        if (before != NULL)
            next->entries[i].busy_until_us = before->busy_until_us;
    }
}

/* Each request takes period / number; what is taken may reach a whole period into the future. */
static bool is_within_rate(struct tokens_entry *entry, uint64_t now_us, uint64_t *ret_wait_s)
{
    uint64_t from = entry->busy_until_us > now_us ? entry->busy_until_us : now_us;
    if (entry->period_us == 0)
        return true;
    if (from + entry->each_us > now_us + entry->period_us) {
        uint64_t wait_us = from + entry->each_us - now_us - entry->period_us;
        *ret_wait_s = (wait_us + 999999) / 1000000;
        return false;
    }
    entry->busy_until_us = from + entry->each_us;
    return true;
}

enum tokens_answer tokens_judge(struct tokens *tokens, const char *authorization, enum tokens_scope scope, uint64_t now_us,
                                uint64_t *ret_wait_s)
{
    if (!tokens->required || scope == TOKENS_NONE)
        return TOKENS_GRANTED;
    if (authorization == NULL || strncasecmp(authorization, "Bearer ", 7) != 0)
        return TOKENS_MISSING;
    const char *token = authorization + 7 + strspn(authorization + 7, " ");
    struct hash32 hash = sha256(token, strlen(token));
    struct tokens_entry *entry = find(tokens, &hash);
    if (entry == NULL)
        return TOKENS_UNKNOWN;
    if ((entry->scopes & scope) == 0)
        return TOKENS_TOO_WEAK;
    return is_within_rate(entry, now_us, ret_wait_s) ? TOKENS_GRANTED : TOKENS_TOO_OFTEN;
}
