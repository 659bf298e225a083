/* Taking documents out of their wrapping: see unwrap.h. */
#include "verifier/wrap/unwrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/text.h"
#include "verifier/rdf/slice.h"
#include "verifier/wrap/png.h"
#include "verifier/wrap/svg.h"
#include "verifier/wrap/zip.h"

static const char PROOF_ENDING[] = ".proof.json";

/* -- Pictures --------------------------------------------------------------------------------- */

static enum badge_answer badge_of(struct text *out, struct slice bytes)
{
    if (png_is(bytes))
        return png_badge(out, bytes);
    return svg_is(bytes) ? svg_badge(out, bytes) : BADGE_NONE;
}

static void give(const struct unwrap_sink *sink, const char *name, struct slice bytes, struct slice proof,
                 bool taken_out)
{
    struct unwrap_document document = {name, bytes, proof, taken_out};
    sink->on_document(sink->self, &document);
}

/* A document, or the badge that a picture carries. With a proof beside it the picture is the document. */
static void unwrap_single(const struct unwrap_sink *sink, const char *name, struct slice bytes,
                          struct slice proof)
{
    struct text badge = {0};
    enum badge_answer answer = proof.len > 0 ? BADGE_NONE : badge_of(&badge, bytes);
    if (badge.failed)
        answer = BADGE_TOO_LONG;
    switch (answer) {
    case BADGE_NONE: give(sink, name, bytes, proof, false); break;
    case BADGE_FOUND:
        give(sink, name, (struct slice){(const uint8_t *)text_string(&badge), badge.len}, proof, true);
        break;
    case BADGE_TWICE: sink->on_trouble(sink->self, name, REASON_BADGE_TWICE, ""); break;
    case BADGE_DAMAGED: sink->on_trouble(sink->self, name, REASON_BADGE_DAMAGED, ""); break;
    case BADGE_TOO_LONG: sink->on_trouble(sink->self, name, REASON_WRAPPING_LIMIT, "the badge is too long"); break;
    }
    text_done(&badge);
}

/* -- Archives --------------------------------------------------------------------------------- */

/* An archive under way. */
struct archive {
    const struct unwrap_sink *sink;
    const char *name;
    struct zip zip;
    struct zip_member *members; /* owned; only what may be a document or a proof */
    const struct zip_member **by_name; /* owned; sorted */
    size_t n, n_documents;
    size_t unpacked;            /* bytes so far */
};

static bool ends_with(struct slice name, struct slice ending)
{
    return name.len >= ending.len && slice_equal(slice_from(name, name.len - ending.len), ending);
}

static int compare_members(const void *a, const void *b)
{
    const struct zip_member *const *x = a, *const *y = b;
    return slice_compare((*x)->name, (*y)->name);
}

/* What systems add to archives by themselves. */
static bool is_clutter(struct slice name)
{
    return slice_starts(name, SLICE("__MACOSX/")) || ends_with(name, SLICE(".DS_Store")) ||
           ends_with(name, SLICE("Thumbs.db")) || ends_with(name, SLICE("desktop.ini"));
}

