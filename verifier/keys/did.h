/* DIDs (W3C DID Core): their parts, and what can be said of one without asking anybody. Pure.
 *
 *   did:key, did:jwk   the key is the name
 *   did:pkh            the address of the key is the name
 *   did:ethr           the same; only the registry contract knows whether the key was replaced since
 *   did:web            names the URL of its document
 */
#ifndef VERIFIER_KEYS_DID_H
#define VERIFIER_KEYS_DID_H

#include "verifier/keys/method.h"

#define DID_MAX 8192 /* bytes of a DID URL: a did:jwk of an RSA key has 3,000 */

enum did_kind {
    DID_NONE, /* not a DID */
    DID_KEY,
    DID_JWK,
    DID_PKH,
    DID_ETHR,
    DID_WEB,
    DID_OTHER, /* of a method that we do not know */
};

/* A DID URL in its parts, all pointing into it. */
struct did {
    enum did_kind kind;
    struct slice whole;    /* the DID, without path, query and fragment */
    struct slice method;   /* "key" */
    struct slice name;     /* what follows the method */
    struct slice fragment; /* without '#'; empty: none */
    bool extra;            /* there was a path or a query, which we do not follow */
};

/** Take a DID URL apart. Returns: .kind DID_NONE if it is none (or longer than DID_MAX). */
struct did did_parse(struct slice url);

/** The verification method that a DID implies: did:key, did:jwk, did:pkh, did:ethr.
 *
 *  In:      arena  for the strings of ret
 *  Out:     ret    .for_all; .id with the fragment that the method prescribes
 *  Returns: ERR_OK; ERR_NOT_FOUND a fragment that this DID does not have; ERR_UNSUPPORTED a DID of
 *           another kind, or a key or chain that we cannot read; ERR_PARSE, ERR_INVALID, ERR_DENIED,
 *           ERR_LIMIT: see keytext.h, account.h.
 *  Source:  the did:key, did:jwk, did:pkh and ethr method specifications.
 */
enum err_code did_implied(struct arena *arena, const struct did *did, struct method *ret, struct err *e)
    __attribute__((warn_unused_result));

/** Where the document of a did:web is: "https://HOST/.well-known/did.json" or "https://HOST/PATH/did.json".
 *  Returns: ERR_OK, *ret in the arena; ERR_PARSE a name that makes no such URL. */
enum err_code did_web_url(struct arena *arena, const struct did *did, struct slice *ret, struct err *e)
    __attribute__((warn_unused_result));

#endif
