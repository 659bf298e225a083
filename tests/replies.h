/* The replies of a real anvil: tests/data/anvil.json, made by capture.py beside it. */
#ifndef TESTS_REPLIES_H
#define TESTS_REPLIES_H

#include <jansson.h>

#include "common/ethrpc.h"

#define REPLIES_ID 1 /* of all replies in the file */

extern json_t *replies_all;

/** Set-up and tear-down of cmocka's, for a whole group. */
int replies_load(void **state);
int replies_free(void **state);

/** One reply, borrowed. Fails the test if there is none. */
json_t *replies_named(const char *name);

/** Replies as ethrpc_open() gives them: of this JSON, of this name, with this result. Owner: ethrpc_done(). */
struct ethrpc_reply replies_open_json(enum ethrpc_method method, const json_t *reply);
struct ethrpc_reply replies_open(enum ethrpc_method method, const char *name);
struct ethrpc_reply replies_open_result(enum ethrpc_method method, const char *result);

#endif
