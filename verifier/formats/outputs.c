/* Revocation by spent outputs: see outputs.h. */
#include "verifier/formats/outputs.h"

#include "common/hex.h"
#include "verifier/formats/bitcoin.h"
#include "verifier/formats/facts.h"

struct addresses {
    struct slice items[OUTPUTS_ADDRESSES_MAX];
    size_t n;
    bool too_many;
};

static void add(struct addresses *a, struct slice address)
{
    struct slice prefix = SLICE("ecdsa-koblitz-pubkey:");
    if (slice_starts(address, prefix))
        address = slice_from(address, prefix.len);
    if (address.len == 0)
        return;
    for (size_t i = 0; i < a->n; i++)
        if (slice_equal(a->items[i], address))
            return;
    if (a->n == OUTPUTS_ADDRESSES_MAX)
        a->too_many = true;
    else
        a->items[a->n++] = address;
}

static bool ends_in(struct slice iri, struct slice word)
{
    return iri.len > word.len && slice_equal(slice_from(iri, iri.len - word.len), word);
}

/* Whatever the word for it is in the document, this is what it means. */
static void add_own(struct addresses *a, const struct rdf_dataset *data)
{
    for (size_t i = 0; i < data->n; i++)
        if (ends_in(data->quads[i].predicate.value, SLICE("revocationKey")))
            add(a, data->quads[i].object.value);
}

/* [{"key"}], or in old pages one word. */
static void add_list(struct addresses *a, const struct jdoc *list)
{
    struct slice key;
    if (list != NULL && list->type == JDOC_STRING)
        add(a, list->string);
    for (size_t i = 0; list != NULL && list->type == JDOC_ARRAY && i < list->array.n; i++)
        if (jdoc_get_string(list->array.items[i], "key", &key))
            add(a, key);
}

/* -- What the chain says -------------------------------------------------------------------- */

static bool is_past(const struct format_check *c)
{
    return c->env->at && !lookup_is_recorded(c->env->lookup);
}

static void say_spent(struct format_check *c, struct slice address, uint64_t time)
{
    if (is_past(c) && (time == 0 || time > c->env->now))
        format_say(c, REASON_NOT_REVOKED, "the output to %.*s was spent after that day", SLICE_ARG(address));
    else
        format_say(c, REASON_REVOKED, "the output to %.*s is spent", SLICE_ARG(address));
}

static void ask_recorded(struct format_check *c, const struct merkle_result *result, const struct addresses *a)
{
    struct lookup_transaction said;
    char id[65];
    hex_encode(id, result->anchor.tx.b, sizeof result->anchor.tx.b);
    if (!lookup_transaction(c->env->lookup, slice_of(id), &said) || said.revoked == NULL) {
        format_say(c, REASON_REVOCATION_UNKNOWN, "the recorded file does not tell which outputs are spent");
        return;
    }
    for (size_t i = 0; i < said.revoked->array.n; i++) {
        const struct jdoc *spent = said.revoked->array.items[i];
        for (size_t j = 0; j < a->n; j++)
            if (spent->type == JDOC_STRING && slice_equal(spent->string, a->items[j])) {
                say_spent(c, a->items[j], 0);
                return;
            }
    }
    format_say(c, REASON_NOT_REVOKED, "no output to %.*s is spent", SLICE_ARG(a->items[0]));
}

static void ask_bitcoin(struct format_check *c, const struct merkle_result *result, const struct addresses *a)
{
    struct bitcoin_spending spending;
    struct err e = {.msg = "no Bitcoin source was given"};
    enum err_code rc = ERR_UNSUPPORTED;
    if (c->env->bitcoin != NULL && result->anchor.chain == MERKLEPROOF_BTC)
        rc = bitcoin_spent(c->env->bitcoin, transaction_bitcoin_network(&result->anchor), &result->anchor.tx,
                           a->items, a->n, &spending, &e);
    if (rc != ERR_OK)
        format_say(c, REASON_REVOCATION_UNKNOWN, "%s", e.msg);
    else if (spending.spent)
        say_spent(c, a->items[spending.which], spending.time);
    else if (spending.n_paid == 0)
        format_say(c, REASON_NOT_REVOKED, "no output pays an address for revocation");
    else
        format_say(c, REASON_NOT_REVOKED, "no output to %.*s is spent", SLICE_ARG(a->items[0]));
}

void outputs_check(struct format_check *c, const struct merkle_result *result)
{
    struct addresses a = {.n = 0};
    add_own(&a, &result->canonical);
    add_list(&a, jdoc_get(c->profile, "revocationKeys"));
    add_list(&a, jdoc_get(c->profile, "revocation_key"));
    if (a.n == 0)
        return;
    if (a.too_many)
        format_say(c, REASON_REVOCATION_UNKNOWN, "more than %d addresses for revocation", OUTPUTS_ADDRESSES_MAX);
    else if (lookup_is_recorded(c->env->lookup))
        ask_recorded(c, result, &a);
    else
        ask_bitcoin(c, result, &a);
}
