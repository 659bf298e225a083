/* What a file is and what its hash is: see document.h. */
#include "verifier/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonio.h"
#include "common/limits.h"
#include "common/sha256.h"
#include "common/text.h"

#define PIECE (256 * 1024)

static enum err_code open_file(FILE **ret, const char *path, struct err *e)
{
    *ret = fopen(path, "rbe");
    if (*ret == NULL)
        return err_set(e, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    return ERR_OK;
}

static enum err_code read_error(const char *path, struct err *e)
{
    return err_set(e, errno == EISDIR ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
}

enum err_code document_load(char **ret, size_t *ret_len, const char *path, size_t max, struct err *e)
{
    FILE *file;
    struct text text = {0};
    enum err_code rc = open_file(&file, path, e);
    if (rc != ERR_OK)
        return rc;
    static char piece[PIECE];
    size_t got;
    while (text.len <= max && (got = fread(piece, 1, sizeof piece, file)) > 0)
        text_put(&text, piece, got);
    if (ferror(file))
        rc = read_error(path, e);
    else if (text.len > max)
        rc = err_set(e, ERR_LIMIT, "%s: longer than %zu bytes", path, max);
    fclose(file);
    if (rc != ERR_OK) {
        text_done(&text);
        return rc;
    }
    size_t len = text.len;
    char *data = text_steal(&text);
    if (data == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    *ret = data;
    *ret_len = len;
    return ERR_OK;
}

/* The first character that is not white space, after a byte order mark; 0 if there is none. */
static char first_character(const char *text, size_t len)
{
    size_t at = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < len && strchr(" \t\r\n", text[at]) != NULL && text[at] != '\0')
        at++;
    return at < len ? text[at] : '\0';
}

static bool mentions(const struct text *text, const char *what)
{
    return memmem(text->data, text->len, what, strlen(what)) != NULL;
}

/* A JSON object with a top-level @context is a credential. One that mentions @context and does not
 * parse is damaged: to hash it as bytes would hide that from its owner. */
static enum document_kind kind_of_json(const struct text *text, struct document *doc)
{
    json_t *value;
    struct err e;
    if (!mentions(text, "\"@context\""))
        return DOCUMENT_FILE;
    if (jsonio_load(&value, text->data, text->len, LIMITS_CREDENTIAL_BYTES, &e) != ERR_OK) {
        snprintf(doc->why, sizeof doc->why, "%.*s", (int)sizeof doc->why - 1, e.msg);
        return DOCUMENT_DAMAGED;
    }
    bool credential = json_object_get(value, "@context") != NULL;
    json_decref(value);
    return credential ? DOCUMENT_CREDENTIAL : DOCUMENT_FILE;
}

static enum document_kind kind_of_quads(const struct text *text)
{
    static const char TYPED[] = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
                                "<https://www.w3.org/2018/credentials#VerifiableCredential> .";
    return mentions(text, TYPED) ? DOCUMENT_CREDENTIAL : DOCUMENT_FILE;
}

static enum document_kind kind_of(const struct text *text, struct document *doc)
{
    char first = first_character(text->data, text->len);
    return first == '{' ? kind_of_json(text, doc) : kind_of_quads(text);
}

/* Only these can begin a credential: everything else is hashed as it streams by. */
static bool may_be_credential(const char *text, size_t len)
{
    char first = first_character(text, len);
    return first == '{' || first == '<' || first == '_';
}

/* One pass: hash every piece, and keep the text as long as it may be a credential. */
static enum err_code hash_and_keep(FILE *file, struct hash32 *hash, struct text *kept)
{
    static char piece[PIECE];
    struct sha256_stream stream;
    bool keep = true, first = true;
    sha256_init(&stream);
    for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0; first = false) {
        sha256_update(&stream, piece, got);
        if (first)
            keep = may_be_credential(piece, got);
        keep = keep && kept->len + got <= LIMITS_CREDENTIAL_BYTES;
        if (keep)
            text_put(kept, piece, got);
        else
            text_done(kept);
    }
    *hash = sha256_final(&stream);
    return kept->failed ? ERR_NOMEM : ferror(file) ? ERR_IO : ERR_OK;
}

enum err_code document_read(struct document *ret, const char *path, bool as_bytes, struct err *e)
{
    FILE *file;
    struct text kept = {0};
    struct document doc = {.kind = DOCUMENT_FILE, .rule = PROOF_RULE_BYTES, .hashed = true};
    enum err_code rc = open_file(&file, path, e);
    if (rc != ERR_OK)
        return rc;
    rc = hash_and_keep(file, &doc.as_bytes, &kept);
    if (rc == ERR_IO)
        rc = read_error(path, e);
    else if (rc != ERR_OK)
        err_set(e, rc, "%s: %s", path, err_text(rc));
    fclose(file);
    if (rc == ERR_OK) {
        doc.hash = doc.as_bytes;
        if (!as_bytes && kept.len > 0)
            doc.kind = kind_of(&kept, &doc);
        if (doc.kind != DOCUMENT_FILE) {
            doc.rule = PROOF_RULE_RDFC;
            doc.hashed = false;
        }
        *ret = doc;
    }
    text_done(&kept);
    return rc;
}