static enum err_code list_members(struct archive *a, struct err *e)
{
    struct zip_member member;
    enum err_code rc;
    size_t most = a->zip.left;
    a->members = calloc(most + 1, sizeof *a->members);
    a->by_name = calloc(most + 1, sizeof *a->by_name);
    if (a->members == NULL || a->by_name == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    while ((rc = zip_next(&a->zip, &member, e)) == ERR_OK)
        if (!member.is_folder && !is_clutter(member.name))
            a->members[a->n++] = member;
    for (size_t i = 0; i < a->n; i++)
        a->by_name[i] = &a->members[i];
    qsort(a->by_name, a->n, sizeof *a->by_name, compare_members);
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

/* The member of this name, and an ending behind it; NULL if there is none. */
static const struct zip_member *find_member(const struct archive *a, struct slice name, const char *ending)
{
    struct text whole = {0};
    text_put(&whole, (const char *)name.data, name.len);
    text_puts(&whole, ending);
    struct zip_member wanted = {.name = {(const uint8_t *)text_string(&whole), whole.len}};
    const struct zip_member *key = &wanted;
    const struct zip_member **found =
        whole.failed ? NULL : bsearch(&key, a->by_name, a->n, sizeof *a->by_name, compare_members);
    text_done(&whole);
    return found != NULL ? *found : NULL;
}

/* Documents of word processors, books and programs are archives too; to their owner they are one file. */
static bool is_one_document(const struct archive *a)
{
    static const char *const MARKS[] = {"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"};
    for (size_t i = 0; i < sizeof MARKS / sizeof MARKS[0]; i++)
        if (find_member(a, slice_of(MARKS[i]), "") != NULL)
            return true;
    return false;
}

/* The label: name of the archive and of the member, without anything that could drive a terminal. */
static void label(struct text *out, const struct archive *a, struct slice member)
{
    text_puts(out, a->name);
    text_putc(out, '/');
    text_put_plain(out, (const char *)member.data, member.len);
}

static bool read_member(struct archive *a, const struct zip_member *member, struct text *out, const char *name)
{
    struct err e;
    enum err_code rc = ERR_OK;
    if (a->unpacked + member->len > LIMITS_UNPACKED_BYTES)
        rc = err_set(&e, ERR_LIMIT, "more than %u bytes in all", LIMITS_UNPACKED_BYTES);
    if (rc == ERR_OK)
        rc = zip_read(&a->zip, member, LIMITS_CREDENTIAL_BYTES, out, &e);
    a->unpacked += out->len;
    if (rc == ERR_OK)
        return true;
    a->sink->on_trouble(a->sink->self, name, rc == ERR_PARSE ? REASON_ARCHIVE_DAMAGED : REASON_WRAPPING_LIMIT,
                        e.msg);
    return false;
}

static void unwrap_member(struct archive *a, const struct zip_member *member)
{
    struct text name = {0}, bytes = {0}, proof = {0};
    const struct zip_member *beside = find_member(a, member->name, PROOF_ENDING);
    label(&name, a, member->name);
    const char *shown = text_string(&name);
    if (read_member(a, member, &bytes, shown) && (beside == NULL || read_member(a, beside, &proof, shown))) {
        struct slice b = {(const uint8_t *)text_string(&bytes), bytes.len};
        struct slice p = {(const uint8_t *)text_string(&proof), proof.len};
        if (zip_is(b) && p.len == 0)
            a->sink->on_trouble(a->sink->self, shown, REASON_WRAPPING_LIMIT, "an archive inside of an archive");
        else
            unwrap_single(a->sink, shown, b, p);
    }
    text_done(&name);
    text_done(&bytes);
    text_done(&proof);
}

/* A proof document is read with the member that it belongs to. */
static bool is_proof_of_another(const struct archive *a, const struct zip_member *member)
{
    struct slice ending = slice_of(PROOF_ENDING);
    if (!ends_with(member->name, ending))
        return false;
    struct slice name = {member->name.data, member->name.len - ending.len};
    return find_member(a, name, "") != NULL;
}

static void unwrap_members(struct archive *a)
{
    for (size_t i = 0; i < a->n; i++) {
        if (is_proof_of_another(a, &a->members[i]))
            continue;
        unwrap_member(a, &a->members[i]);
        a->n_documents++;
    }
    if (a->n_documents == 0)
        a->sink->on_trouble(a->sink->self, a->name, REASON_ARCHIVE_EMPTY, "");
}

static void unwrap_archive(const struct unwrap_sink *sink, const char *name, struct slice bytes)
{
    struct archive a = {.sink = sink, .name = name};
    struct err e;
    enum err_code rc = zip_open(&a.zip, bytes, &e);
    if (rc == ERR_OK)
        rc = list_members(&a, &e);
    if (rc != ERR_OK)
        sink->on_trouble(sink->self, name, rc == ERR_PARSE ? REASON_ARCHIVE_DAMAGED : REASON_WRAPPING_LIMIT,
                         e.msg);
    else if (is_one_document(&a))
        give(sink, name, bytes, (struct slice){0}, false);
    else
        unwrap_members(&a);
    free(a.by_name);
    free(a.members);
}

/* -- Both ------------------------------------------------------------------------------------- */

bool unwrap_is_container(struct slice bytes)
{
    return zip_is(bytes) || png_is(bytes) || svg_is(bytes);
}

void unwrap_bytes(const struct unwrap_sink *sink, const char *name, struct slice bytes)
{
    if (zip_is(bytes))
        unwrap_archive(sink, name, bytes);
    else
        unwrap_single(sink, name, bytes, (struct slice){0});
}
