/* What a file is and what its hash is: see document.h. */
#include "verifier/document.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* The next piece, behind what is there. Returns: its length; 0 at the end, and if something failed. */
static size_t read_more(FILE *file, struct text *t)
{
    if (t->cap - t->len < 2)
        text_reserve(t, PIECE);
    if (t->failed)
        return 0;
    size_t got = fread(t->data + t->len, 1, t->cap - t->len - 1, file);
    t->len += got;
    t->data[t->len] = '\0';
    return got;
}

/* Room for all of a regular file at once. */
static void reserve_file(FILE *file, struct text *t, size_t max)
{
    struct stat st;
    if (fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && (size_t)st.st_size <= max)
        text_reserve(t, (size_t)st.st_size + 2);
}

enum err_code document_load(char **ret, size_t *ret_len, const char *path, size_t max, struct err *e)
{
    FILE *file;
    struct text text = {0};
    enum err_code rc = open_file(&file, path, e);
    if (rc != ERR_OK)
        return rc;
    reserve_file(file, &text, max);
    while (text.len <= max && read_more(file, &text) > 0)
        ;
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

static bool mentions(struct slice text, const char *what)
{
    return memmem(text.data, text.len, what, strlen(what)) != NULL;
}

static struct document_refusal refusal(enum reason reason, const char *detail)
{
    struct document_refusal r = {.reason = reason};
    snprintf(r.detail, sizeof r.detail, "%s", detail);
    return r;
}

/* A JSON object with a top-level @context is a credential. One that mentions @context and does not
 * parse is damaged: to hash it as bytes would hide that from its owner. */
static enum document_kind kind_of_json(struct slice text, struct document *doc)
{
    struct jdoc_limits limits = {.bytes = LIMITS_CREDENTIAL_BYTES, .depth = JDOC_MAX_DEPTH};
    const struct jdoc *root;
    struct err e;
    enum err_code rc = jdoc_parse(&doc->arena, text, limits, &root, &e);
    if (rc != ERR_OK && !mentions(text, "\"@context\""))
        return DOCUMENT_FILE;
    if (rc == ERR_OK && jdoc_get(root, "@context") == NULL)
        return DOCUMENT_FILE;
    if (rc == ERR_OK) {
        doc->whole = root;
        doc->root = canonize_without_proof(&doc->arena, root, 0, NULL);
        rc = arena_check(&doc->arena, &e);
    }
    if (rc == ERR_OK)
        return DOCUMENT_CREDENTIAL;
    doc->refusal = document_refuse(NULL, NULL, NULL, rc, &e);
    return DOCUMENT_DAMAGED;
}

/* Only canonical text stands for the credential: its hash by both rules is the same. */
static enum document_kind kind_of_quads(struct slice text, struct document *doc)
{
    static const char TYPED[] = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
                                "<https://www.w3.org/2018/credentials#VerifiableCredential> .";
    struct canonize_options options = canonize_options();
    struct canonize_result result;
    if (!mentions(text, TYPED))
        return DOCUMENT_FILE;
    if (canonize_nquads(&doc->arena, text, &options, &result, NULL) != ERR_OK)
        return DOCUMENT_FILE;
    return DOCUMENT_QUADS;
}

/* Without the white space around it. */
static struct slice trimmed(struct slice text)
{
    while (text.len > 0 && strchr(" \t\r\n", text.data[0]) != NULL && text.data[0] != '\0')
        text = slice_from(text, 1);
    while (text.len > 0 && strchr(" \t\r\n", text.data[text.len - 1]) != NULL && text.data[text.len - 1] != '\0')
        text.len--;
    return text;
}

/* Three parts of base64url, the first of them an object: a compact token (RFC 7515). */
static bool is_token(struct slice text)
{
    size_t dots = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '.')
            dots++;
        else if (!isalnum(text.data[i]) && text.data[i] != '-' && text.data[i] != '_')
            return false;
    }
    return dots == 2 && slice_starts(text, SLICE("eyJ"));
}

static enum document_kind kind_of(struct slice text, struct document *doc)
{
    char first = first_character((const char *)text.data, text.len);
    if (first == 'e')
        return is_token(trimmed(text)) ? DOCUMENT_TOKEN : DOCUMENT_FILE;
    return first == '{' ? kind_of_json(text, doc) : kind_of_quads(text, doc);
}

/* Only these can begin a credential: everything else is hashed as it streams by. */
static bool may_be_credential(const char *text, size_t len)
{
    char first = first_character(text, len);
    return first == '{' || first == '<' || first == '_' || first == 'e';
}

