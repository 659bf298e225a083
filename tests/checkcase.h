/* A log on a chain in memory with one registered file, its proof and a reader who trusts the issuer, for the tests of
 * the verifier's check. */
#ifndef TESTS_CHECKCASE_H
#define TESTS_CHECKCASE_H

#include <stddef.h>
#include <stdint.h>

#include "tests/fakechain.h"
#include "tests/sample.h"
#include "verifier/check.h"

#define CHECKCASE_ISSUER 1 /* test key of the genesis */
#define CHECKCASE_CONTENT "Diploma of Nadia Benali: data analysis, level 2, 84/100"

struct checkcase {
    struct fakechain chain;
    struct seal_genesis genesis;
    struct sample batch;
    struct proof proof;
    char file[256], proof_file[300];
    struct endpoints endpoints;
    struct trust_entry entry;
    struct trust trust;
    struct checkpoints checkpoints;
    struct canonize canonize;
    struct check_setup setup;
    struct check_result result;
};

extern const char *const checkcase_urls[2];

/** Owner: checkcase_teardown() frees it. */
struct checkcase *checkcase_new(void);
/** Set-up and tear-down of cmocka's. */
int checkcase_setup(void **state);
int checkcase_teardown(void **state);

void checkcase_put_file(const char *path, const char *data, size_t len);
void checkcase_save_proof(struct checkcase *f);
/** The same file in a log that has no registry: it anchors to itself and cannot revoke. */
void checkcase_without_registry(struct checkcase *f);

/** A transaction to the registry. */
struct fakechain_tx checkcase_to_registry(const struct checkcase *f, uint8_t key);
/** Anchor the batch with a transaction and save the proof. */
struct proof_anchor *checkcase_anchor(struct checkcase *f, struct fakechain_tx tx);

/** Check the file and expect this verdict. */
void checkcase_expect(struct checkcase *f, enum reason reason, int exit);

#endif
