/* One input to its verdicts: see examine.h. */
#include "verifier/wrap/examine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/limits.h"
#include "verifier/document.h"
#include "verifier/lookup.h"
#include "verifier/wrap/diagnose.h"
#include "verifier/wrap/unwrap.h"

#define HEAD 4096 /* bytes that tell whether a file wraps another */

/* -- Results ---------------------------------------------------------------------------------- */

static void give(const struct examine *x, const struct check_result *result)
{
    x->on_result(x->self, result);
}

static void give_trouble(const struct examine *x, const char *name, enum reason reason, const char *detail)
{
    static struct check_result result; /* large */
    result = (struct check_result){.file = name};
    verdict_add(&result.findings, VERDICT_DOCUMENT, reason, "%s", detail);
    result.verdict = verdict_of(&result.findings);
    give(x, &result);
}

/* What is only said because nothing better is known of a document. */
static bool is_helpless(enum reason reason)
{
    return reason == REASON_NO_PROOF || reason == REASON_PROOFLESS || reason == REASON_CREDENTIAL_BROKEN;
}

/* Say instead what happened to the document, if that can be seen. */
static void diagnose(struct check_result *result, struct slice bytes)
{
    enum reason reason = diagnose_file(bytes);
    if (reason == REASON_GENUINE)
        return;
    for (size_t i = 0; i < result->findings.n; i++)
        if (is_helpless(result->findings.items[i].reason))
            result->findings.items[i].reason = reason;
    result->verdict = verdict_of(&result->findings);
}

static void note_taken_out(struct check_result *result)
{
    struct verdict_findings *f = &result->findings;
    if (f->n == VERDICT_MAX_FINDINGS)
        return;
    memmove(f->items + 1, f->items, f->n * sizeof f->items[0]);
    f->items[0] = (struct verdict_finding){.reason = REASON_TAKEN_OUT, .anchor = VERDICT_DOCUMENT};
    f->n++;
    result->verdict = verdict_of(f);
}

/* -- Documents out of their wrapping ---------------------------------------------------------- */

static void give_bytes(const struct examine *x, const char *name, struct slice bytes, bool taken_out)
{
    static struct check_result result;
    check_bytes(x->setup, name, (const char *)bytes.data, bytes.len, &result);
    if (is_helpless(result.verdict.reason))
        diagnose(&result, bytes);
    if (taken_out)
        note_taken_out(&result);
    give(x, &result);
}

static void give_pair(const struct examine *x, const char *name, struct slice bytes, struct slice proof)
{
    static struct check_result result;
    check_pair(x->setup, name, bytes, proof, &result);
    give(x, &result);
}

/* Old badges hold only where the assertion is to be had. */
static bool is_link(struct slice bytes)
{
    return bytes.len <= LOOKUP_URL_MAX &&
           (slice_starts(bytes, SLICE("http://")) || slice_starts(bytes, SLICE("https://"))) &&
           memchr(bytes.data, '\n', bytes.len) == NULL;
}

static void give_linked(const struct examine *x, const char *name, struct slice url)
{
    if (x->setup->lookup == NULL) {
        give_trouble(x, name, REASON_LINK_UNREACHABLE, "nobody is asked");
        return;
    }
    const struct lookup_reply *reply = lookup_get(x->setup->lookup, url);
    if (reply->answer == LOOKUP_FOUND)
        give_bytes(x, name, reply->body, true);
    else
        give_trouble(x, name, REASON_LINK_UNREACHABLE, reply->why);
}

static void on_document(void *self, const struct unwrap_document *document)
{
    const struct examine *x = self;
    if (document->proof.len > 0)
        give_pair(x, document->name, document->bytes, document->proof);
    else if (document->taken_out && is_link(document->bytes))
        give_linked(x, document->name, document->bytes);
    else
        give_bytes(x, document->name, document->bytes, document->taken_out);
}

static void on_trouble(void *self, const char *name, enum reason reason, const char *detail)
{
    give_trouble(self, name, reason, detail);
}

static void examine_bytes(const struct examine *x, const char *name, struct slice bytes)
{
    struct unwrap_sink sink = {on_document, on_trouble, (void *)(uintptr_t)x};
    if (x->setup->as_bytes)
        give_bytes(x, name, bytes, false);
    else
        unwrap_bytes(&sink, name, bytes);
}

/* -- Files and streams ------------------------------------------------------------------------ */

static bool has_proof_beside(const char *path)
{
    char beside[4096];
    return snprintf(beside, sizeof beside, "%s.proof.json", path) < (int)sizeof beside &&
           access(beside, F_OK) == 0;
}

/* Whole; false after a result. */
static bool load(const struct examine *x, const char *name, const char *path, char **ret, size_t *ret_len)
{
    struct err e;
    enum err_code rc = document_load(ret, ret_len, path, LIMITS_INPUT_BYTES, &e);
    if (rc == ERR_OK)
        return true;
    give_trouble(x, name, rc == ERR_LIMIT ? REASON_WRAPPING_LIMIT : rc == ERR_NOMEM ? REASON_INCOMPLETE
                                                                                  : REASON_NO_SUCH_FILE, e.msg);
    return false;
}

/* A pipe can be read once: with a named proof both are held in memory. */
static void examine_stream(const struct examine *x, const char *name, const char *path)
{
    char *bytes, *proof;
    size_t len, proof_len;
    struct err e;
    if (!load(x, name, path, &bytes, &len))
        return;
    struct slice whole = {(const uint8_t *)bytes, len};
    if (x->proof_file == NULL) {
        examine_bytes(x, name, whole);
    } else if (document_load(&proof, &proof_len, x->proof_file, LIMITS_PROOF_BYTES, &e) == ERR_OK) {
        give_pair(x, name, whole, (struct slice){(const uint8_t *)proof, proof_len});
        free(proof);
    } else {
        give_trouble(x, name, e.code == ERR_LIMIT ? REASON_PROOF_MALFORMED : REASON_NO_PROOF_FILE, e.msg);
    }
    free(bytes);
}

static bool wraps_another(const char *path)
{
    uint8_t head[HEAD];
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return false;
    size_t len = fread(head, 1, sizeof head, file);
    fclose(file);
    return unwrap_is_container((struct slice){head, len});
}

static void examine_wrapping(const struct examine *x, const char *path)
{
    char *bytes;
    size_t len;
    if (!load(x, path, path, &bytes, &len))
        return;
    examine_bytes(x, path, (struct slice){(const uint8_t *)bytes, len});
    free(bytes);
}

static void examine_plain(const struct examine *x, const char *path)
{
    static struct check_result result;
    char *bytes;
    size_t len;
    check_file(x->setup, path, x->proof_file, &result);
    if (x->proof_file == NULL && is_helpless(result.verdict.reason) &&
        document_load(&bytes, &len, path, LIMITS_INPUT_BYTES, NULL) == ERR_OK) {
        diagnose(&result, (struct slice){(const uint8_t *)bytes, len});
        free(bytes);
    }
    give(x, &result);
}

void examine_path(const struct examine *x, const char *path)
{
    struct stat st;
    if (strcmp(path, "-") == 0)
        examine_stream(x, path, "/dev/stdin");
    else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        examine_stream(x, path, path);
    else if (x->setup->as_bytes || x->proof_file != NULL || has_proof_beside(path) || !wraps_another(path))
        examine_plain(x, path);
    else
        examine_wrapping(x, path);
}
