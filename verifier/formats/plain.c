/* Meaning against words: see plain.h. */
#include "verifier/formats/plain.h"

#include "verifier/formats/facts.h"

#define WORDS_MAX 6    /* NULL at the end */
#define VALUES_MAX 256 /* of one thing: each statement is looked for among all values */

/* What the objects of a thing are, and so how the members must name them. */
enum form {
    TEXTS,  /* literals: the very text */
    NODES,  /* nodes: the very id; one without an id stands where it is described */
    GRAPHS, /* credentials, each in a graph without a name */
};

/* One thing that matters: the last parts of its IRI in all vocabularies, and the members that are read for it. */
struct thing {
    enum form form;
    const char *words[WORDS_MAX], *members[WORDS_MAX];
};

static const struct thing THINGS[] = {
    {NODES, {"credentialStatus"}, {"credentialStatus"}},
    {NODES, {"credentialSchema"}, {"credentialSchema"}},
    {NODES, {"issuer"}, {"issuer"}},
    {NODES, {"holder"}, {"holder"}},
    {NODES, {"refreshService"}, {"refreshService"}},
    {TEXTS, {"uid"}, {"uid"}},
    {GRAPHS, {"verifiableCredential"}, {"verifiableCredential"}},
};

static const char *const UNTIL[] = {"validUntil", "expirationDate", "expiration", "expires", NULL};
static const char *const FROM[] = {"validFrom", "issuanceDate", "issueDate", "issuedOn", NULL};
static const char *const CREDENTIALS[] = {"VerifiableCredential", "Assertion", NULL};
static const char *const PRESENTATIONS[] = {"VerifiablePresentation", NULL};

static bool ends_in(struct slice iri, const char *word)
{
    size_t len = strlen(word);
    if (iri.len <= len || memcmp(iri.data + iri.len - len, word, len) != 0)
        return false;
    uint8_t before = iri.data[iri.len - len - 1];
    return before == '#' || before == '/' || before == ':';
}

static bool is_one_of(struct slice iri, const char *const *words)
{
    for (; *words != NULL; words++)
        if (ends_in(iri, *words))
            return true;
    return false;
}

/* -- What the words say --------------------------------------------------------------------- */

/* The values of members, those of arrays one by one. Returns: NULL behind the last one. */
static const struct jdoc *nth_value(const struct jdoc *object, const char *const *members, size_t n)
{
    for (; *members != NULL; members++) {
        const struct jdoc *v = jdoc_get(object, *members);
        size_t here = v == NULL ? 0 : v->type == JDOC_ARRAY ? v->array.n : 1;
        if (n < here)
            return v->type == JDOC_ARRAY ? v->array.items[n] : v;
        n -= here;
    }
    return NULL;
}

/* The members of an object are what they seem only if none is a word of JSON-LD's own (@set, @id, @value). */
static bool is_node(const struct jdoc *v)
{
    if (v->type != JDOC_OBJECT)
        return false;
    for (const struct map_entry *m = v->object.first; m != NULL; m = m->next)
        if (m->key.len > 0 && m->key.data[0] == '@' && !slice_is(m->key, "@context"))
            return false;
    return true;
}

static bool is_nameless(const struct jdoc *v)
{
    return is_node(v) && jdoc_get(v, "id") == NULL;
}

static bool is_called(const struct jdoc *v, struct slice id)
{
    struct slice own;
    if (v->type == JDOC_STRING)
        return slice_equal(v->string, id);
    return is_node(v) && jdoc_get_string(v, "id", &own) && slice_equal(own, id);
}

/* Dates and uids are read as they stand: not out of a list, nor out of an object. */
static bool says_text(const struct jdoc *object, const char *const *members, struct slice text)
{
    for (; *members != NULL; members++) {
        const struct jdoc *v = jdoc_get(object, *members);
        if (v != NULL && ((v->type == JDOC_STRING && slice_equal(v->string, text)) ||
                          (v->type == JDOC_NUMBER && slice_equal(v->number.text, text))))
            return true;
    }
    return false;
}

