/* Certificates minted for tests: a document of Blockcerts 2.x or 3.x with a Merkle proof that really holds, and
 * the recorded look-ups under which it is genuine. Each part can be replaced by a wrong one. */
#ifndef TESTS_MINTED_H
#define TESTS_MINTED_H

#include <stdbool.h>

#include "common/hash32.h"
#include "verifier/check.h"

#define MINTED_TXID "0x00000000000000000000000000000000000000000000000000000000000000aa"
#define MINTED_ACCOUNT "0x40cf9b7db6fcc742ad0a76b8588c7f8de2b54a60"
#define MINTED_ISSUER "https://issuer.example/profile.json"

/* All strings are JSON or plain text; NULL: the usual one. */
struct minted {
    int version;          /* 2 or 3 */
    const char *members;  /* further members of the document, each with a comma in front; hashed */
    const char *rewritten; /* what stands in their place afterwards */
    const char *id;       /* how its id is written afterwards: a member, without comma */
    const char *added;    /* the same, added after the hash was taken */
    const char *context;  /* further entries of @context, each with a comma in front, added afterwards */
    const char *subject;  /* further members of the subject (3.x), added afterwards */
    const char *issuer;   /* its id */
    const char *options;  /* members of the proof of 3.x besides type and proofValue */
    const char *chain;    /* 2.x: member of the anchor, with a comma in front */
    const char *anchors;  /* 2.x: the whole list */
    uint64_t chain_id;    /* 3.x; 0: Sepolia */
    const char *account, *time, *value; /* what the recorded transaction says */
    const char *page;     /* the issuer's page; "null": unreachable */
    bool no_transaction;  /* the recorded file does not tell it */
};

/** Owner: the caller frees. Both fail the test if something does not work. */
char *minted_certificate(struct canonize *contexts, const struct minted *m);
char *minted_lookups(struct canonize *contexts, const struct minted *m);

/** Mint and check. In: now  Unix seconds. Out: ret, large: keep it static. */
void minted_check(struct canonize *contexts, const struct minted *m, uint64_t now, struct check_result *ret);

/** Check bytes with recorded look-ups. */
void minted_check_bytes(struct canonize *contexts, const char *bytes, size_t len, const char *lookups,
                        uint64_t now, struct check_result *ret);

#endif