/* One pass: keep the text as long as it may be a credential, and hash what is not kept. */
static enum err_code hash_or_keep(FILE *file, struct document *doc, struct text *kept)
{
    static char piece[PIECE];
    struct sha256_stream stream;
    sha256_init(&stream);
    bool keep = read_more(file, kept) > 0 && may_be_credential(kept->data, kept->len);
    if (keep)
        reserve_file(file, kept, LIMITS_CREDENTIAL_BYTES);
    while (keep && kept->len <= LIMITS_CREDENTIAL_BYTES && read_more(file, kept) > 0)
        ;
    if (!kept->failed && (!keep || kept->len > LIMITS_CREDENTIAL_BYTES)) {
        sha256_update(&stream, text_string(kept), kept->len);
        text_done(kept);
        for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0;)
            sha256_update(&stream, piece, got);
    }
    doc->as_bytes = sha256_final(&stream);
    doc->has_as_bytes = kept->len == 0;
    return kept->failed ? ERR_NOMEM : ferror(file) ? ERR_IO : ERR_OK;
}

/* Decide what the text is; a credential keeps it, because its tree points into it. */
static enum err_code recognise(struct document *doc, struct text *kept, bool as_bytes, struct err *e)
{
    size_t len = kept->len;
    doc->text = text_steal(kept);
    if (doc->text == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    arena_init(&doc->arena, CANONIZE_ARENA_BYTES);
    doc->len = len;
    if (!as_bytes)
        doc->kind = kind_of((struct slice){(const uint8_t *)doc->text, len}, doc);
    if (doc->kind != DOCUMENT_FILE && doc->kind != DOCUMENT_TOKEN)
        doc->rule = PROOF_RULE_RDFC;
    if (doc->kind != DOCUMENT_CREDENTIAL && doc->kind != DOCUMENT_TOKEN) {
        document_as_bytes(doc);
        arena_done(&doc->arena);
        free(doc->text);
        doc->text = NULL;
    }
    return ERR_OK;
}

enum err_code document_read(struct document *ret, const char *path, bool as_bytes, struct err *e)
{
    FILE *file;
    struct text kept = {0};
    struct document doc = {.kind = DOCUMENT_FILE, .rule = PROOF_RULE_BYTES};
    enum err_code rc = open_file(&file, path, e);
    if (rc != ERR_OK)
        return rc;
    rc = hash_or_keep(file, &doc, &kept);
    if (rc == ERR_IO)
        rc = read_error(path, e);
    else if (rc != ERR_OK)
        err_set(e, rc, "%s: %s", path, err_text(rc));
    fclose(file);
    if (rc == ERR_OK && kept.len > 0)
        rc = recognise(&doc, &kept, as_bytes, e);
    if (rc == ERR_OK)
        *ret = doc;
    text_done(&kept);
    return rc;
}

enum err_code document_take(struct document *ret, const char *bytes, size_t len, bool as_bytes,
                            struct err *e)
{
    struct text kept = {0};
    struct document doc = {.kind = DOCUMENT_FILE, .rule = PROOF_RULE_BYTES};
    enum err_code rc = ERR_OK;
    if (!as_bytes && len <= LIMITS_CREDENTIAL_BYTES && may_be_credential(bytes, len)) {
        text_put(&kept, bytes, len);
    } else {
        doc.as_bytes = sha256((const uint8_t *)bytes, len);
        doc.has_as_bytes = true;
    }
    if (kept.failed)
        rc = err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    else if (kept.len > 0)
        rc = recognise(&doc, &kept, false, e);
    if (rc == ERR_OK)
        *ret = doc;
    text_done(&kept);
    return rc;
}

const struct hash32 *document_as_bytes(struct document *doc)
{
    if (!doc->has_as_bytes)
        doc->as_bytes = sha256((const uint8_t *)doc->text, doc->len);
    doc->has_as_bytes = true;
    return &doc->as_bytes;
}

struct slice document_token(const struct document *doc)
{
    return trimmed((struct slice){(const uint8_t *)doc->text, doc->len});
}

void document_done(struct document *doc)
{
    arena_done(&doc->arena);
    free(doc->text);
    *doc = (struct document){0};
}

/* -- Credentials ---------------------------------------------------------------------------- */

/* As the rules for credentials want it; another text of a context may succeed where the usual fails. */
static enum err_code canonize_strictly(struct canonize *contexts, struct arena *arena,
                                       const struct jdoc *root, const struct hash32 *target,
                                       const struct canonize_options *options,
                                       struct canonize_result *ret, struct err *e)
{
    bool matches;
    if (target != NULL)
        return canonize_match(contexts, arena, root, options, target, ret, &matches, e);
    return canonize_tree(contexts, arena, root, options, ret, e);
}

enum err_code document_canonize(struct canonize *contexts, struct arena *arena,
                                const struct jdoc *root, const struct hash32 *target,
                                struct canonize_options *options, struct canonize_result *ret,
                                struct err *e)
{
    struct canonize_result freely;
    options->credential = true; /* what holds by the rule holds without it, and is the same */
    if (target == NULL && canonize_tree(contexts, arena, root, options, ret, NULL) == ERR_OK)
        return ERR_OK;
    options->credential = false;
    enum err_code rc = canonize_tree(contexts, arena, root, options, &freely, e);
    if (rc == ERR_OK && freely.n_contexts == 0 && freely.text.len > 0) {
        *ret = freely;
        return rc;
    }
    options->credential = true;
    if (rc == ERR_OK)
        return canonize_strictly(contexts, arena, root, target, options, ret, e);
    if (target != NULL &&
        canonize_strictly(contexts, arena, root, target, options, ret, NULL) == ERR_OK)
        return ERR_OK;
    options->credential = false; /* the first error is the plainer one */
    return rc;
}

static bool hash_credential(struct document *doc, struct canonize *contexts,
                            const struct hash32 *target)
{
    struct canonize_options options = canonize_options();
    struct err e;
    enum err_code rc = document_canonize(contexts, &doc->arena, doc->root, target, &options,
                                         &doc->canonical, &e);
    if (rc != ERR_OK)
        doc->refusal = document_refuse(contexts, doc->root, &options, rc, &e);
    else
        doc->hash = doc->canonical.hash;
    return rc == ERR_OK;
}

bool document_hash(struct document *doc, struct canonize *contexts, const struct hash32 *target)
{
    switch (doc->kind) {
    case DOCUMENT_FILE:
    case DOCUMENT_TOKEN:
    case DOCUMENT_QUADS: doc->hash = *document_as_bytes(doc); return true;
    case DOCUMENT_CREDENTIAL: return hash_credential(doc, contexts, target);
    case DOCUMENT_DAMAGED: return false;
    }
    return false;
}

/* The first place stands in the message; name the others behind it, as far as there is room. */
static void add_places(struct document_refusal *r, const struct canonize_result *listed,
                       const struct err *e)
{
    size_t len = strlen(r->detail);
    const char *before = "; also ";
    for (size_t i = 0; i < listed->n_losses && len < sizeof r->detail; i++) {
        char place[SLICE_MESSAGE_MAX + 8];
        snprintf(place, sizeof place, "at %.*s)", SLICE_ARG(listed->losses[i].pointer));
        if (listed->losses[i].pointer.len == 0 || strstr(e->msg, place) != NULL)
            continue;
        len += (size_t)snprintf(r->detail + len, sizeof r->detail - len, "%s%.*s", before,
                                SLICE_ARG(listed->losses[i].pointer));
        before = ", ";
    }
}

/* A document that works when losses are only listed has nothing else wrong with it; one that does not
 * is told what is worse. */
static struct document_refusal refuse_content(struct canonize *contexts, const struct jdoc *root,
                                              struct canonize_options options, const struct err *e)
{
    struct arena arena;
    struct canonize_result listed;
    struct err worse;
    options.losses = JSONLD_LOSS_LIST;
    arena_init(&arena, CANONIZE_ARENA_BYTES);
    enum err_code rc = canonize_tree(contexts, &arena, root, &options, &listed, &worse);
    bool lossy = rc == ERR_OK && listed.n_losses > 0;
    struct document_refusal ret = refusal(lossy ? REASON_CREDENTIAL_LOSSY : REASON_CREDENTIAL_INVALID,
                                          rc == ERR_INVALID ? worse.msg : e->msg);
    if (lossy)
        add_places(&ret, &listed, e);
    arena_done(&arena);
    return ret;
}

struct document_refusal document_refuse(struct canonize *contexts, const struct jdoc *root,
                                        const struct canonize_options *options, enum err_code rc,
                                        const struct err *e)
{
    if (rc == ERR_PARSE)
        return refusal(REASON_CREDENTIAL_BROKEN, e->msg);
    if (rc == ERR_NOT_FOUND)
        return refusal(REASON_CONTEXT_UNKNOWN, e->msg);
    if (rc == ERR_LIMIT)
        return refusal(REASON_CREDENTIAL_COMPLEX, e->msg);
    if (root == NULL)
        return refusal(REASON_CREDENTIAL_INVALID, e->msg);
    return refuse_content(contexts, root, *options, e);
}