static bool calls_node(const struct jdoc *object, const char *const *members, struct slice id)
{
    const struct jdoc *v;
    for (size_t i = 0; (v = nth_value(object, members, i)) != NULL; i++)
        if (is_called(v, id))
            return true;
    return false;
}

/* How many nodes without a name the members can stand for. */
static size_t count_nameless(const struct jdoc *object, const char *const *members, enum form form)
{
    const struct jdoc *v;
    size_t n = 0;
    for (size_t i = 0; (v = nth_value(object, members, i)) != NULL; i++)
        n += form == GRAPHS ? v->type == JDOC_OBJECT || v->type == JDOC_STRING : is_nameless(v);
    return n;
}

/* -- What is meant -------------------------------------------------------------------------- */

/* A document, as it is written and as what it means. Other graphs are those of the credentials in a presentation. */
struct meaning {
    const struct rdf_dataset *data;
    const struct jdoc *object;
    struct slice id;           /* empty: it has none */
    const char *const *types;  /* one of them is its own */
};

static bool has_type(const struct meaning *m, const struct rdf_term *term)
{
    for (size_t i = 0; i < m->data->n; i++) {
        const struct rdf_quad *q = &m->data->quads[i];
        if (q->graph.kind == RDF_NONE && rdf_term_equal(&q->subject, term) &&
            slice_is(q->predicate.value, RDF_NS "type") && is_one_of(q->object.value, m->types))
            return true;
    }
    return false;
}

/* Is it said of the document: of its id; without one, of any node of such a type? */
static bool is_of(const struct meaning *m, const struct rdf_quad *q)
{
    return q->graph.kind == RDF_NONE && (m->id.len > 0 ? slice_equal(q->subject.value, m->id) : has_type(m, &q->subject));
}

/* Every statement of one thing must be among what the members say, value by value: a count alone would let one
 * value be shown twice for another that is hidden. */
static bool is_said(const struct meaning *m, const struct thing *t)
{
    size_t nameless = 0;
    for (size_t i = 0; i < m->data->n; i++) {
        const struct rdf_quad *q = &m->data->quads[i];
        bool as_text = t->form == TEXTS || q->object.kind == RDF_LITERAL;
        if (!is_one_of(q->predicate.value, t->words) || !is_of(m, q))
            continue;
        if (q->object.kind == RDF_BLANK)
            nameless++;
        else if (!(as_text ? says_text : calls_node)(m->object, t->members, q->object.value))
            return false;
    }
    return nameless <= count_nameless(m->object, t->members, t->form);
}

static struct thing date(const char *const words[5], const char *const members[4])
{
    struct thing t = {.form = TEXTS};
    memcpy(t.words, words, 5 * sizeof words[0]);
    memcpy(t.members, members, 4 * sizeof members[0]);
    return t;
}

static bool is_too_much(const struct meaning *m, const struct thing *t)
{
    size_t n = 0;
    for (size_t i = 0; i < m->data->n; i++)
        n += m->data->quads[i].graph.kind == RDF_NONE && is_one_of(m->data->quads[i].predicate.value, t->words);
    return n > VALUES_MAX || nth_value(m->object, t->members, VALUES_MAX) != NULL;
}

/* -- Entries of status lists ---------------------------------------------------------------- */

static const char *const STATUS[] = {"credentialStatus", NULL};

static bool says_width(const struct meaning *m, struct slice entry)
{
    const struct jdoc *v;
    for (size_t i = 0; (v = nth_value(m->object, STATUS, i)) != NULL; i++)
        if (is_called(v, entry) && jdoc_get(v, "statusSize") != NULL)
            return true;
    return false;
}

