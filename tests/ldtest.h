/* A JSON-LD processor for tests: a few context documents by URL, and one call from text to quads. */
#ifndef TESTS_LDTEST_H
#define TESTS_LDTEST_H

#include "verifier/rdf/expand.h"

struct ldtest {
    struct arena arena;
    struct context_cache cache;
    struct jsonld run; /* the last one */
    struct err e;
    unsigned n_loads; /* context documents asked for */
};

/** Loads "https://ctx.example/NAME" from a table in ldtest.c, and the embedded contexts. */
void ldtest_start(struct ldtest *t);
void ldtest_end(struct ldtest *t);

/** Canonical N-Quads of a document. Returns: NULL on failure (then t->run.code and t->e say why). */
const char *ldtest_canonize(struct ldtest *t, const char *json, enum jsonld_loss_mode losses,
                            bool credential);

/** Parse a text that must be JSON; in the arena. */
const struct jdoc *ldtest_parse(struct ldtest *t, const char *json);

#endif
