/* The blank nodes of a dataset by number: see blanks.h. */
#include "verifier/rdf/blanks.h"

#include <stdio.h>

#include "verifier/rdf/map.h"

/* Ids go up in the order of first appearance, and stand in the map as id + 1. */
static uint32_t id_of(struct arena *arena, struct map *ids, const struct rdf_term *term)
{
    if (term->kind != RDF_BLANK)
        return BLANKS_NONE;
    struct map_entry *entry = map_put(arena, ids, term->value);
    if (entry == NULL)
        return BLANKS_NONE; /* the arena remembers */
    if (entry->value == NULL)
        entry->value = (void *)(uintptr_t)ids->n;
    return (uint32_t)((uintptr_t)entry->value - 1);
}

static enum err_code find(struct blanks *b, struct arena *arena, size_t max, struct err *e)
{
    struct map ids = {0};
    b->places = arena_array(arena, b->dataset->n, sizeof *b->places);
    for (size_t i = 0; i < b->dataset->n && !arena->failed; i++) {
        const struct rdf_quad *quad = &b->dataset->quads[i];
        const struct rdf_term *terms[BLANKS_PLACES] = {&quad->subject, &quad->object, &quad->graph};
        for (size_t k = 0; k < BLANKS_PLACES; k++)
            b->places[i].id[k] = id_of(arena, &ids, terms[k]);
        if (ids.n > max)
            return err_set(e, ERR_LIMIT, "too complex: more than %zu blank nodes", max);
    }
    b->n = (uint32_t)ids.n;
    b->at = arena_array(arena, ids.n, sizeof *b->at);
    struct blank *blank = b->at;
    for (struct map_entry *entry = ids.first; entry != NULL && blank != NULL; entry = entry->next)
        (blank++)->label = entry->key;
    return arena_check(arena, e);
}

/* True unless the blank node at this place of the quad stands at an earlier one too, or there is none. */
static bool is_first_place(const struct blanks_places *p, size_t place)
{
    for (size_t i = 0; i < place; i++)
        if (p->id[i] == p->id[place])
            return false;
    return p->id[place] != BLANKS_NONE;
}

/* The quads of each blank node: one array, cut in pieces after counting. */
static enum err_code collect_quads(struct blanks *b, struct arena *arena, struct err *e)
{
    uint32_t *next = arena_array(arena, BLANKS_PLACES * b->dataset->n, sizeof *next);
    uint32_t **ends = arena_array(arena, b->n, sizeof *ends);
    if (arena_check(arena, e) != ERR_OK)
        return ERR_LIMIT;
    for (size_t i = 0; i < b->dataset->n; i++)
        for (size_t k = 0; k < BLANKS_PLACES; k++)
            if (is_first_place(&b->places[i], k))
                b->at[b->places[i].id[k]].n_quads++;
    for (uint32_t id = 0; id < b->n; id++) {
        b->at[id].quads = ends[id] = next;
        next += b->at[id].n_quads;
    }
    for (size_t i = 0; i < b->dataset->n; i++)
        for (size_t k = 0; k < BLANKS_PLACES; k++)
            if (is_first_place(&b->places[i], k))
                *ends[b->places[i].id[k]]++ = (uint32_t)i;
    return ERR_OK;
}

enum err_code blanks_index(struct blanks *ret, const struct rdf_dataset *dataset, size_t max,
                           struct err *e)
{
    struct blanks b = {.dataset = dataset};
    enum err_code rc = find(&b, dataset->arena, max, e);
    if (rc == ERR_OK)
        rc = collect_quads(&b, dataset->arena, e);
    if (rc == ERR_OK)
        *ret = b;
    return rc;
}

void blanks_issue(struct blanks *blanks, uint32_t id)
{
    if (blanks->at[id].canonical == 0)
        blanks->at[id].canonical = ++blanks->n_canonical;
}

void blanks_put_identifier(struct buffer *b, const struct blank *blank)
{
    char text[BLANKS_LABEL_MAX];
    int len = blank->canonical != 0
                  ? snprintf(text, sizeof text, "_:c14n%u", (unsigned)blank->canonical - 1)
                  : snprintf(text, sizeof text, "_:b%u", (unsigned)blank->temporary - 1);
    buffer_put(b, text, (size_t)len);
}