/* The width of an entry, if it is not one bit, decides where in its list it is looked for. */
static bool are_widths_said(const struct meaning *m)
{
    const struct jdoc *v;
    size_t nameless = 0, said = 0;
    for (size_t i = 0; (v = nth_value(m->object, STATUS, i)) != NULL; i++)
        said += is_nameless(v) && jdoc_get(v, "statusSize") != NULL;
    for (size_t i = 0; i < m->data->n; i++) {
        const struct rdf_quad *q = &m->data->quads[i];
        if (q->graph.kind != RDF_NONE || !ends_in(q->predicate.value, "statusSize"))
            continue;
        if (q->subject.kind == RDF_IRI && !says_width(m, q->subject.value))
            return false;
        nameless += q->subject.kind == RDF_BLANK;
    }
    return nameless <= said;
}

/* -- Which node it is ----------------------------------------------------------------------- */

static bool says_anywhere(const struct rdf_dataset *data, const char *word)
{
    for (size_t i = 0; i < data->n; i++)
        if (ends_in(data->quads[i].predicate.value, word))
            return true;
    return false;
}

/* A credential inside another (an endorsement) may be turned outside: then the other one hangs from it, and nobody
 * asks after its end and status. It may speak of the other one, but not be pointed at in another way. */
static bool is_turned(const struct meaning *m)
{
    bool pointed_at = false, another = false;
    for (size_t i = 0; i < m->data->n; i++) {
        const struct rdf_quad *q = &m->data->quads[i];
        if (q->graph.kind != RDF_NONE || slice_equal(q->subject.value, m->id))
            continue;
        pointed_at |= q->object.kind == RDF_IRI && slice_equal(q->object.value, m->id) &&
                      !ends_in(q->predicate.value, "credentialSubject");
        another |= slice_is(q->predicate.value, RDF_NS "type") && ends_in(q->object.value, CREDENTIALS[0]);
    }
    return pointed_at && another;
}

/* Lists of revocations name a document by its id or uid, letter by letter: it must mean what it says. */
static bool is_plain_id(const struct meaning *m)
{
    struct rdf_term term = rdf_iri(m->id);
    if (jdoc_get(m->object, "@id") != NULL)
        return false;
    if (m->id.len > 0)
        return has_type(m, &term) && !is_turned(m);
    return jdoc_get(m->object, "uid") == NULL || says_anywhere(m->data, "uid"); /* some vocabularies call the id so */
}

#define THINGS_N (sizeof THINGS / sizeof THINGS[0])
#define ALL_N (THINGS_N + 2)

/* Returns: what is hidden; NULL: nothing. */
static const char *find_hidden(const struct meaning *m, const struct thing all[ALL_N])
{
    if (!is_plain_id(m))
        return "id";
    if (!are_widths_said(m))
        return "statusSize";
    for (size_t i = 0; i < ALL_N; i++)
        if (!is_said(m, &all[i]))
            return all[i].members[0];
    return NULL;
}

bool plain_check(struct format_check *c, const struct rdf_dataset *data, const struct jdoc *object,
                 const struct dates_names *names)
{
    if (data->n == 0)
        return format_say(c, REASON_CREDENTIAL_COMPLEX, "its words cannot be compared with what it means");
    struct meaning m = {.data = data, .object = object, .types = CREDENTIALS};
    struct thing all[ALL_N] = {date(UNTIL, names->until), date(FROM, names->from)};
    memcpy(all + 2, THINGS, sizeof THINGS);
    for (size_t i = 0; i < ALL_N; i++)
        if (is_too_much(&m, &all[i]))
            return format_say(c, REASON_CREDENTIAL_COMPLEX, "more than %d values of %s", VALUES_MAX, all[i].members[0]);
    if (format_has_type(object, PRESENTATIONS[0]))
        m.types = PRESENTATIONS;
    jdoc_get_string(object, "id", &m.id);
    const char *hidden = find_hidden(&m, all);
    return hidden == NULL || format_say(c, REASON_WORDS_HIDDEN, "%s", hidden);
}
