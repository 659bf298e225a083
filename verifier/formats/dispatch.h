/* Which format a document with a proof of its own has, and the check that belongs to it; presentations, which
 * hold several. */
#ifndef VERIFIER_FORMATS_DISPATCH_H
#define VERIFIER_FORMATS_DISPATCH_H

#include "verifier/formats/format.h"

/* name, the word for it in JSON */
#define DISPATCH_KINDS(X)                                                                          \
    X(NONE, "") X(BLOCKCERTS_1, "blockcerts-1.2") X(BLOCKCERTS_2, "blockcerts-2")                  \
    X(BLOCKCERTS_3, "blockcerts-3") X(OPENBADGE_2, "open-badge-2") X(OPENBADGE_3, "open-badge-3")  \
    X(CREDENTIAL, "verifiable-credential") X(PRESENTATION, "verifiable-presentation")
enum dispatch_kind {
#define X(name, word) DISPATCH_##name,
    DISPATCH_KINDS(X)
#undef X
};

#define DISPATCH_MAX_MEMBERS 32 /* credentials in one presentation */

/** What a document is; DISPATCH_NONE: it has no proof of its own. */
enum dispatch_kind dispatch_recognise(const struct jdoc *root);
const char *dispatch_word(enum dispatch_kind kind);

/** Check a document of one of these formats. Sets c->nested.
 *  In:  c->root  with its proofs */
void dispatch_check(struct format_check *c, struct format_outcome *ret);

/** The same for a compact token: a credential, a presentation, or a signed badge of 2.0. Sets c->root. */
void dispatch_check_token(struct format_check *c, struct slice token, struct format_outcome *ret);

#endif
