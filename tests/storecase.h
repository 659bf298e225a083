/* A store in a folder of its own, filled and sealed, for the tests of the store. */
#ifndef TESTS_STORECASE_H
#define TESTS_STORECASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/db/store.h"

#define STORECASE_MAP_SIZE (UINT64_C(1) << 30)

struct storecase {
    struct store *store;
    struct err e;
};

/* The folder of the store of this test. */
extern char storecase_path[128];

/** Set-up and tear-down of cmocka's. */
int storecase_set_up(void **state);
int storecase_tear_down(void **state);
void storecase_open(struct storecase *f, bool read_only);
void storecase_reopen(struct storecase *f);

/** Target number i: any 32 bytes that differ. */
struct hash32 storecase_target(uint64_t i);
/** Targets from … from + n - 1; the caller frees them. */
struct hash32 *storecase_targets(uint64_t from, size_t n);
/** Accept these in one transaction. Returns: how many were new. */
uint64_t storecase_accept(struct storecase *f, uint64_t from, size_t n);
enum err_code storecase_find(struct storecase *f, uint64_t i, struct store_entry *ret);
struct store_forgotten storecase_forget(struct storecase *f, uint64_t i);

/** A batch whose values only have to differ. */
struct store_batch storecase_batch(uint64_t k, uint64_t first, uint64_t n, struct hash32 root);
struct store_batch storecase_seal(struct storecase *f, uint64_t k, uint64_t first, uint64_t n);

/** Leaves, root and every path of a sealed batch against their definitions. */
void storecase_check(struct storecase *f, const struct store_batch *b);
/** The same; of one target, by its number, only the path is left. */
void storecase_check_but(struct storecase *f, const struct store_batch *b, uint64_t forgotten);

/** Whether a file holds these bytes anywhere, free pages included. In: folder, file within it. */
bool storecase_file_holds(const char *folder, const char *file, const void *bytes, size_t len);

#endif
