/* Selective disclosure: see selective.h. */
#include "verifier/keys/selective.h"

#include <stdlib.h>
#include <string.h>

#include "common/cbor.h"
#include "common/sha256.h"
#include "verifier/keys/keytext.h"
#include "verifier/rdf/nquads.h"

#define LABEL_BYTES 32
#define LABEL_TEXT 46   /* "_:u" and 43 characters of base64url */
#define STATEMENTS_MAX 20000

/* -- Reading -------------------------------------------------------------------------------- */

static size_t read_count(struct bytes_reader *r, enum cbor_type type)
{
    uint64_t n = cbor_get(r, type);
    if (n > SELECTIVE_MAX_ITEMS || n > bytes_left(r)) /* each item has a byte at least */
        r->failed = true;
    return r->failed ? 0 : (size_t)n;
}

static void read_signatures(struct arena *arena, struct bytes_reader *r, struct selective_proof *p)
{
    p->n_signatures = read_count(r, CBOR_ARRAY);
    p->signatures = arena_array(arena, p->n_signatures, sizeof *p->signatures);
    for (size_t i = 0; p->signatures != NULL && i < p->n_signatures; i++)
        p->signatures[i] = cbor_get_string(r, CBOR_BYTES);
}

/* The canonical nodes of what is shown are numbered from 0 without holes, and so are their names. */
static void read_labels(struct arena *arena, struct bytes_reader *r, struct selective_proof *p)
{
    p->n_labels = read_count(r, CBOR_MAP);
    p->labels = arena_array(arena, p->n_labels, sizeof *p->labels);
    for (size_t i = 0; p->labels != NULL && i < p->n_labels && !r->failed; i++) {
        uint64_t number = cbor_get(r, CBOR_UINT);
        struct slice name = cbor_get_string(r, CBOR_BYTES);
        if (number >= p->n_labels || p->labels[number].data != NULL || name.len != LABEL_BYTES)
            r->failed = true;
        else
            p->labels[number] = name;
    }
}

static void read_indexes(struct arena *arena, struct bytes_reader *r, struct selective_proof *p)
{
    p->n_mandatory = read_count(r, CBOR_ARRAY);
    p->mandatory = arena_array(arena, p->n_mandatory, sizeof *p->mandatory);
    for (size_t i = 0; p->mandatory != NULL && i < p->n_mandatory && !r->failed; i++) {
        uint64_t index = cbor_get(r, CBOR_UINT);
        if (index >= STATEMENTS_MAX || (i > 0 && index <= p->mandatory[i - 1]))
            r->failed = true;
        p->mandatory[i] = (size_t)index;
    }
}

static int compare_slices(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* Two nodes of one name could be shown as one, or one as two: statements about different things would
 * be taken for statements about the same. */
static enum err_code check_labels(struct arena *arena, const struct selective_proof *p, struct err *e)
{
    struct slice *sorted = arena_array(arena, p->n_labels, sizeof *sorted);
    if (sorted == NULL)
        return arena_check(arena, e);
    if (p->n_labels > 0)
        memcpy(sorted, p->labels, p->n_labels * sizeof *sorted);
    qsort(sorted, p->n_labels, sizeof *sorted, compare_slices);
    for (size_t i = 1; i < p->n_labels; i++)
        if (slice_equal(sorted[i - 1], sorted[i]))
            return err_set(e, ERR_INVALID, "two nodes bear one name");
    return ERR_OK;
}

static bool has_head(struct slice bytes, uint8_t last)
{
    const uint8_t head[] = {0xd9, 0x5d, last}; /* CBOR tags 0x5d00 (base) and 0x5d01 (derived) */
    return slice_starts(bytes, (struct slice){head, sizeof head});
}

enum err_code selective_read(struct arena *arena, struct slice bytes, struct selective_proof *ret,
                             struct err *e)
{
    struct selective_proof p = {0};
    if (has_head(bytes, 0))
        return err_set(e, ERR_UNSUPPORTED, "a base proof");
    if (!has_head(bytes, 1))
        return err_set(e, ERR_PARSE, "not a derived proof");
    struct bytes_reader r = bytes_reader(bytes.data + 3, bytes.len - 3);
    if (cbor_get(&r, CBOR_ARRAY) != 5)
        r.failed = true;
    p.base_signature = cbor_get_string(&r, CBOR_BYTES);
    p.public_key = cbor_get_string(&r, CBOR_BYTES);
    read_signatures(arena, &r, &p);
    read_labels(arena, &r, &p);
    read_indexes(arena, &r, &p);
    enum err_code rc = arena_check(arena, e);
    if (rc != ERR_OK)
        return rc;
    if (!bytes_done(&r))
        return err_set(e, ERR_PARSE, "the parts of a derived proof are damaged");
    rc = keytext_multikey(&p.key, p.public_key, e);
    if (rc != ERR_OK || p.key.kind != KEY_P256)
        return err_set(e, ERR_INVALID, "the key of the statements is no P-256 key");
    rc = check_labels(arena, &p, e);
    if (rc == ERR_OK)
        *ret = p;
    return rc;
}

/* -- Statements ----------------------------------------------------------------------------- */

static void write_label(uint8_t text[static LABEL_TEXT], const uint8_t name[static LABEL_BYTES])
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    unsigned n_bits = 0;
    size_t at = 3;
    memcpy(text, "_:u", 3);
    for (size_t i = 0; i < LABEL_BYTES; i++) {
        bits = bits << 8 | name[i];
        for (n_bits += 8; n_bits >= 6; n_bits -= 6)
            text[at++] = (uint8_t)DIGITS[bits >> (n_bits - 6) & 63];
    }
    text[at] = (uint8_t)DIGITS[bits << (6 - n_bits) & 63];
}

