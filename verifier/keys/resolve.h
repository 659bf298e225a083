/* From the name of a key to the key, its owner and what the owner says of it: implied by a DID, or asked
 * for through verifier/lookup (did:web, https profiles, and other DIDs over a public resolver).
 *
 * Three answers, never confused: found; its owner denies it; could not be had.
 */
#ifndef VERIFIER_KEYS_RESOLVE_H
#define VERIFIER_KEYS_RESOLVE_H

#include "verifier/keys/controller.h"
#include "verifier/keys/did.h"
#include "verifier/lookup.h"
#include "verifier/reasons.h"

/* Answers for DID methods that we do not know; the one that cert-verifier-js asks. */
#define RESOLVE_PUBLIC_RESOLVER "https://dev.uniresolver.io/1.0/identifiers/"

/* How it is known that the key belongs to its owner. */
enum resolve_binding {
    RESOLVE_IMPLIED,  /* the DID is made of the key */
    RESOLVE_LISTED,   /* the owner's document lists it */
    RESOLVE_RESOLVER, /* the same, but a public resolver gave the document */
    RESOLVE_UNBOUND,  /* only the document under check says so: its owner could not be asked */
};

struct resolve_result {
    struct method method;
    struct slice owner;            /* the DID or URL that the key belongs to, without fragment */
    enum resolve_binding binding;
    bool registry_unasked;         /* did:ethr: only its registry knows whether the key was replaced */
    const struct jdoc *document;   /* the owner's document; NULL if none was needed or had */
    enum reason reason;            /* REASON_KEY_FOUND, or why there is none */
    char detail[160];              /* for a technician, in English */
};

/** Find the key of a verification method ("did:…#…", "https://…#…").
 *
 *  A URL whose fragment is itself a Multikey gives that key as RESOLVE_UNBOUND if its document cannot be
 *  had: the signature can then be checked, but not whose it is.
 *  Out:     ret  always filled; .reason decides
 *  Returns: true if there is a key.
 */
bool resolve_method(struct lookup *lookup, struct arena *arena, struct slice url,
                    struct resolve_result *ret);

/** Find the document of a DID (any kind) or of a profile at an https URL, as JSON.
 *  Out:     ret_document  NULL for a DID that needs none (did:key, …), and if there is none
 *           detail        for a technician, in English; empty if nothing went wrong
 *  Returns: REASON_KEY_FOUND; REASON_KEY_UNREACHABLE; REASON_KEY_UNREADABLE; REASON_DID_UNSUPPORTED;
 *           REASON_IDENTITY_OTHER: what was found there names itself otherwise. */
enum reason resolve_document(struct lookup *lookup, struct arena *arena, struct slice id,
                             const struct jdoc **ret_document, char detail[static 160]);

#endif
