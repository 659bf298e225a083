/* Meaning against words: see plain.h. */
#include "verifier/formats/plain.h"

#include "verifier/formats/facts.h"

/* The last parts of the IRIs of one thing, in all vocabularies, and the members that say it. NULL at the end. */
static const struct {
    const char *words[5], *members[4];
} THINGS[] = {
    {{"validUntil", "expirationDate", "expiration", "expires"}, {"validUntil", "expirationDate", "expires"}},
    {{"validFrom", "issuanceDate", "issueDate", "issuedOn"}, {"validFrom", "issuanceDate", "issuedOn"}},
    {{"credentialStatus"}, {"credentialStatus"}},
    {{"credentialSchema"}, {"credentialSchema"}},
    {{"issuer"}, {"issuer"}},
    {{"refreshService"}, {"refreshService"}},
    {{"uid"}, {"uid"}},
};

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

static size_t count_values(const struct jdoc *object, const char *const *members)
{
    size_t n = 0;
    for (; *members != NULL; members++) {
        const struct jdoc *v = jdoc_get(object, *members);
        if (v != NULL && v->type != JDOC_NULL)
            n += v->type == JDOC_ARRAY ? v->array.n : 1;
    }
    return n;
}

/* The node of the object: by its id; without one, any node of a type that credentials have. */
static bool is_subject(const struct rdf_dataset *data, const struct rdf_term *term, struct slice id)
{
    static const char *const TYPES[] = {"VerifiableCredential", "VerifiablePresentation", "Assertion", NULL};
    if (id.len > 0)
        return slice_equal(term->value, id);
    for (size_t i = 0; i < data->n; i++)
        if (rdf_term_equal(&data->quads[i].subject, term) &&
            slice_is(data->quads[i].predicate.value, RDF_NS "type") &&
            is_one_of(data->quads[i].object.value, TYPES))
            return true;
    return false;
}

static size_t count_meanings(const struct rdf_dataset *data, struct slice id, const char *const *words)
{
    size_t n = 0;
    for (size_t i = 0; i < data->n; i++)
        n += is_one_of(data->quads[i].predicate.value, words) &&
             is_subject(data, &data->quads[i].subject, id);
    return n;
}

static bool is_named(const struct rdf_dataset *data, struct slice id)
{
    for (size_t i = 0; i < data->n; i++)
        if (data->quads[i].subject.kind == RDF_IRI && slice_equal(data->quads[i].subject.value, id))
            return true;
    return false;
}

static bool says_anywhere(const struct rdf_dataset *data, const char *word)
{
    for (size_t i = 0; i < data->n; i++)
        if (ends_in(data->quads[i].predicate.value, word))
            return true;
    return false;
}

/* Lists of revocations name a document by its id or uid, letter by letter: it must mean what it says. */
static bool is_plain_id(const struct rdf_dataset *data, const struct jdoc *object, struct slice id)
{
    if (jdoc_get(object, "@id") != NULL)
        return false;
    if (id.len > 0)
        return is_named(data, id);
    return jdoc_get(object, "uid") == NULL || says_anywhere(data, "uid"); /* some vocabularies call the id so */
}

/* The width of an entry, if it is not one bit, decides where in its list it is looked for. */
static bool hides_width(const struct rdf_dataset *data, const struct jdoc *object)
{
    const struct jdoc *status = jdoc_get(object, "credentialStatus");
    size_t plain = 0, meant = 0, n = status != NULL && status->type == JDOC_ARRAY ? status->array.n : 1;
    for (size_t i = 0; status != NULL && i < n; i++)
        plain += jdoc_get(status->type == JDOC_ARRAY ? status->array.items[i] : status, "statusSize") != NULL;
    for (size_t i = 0; i < data->n; i++)
        meant += ends_in(data->quads[i].predicate.value, "statusSize");
    return meant > plain;
}

bool plain_check(struct format_check *c, const struct rdf_dataset *data, const struct jdoc *object)
{
    struct slice id = {0};
    if (data->n == 0)
        return true;
    jdoc_get_string(object, "id", &id);
    if (!is_plain_id(data, object, id))
        return format_say(c, REASON_WORDS_HIDDEN, "%s", "id");
    if (hides_width(data, object))
        return format_say(c, REASON_WORDS_HIDDEN, "%s", "statusSize");
    for (size_t i = 0; i < sizeof THINGS / sizeof THINGS[0]; i++)
        if (count_meanings(data, id, THINGS[i].words) > count_values(object, THINGS[i].members))
            return format_say(c, REASON_WORDS_HIDDEN, "%s", THINGS[i].members[0]);
    return true;
}