/* "_:c14n7" to 7. Returns: false if it is not such a label. */
static bool number_of(struct slice label, size_t *ret)
{
    static const char PREFIX[] = "_:c14n";
    size_t n = 0, at = sizeof PREFIX - 1;
    if (!slice_starts(label, SLICE("_:c14n")) || label.len == at || label.len > at + 6)
        return false;
    for (; at < label.len; at++)
        n = 10 * n + (size_t)(label.data[at] - '0');
    *ret = n;
    return true;
}

static bool rename_term(struct arena *arena, const struct selective_proof *p, struct rdf_term *term)
{
    size_t number;
    if (term->kind != RDF_BLANK)
        return true;
    uint8_t *text = arena_alloc(arena, LABEL_TEXT);
    if (text == NULL || !number_of(term->value, &number) || number >= p->n_labels)
        return false;
    write_label(text, p->labels[number].data);
    term->value = (struct slice){text, LABEL_TEXT};
    return true;
}

/* The statements with the names of the proof, one text each, sorted. */
static enum err_code statements(struct arena *arena, const struct selective_proof *p, struct slice document,
                                struct slice **ret, size_t *ret_n, struct err *e)
{
    struct rdf_dataset dataset = rdf_dataset(arena, STATEMENTS_MAX);
    enum err_code rc = nquads_parse(&dataset, document, e);
    struct slice *lines = rc == ERR_OK ? arena_array(arena, dataset.n, sizeof *lines) : NULL;
    for (size_t i = 0; lines != NULL && rc == ERR_OK && i < dataset.n; i++) {
        struct rdf_quad quad = dataset.quads[i];
        struct buffer line = buffer(arena, 256, document.len + 4 * LABEL_TEXT);
        if (!rename_term(arena, p, &quad.subject) || !rename_term(arena, p, &quad.object) ||
            !rename_term(arena, p, &quad.graph))
            return err_set(e, ERR_INVALID, "the proof does not name every node");
        nquads_put(&line, &quad, NQUADS_RDFC);
        rc = nquads_check(&line, e);
        lines[i] = buffer_slice(&line);
    }
    if (rc == ERR_OK)
        rc = arena_check(arena, e);
    if (rc != ERR_OK)
        return rc;
    qsort(lines, dataset.n, sizeof *lines, compare_slices);
    *ret = lines;
    *ret_n = dataset.n;
    return ERR_OK;
}

/* -- Signatures ----------------------------------------------------------------------------- */

/* The statements that must be shown are hashed; the others come to the front of lines, in order. */
static struct hash32 split(const struct selective_proof *p, struct slice *lines, size_t n)
{
    struct sha256_stream s;
    size_t at = 0, others = 0;
    sha256_init(&s);
    for (size_t i = 0; i < n; i++) {
        if (at < p->n_mandatory && p->mandatory[at] == i) {
            sha256_update(&s, lines[i].data, lines[i].len);
            at++;
        } else {
            lines[others++] = lines[i];
        }
    }
    return sha256_final(&s);
}

static enum signature_answer check_base(const struct selective_proof *p, const struct hash32 *options,
                                        const struct hash32 *mandatory, const struct key *issuer)
{
    uint8_t message[32 + 35 + 32];
    memcpy(message, options->b, 32);
    memcpy(message + 32, p->public_key.data, 35); /* a P-256 Multikey has no other length */
    memcpy(message + 67, mandatory->b, 32);
    return signature_check(issuer, (struct slice){message, sizeof message}, p->base_signature);
}

enum err_code selective_check(struct arena *arena, const struct selective_proof *proof,
                              const struct hash32 *options_hash, struct slice document,
                              const struct key *issuer, enum signature_answer *ret, struct err *e)
{
    struct slice *lines = NULL;
    size_t n = 0;
    enum err_code rc = statements(arena, proof, document, &lines, &n, e);
    if (rc != ERR_OK)
        return rc;
    if (n != proof->n_mandatory + proof->n_signatures ||
        (proof->n_mandatory > 0 && proof->mandatory[proof->n_mandatory - 1] >= n))
        return err_set(e, ERR_INVALID, "%zu statements, and a proof of %zu", n,
                       proof->n_mandatory + proof->n_signatures);
    struct hash32 mandatory = split(proof, lines, n);
    enum signature_answer answer = check_base(proof, options_hash, &mandatory, issuer);
    for (size_t i = 0; answer == SIGNATURE_HOLDS && i < proof->n_signatures; i++)
        answer = signature_check(&proof->key, lines[i], proof->signatures[i]);
    *ret = answer;
    return ERR_OK;
}
