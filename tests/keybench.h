/* A verifier on a bench: an environment whose look-ups come from a recorded text, one document under
 * check, and the findings; and keys that sign, made from fixed secrets. */
#ifndef TESTS_KEYBENCH_H
#define TESTS_KEYBENCH_H

#include "verifier/formats/format.h"
#include "verifier/keys/key.h"

#define KEYBENCH_NOW UINT64_C(1767225600) /* 2026-01-01T00:00:00Z */

struct keybench {
    struct lookup lookup;
    struct canonize canonize;
    struct arena arena;
    struct verdict_findings findings;
    struct format_env env;
    struct format_check check;
};

/** Start. In: recorded  the text of a recorded file, or NULL: nobody answers. */
void keybench_open(struct keybench *b, const char *recorded);
void keybench_close(struct keybench *b);

/** Set-up and tear-down of cmocka's: *state is an open bench, of which nobody answers. */
int keybench_setup(void **state);
int keybench_teardown(void **state);

/** Put a document under check: its issuer (or holder) is read from it, the findings are emptied. */
const struct jdoc *keybench_document(struct keybench *b, const char *json, size_t len);

/** Check all proofs of the document that proofs_check() knows. Returns: true if each holds. */
bool keybench_proofs(struct keybench *b);

/** Open and check a token. */
bool keybench_token(struct keybench *b, const char *token);

/** Is this among the findings? */
bool keybench_found(const struct keybench *b, enum reason reason);

/** Fail the test unless it is; the message lists what there is. */
#define keybench_expect(b, name)                                                                   \
    do {                                                                                           \
        if (!keybench_found((b), REASON_##name)) {                                                 \
            keybench_print(b);                                                                     \
            fail_msg("no finding %s", #name);                                                      \
        }                                                                                          \
    } while (0)
void keybench_print(const struct keybench *b);

/** A text by printf, in the bench's arena. */
const char *keybench_text(struct keybench *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* -- Keys that sign. `nth` tells keys of one kind apart, from 0 to 3. -- */

/** The public half. In: kind  not an account. RSA: nth 0 only. */
struct key keybench_key(enum key_kind kind, unsigned nth);

/** Sign as signature_check() expects it. Returns: the length. */
size_t keybench_sign(enum key_kind kind, unsigned nth, struct slice message, uint8_t signature[static 1024]);

/** Forms of the public half, in the bench's arena. */
const char *keybench_multibase(struct keybench *b, enum key_kind kind, unsigned nth);
const char *keybench_jwk(struct keybench *b, enum key_kind kind, unsigned nth);
const char *keybench_did(struct keybench *b, enum key_kind kind, unsigned nth); /* did:key; not RSA */

/** base64url without padding, in the bench's arena. */
const char *keybench_base64url(struct keybench *b, const void *bytes, size_t len);

/** A token. In: header, payload  JSON. */
const char *keybench_jws(struct keybench *b, enum key_kind kind, unsigned nth, const char *header,
                         const char *payload);

/** A document with a proof. In: json  without a proof; options  the proof object without its value,
 *  of a suite of two hashes. Returns: the text of the whole. */
const char *keybench_secure(struct keybench *b, enum key_kind kind, unsigned nth, const char *json,
                            const char *options);

#endif
