/* What, and to whom, out of RDF: see facts.h. */
#include "verifier/formats/facts.h"

#include "common/utf8.h"

#define RDF_TYPE RDF_NS "type"
#define INNER_TRIES 64 /* credentials inside others: each is looked for in all statements */

/* The last part of an IRI: vocabularies differ, the words of their terms hardly do. */
static struct slice word_of(struct slice iri)
{
    size_t at = iri.len;
    while (at > 0 && iri.data[at - 1] != '#' && iri.data[at - 1] != '/' && iri.data[at - 1] != ':')
        at--;
    return slice_from(iri, at);
}

static bool is_word(const struct rdf_quad *quad, const char *word)
{
    return slice_is(word_of(quad->predicate.value), word);
}

static bool is_iri(const struct rdf_term *term, const char *iri)
{
    return term->kind == RDF_IRI && slice_is(term->value, iri);
}

/* The object of the first quad of a subject whose predicate is this word. Returns: NULL if there is none. */
static const struct rdf_term *follow(const struct rdf_dataset *data, const struct rdf_term *subject,
                                     const char *word)
{
    for (size_t i = 0; subject != NULL && i < data->n; i++)
        if (rdf_term_equal(&data->quads[i].subject, subject) && is_word(&data->quads[i], word))
            return &data->quads[i].object;
    return NULL;
}

/* A credential inside another (an endorsement) hangs from it; it may speak of it in turn. */
static bool is_inner(const struct rdf_dataset *data, const struct rdf_term *node)
{
    for (size_t i = 0; i < data->n; i++)
        if (rdf_term_equal(&data->quads[i].object, node) && !is_word(&data->quads[i], "credentialSubject"))
            return true;
    return false;
}

/* The node of a type: the one of this id, else the first that is not inside another, else the first. */
static const struct rdf_term *find_typed(const struct rdf_dataset *data, const char *type, struct slice id)
{
    const struct rdf_term *outer = NULL, *first = NULL;
    size_t tries = 0;
    for (size_t i = 0; i < data->n; i++) {
        const struct rdf_term *node = &data->quads[i].subject;
        if (!is_iri(&data->quads[i].predicate, RDF_TYPE) || !is_iri(&data->quads[i].object, type))
            continue;
        if (id.len > 0 && slice_equal(node->value, id))
            return node;
        first = first == NULL ? node : first;
        if (outer == NULL && tries++ < INNER_TRIES && !is_inner(data, node))
            outer = node;
    }
    return outer != NULL ? outer : first;
}

/* The credential itself, told by its id and type. */
static const struct rdf_term *find_root(const struct rdf_dataset *data, struct slice id)
{
    static const char *const TYPES[] = {
        "https://www.w3.org/2018/credentials#VerifiableCredential",
        "https://w3id.org/openbadges#Assertion",
        "https://w3id.org/blockcerts/schema/1.2/CertificateDocument",
    };
    for (size_t t = 0; t < sizeof TYPES / sizeof TYPES[0]; t++) {
        const struct rdf_term *root = find_typed(data, TYPES[t], id);
        if (root != NULL)
            return root;
    }
    for (size_t i = 0; i < data->n; i++)
        if (is_iri(&data->quads[i].predicate, RDF_TYPE) &&
            slice_is(word_of(data->quads[i].object.value), "CertificateDocument"))
            return &data->quads[i].subject;
    return NULL;
}

/* A literal, cut between characters. */
static bool take(char ret[FACTS_MAX], const struct rdf_term *term)
{
    if (term == NULL || term->kind != RDF_LITERAL || term->value.len == 0)
        return false;
    size_t len = term->value.len < FACTS_MAX ? term->value.len : FACTS_MAX - 1;
    len = utf8_check((struct slice){term->value.data, len});
    memcpy(ret, term->value.data, len);
    ret[len] = '\0';
    return true;
}

/* A way from the credential to a node; NULL at the end. */
typedef const char *const way[4];

static const struct rdf_term *go(const struct rdf_dataset *data, const struct rdf_term *from, way w)
{
    for (size_t i = 0; i < 4 && w[i] != NULL; i++)
        from = follow(data, from, w[i]);
    return from;
}

static void find_title(const struct rdf_dataset *data, const struct rdf_term *root, struct facts *ret)
{
    static way WAYS[] = {
        {"credentialSubject", "achievement", "name"}, {"credentialSubject", "claim", "name"},
        {"badge", "name"}, {"certificate", "name"}, {"name"}, {"title"}, {"credentialSubject", "degree", "name"},
    };
    for (size_t i = 0; i < sizeof WAYS / sizeof WAYS[0]; i++)
        if (take(ret->title, go(data, root, WAYS[i])))
            return;
}

static void find_holder(const struct rdf_dataset *data, const struct rdf_term *root, struct facts *ret)
{
    static way NAMES[] = {
        {"credentialSubject", "name"}, {"recipientProfile", "name"}, {"recipient", "name"},
    };
    static way PARTS[][2] = {
        {{"recipient", "givenName"}, {"recipient", "familyName"}},
        {{"credentialSubject", "givenName"}, {"credentialSubject", "familyName"}},
    };
    char family[FACTS_MAX];
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (take(ret->holder, go(data, root, NAMES[i])))
            return;
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        if (!take(ret->holder, go(data, root, PARTS[i][0])))
            continue;
        size_t len = strlen(ret->holder);
        if (take(family, go(data, root, PARTS[i][1])) && len + 1 + strlen(family) < FACTS_MAX) {
            ret->holder[len] = ' ';
            memcpy(ret->holder + len + 1, family, strlen(family) + 1);
        }
        return;
    }
    static way OTHERS[] = {{"credentialSubject", "email"}, {"recipient", "email"}};
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++)
        if (take(ret->holder, go(data, root, OTHERS[i])))
            return;
}

struct rdf_dataset facts_canonical(struct format_check *c, const struct jdoc *shown)
{
    struct canonize_options options = canonize_options();
    struct canonize_result result;
    if (shown == NULL ||
        canonize_tree(c->env->canonize, c->arena, shown, &options, &result, NULL) != ERR_OK)
        return (struct rdf_dataset){0};
    return result.data;
}

bool facts_names_type(const struct rdf_dataset *data, const char *word)
{
    for (size_t i = 0; i < data->n; i++)
        if (is_iri(&data->quads[i].predicate, RDF_TYPE) && slice_is(word_of(data->quads[i].object.value), word))
            return true;
    return false;
}

void facts_of(struct format_check *c, const struct format_outcome *outcome, struct facts *ret)
{
    struct rdf_dataset data = outcome->canonical;
    struct slice id = {0};
    *ret = (struct facts){0};
    if (data.n == 0)
        data = facts_canonical(c, outcome->shown);
    jdoc_get_string(c->root, "id", &id);
    const struct rdf_term *root = find_root(&data, id);
    if (root == NULL)
        return;
    find_title(&data, root, ret);
    find_holder(&data, root, ret);
}
