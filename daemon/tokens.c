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

static bool parse_scopes(char *text, unsigned *ret)
{
    char *rest = text, *word;
    *ret = TOKENS_NONE;
    while ((word = strsep(&rest, ",")) != NULL) {
        unsigned bits = 0;
        for (size_t i = 0; i < sizeof SCOPES / sizeof *SCOPES; i++)
            if (strcmp(word, SCOPES[i].name) == 0)
                bits = SCOPES[i].bits;
        if (bits == 0)
            return false;
        *ret |= bits;
    }
    return *ret != TOKENS_NONE;
}

/* What is wrong with a line, or NULL. */
static const char *parse_line(char *line, struct tokens_entry *ret)
{
    char *rest = line;
    char *hash = strsep(&rest, " "), *scopes = strsep(&rest, " "), *name = rest;
    if (!hex_decode(ret->hash.b, sizeof ret->hash.b, hash, strlen(hash), false))
        return "expected 64 lower-case hexadecimal digits";
    if (scopes == NULL || !parse_scopes(scopes, &ret->scopes))
        return "expected scopes out of submit, read, admin, joined by commas";
    size_t len = name != NULL ? strlen(name) : 0;
    if (len < 1 || len > TOKENS_NAME_MAX || strcspn(name, " \t") != len)
        return "expected a name of 1 to 64 characters without spaces";
    memcpy(ret->name, name, len + 1);
    return NULL;
}

static enum err_code add_line(struct tokens *tokens, char *line, const char *path, unsigned number, struct err *e)
{
    size_t len = strcspn(line, "\r\n");
    if (line[len] == '\0' && len >= LINE_MAX_BYTES - 1)
        return err_set(e, ERR_PARSE, "%s:%u: line is too long", path, number);
    line[len] = '\0';
    if (len == 0 || line[0] == '#')
        return ERR_OK;
    if (tokens->n == TOKENS_MAX)
        return err_set(e, ERR_LIMIT, "%s:%u: more than %d tokens", path, number, TOKENS_MAX);
    struct tokens_entry *grown = reallocarray(tokens->entries, tokens->n + 1, sizeof *grown);
    if (grown == NULL)
        return err_set(e, ERR_NOMEM, "%s: out of memory", path);
    tokens->entries = grown;
    const char *fault = parse_line(line, &grown[tokens->n]);
    if (fault != NULL)
        return err_set(e, ERR_PARSE, "%s:%u: %s", path, number, fault);
    tokens->n++;
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

enum tokens_answer tokens_judge(const struct tokens *tokens, const char *authorization, enum tokens_scope scope)
{
    if (!tokens->required || scope == TOKENS_NONE)
        return TOKENS_GRANTED;
    if (authorization == NULL || strncasecmp(authorization, "Bearer ", 7) != 0)
        return TOKENS_MISSING;
    const char *token = authorization + 7 + strspn(authorization + 7, " ");
    /* The hash of what was sent is compared, so the time it takes says nothing of the token. */
    struct hash32 hash = sha256(token, strlen(token));
    for (size_t i = 0; i < tokens->n; i++)
        if (hash32_equal(&tokens->entries[i].hash, &hash))
            return (tokens->entries[i].scopes & scope) != 0 ? TOKENS_GRANTED : TOKENS_TOO_WEAK;
    return TOKENS_UNKNOWN;
}
