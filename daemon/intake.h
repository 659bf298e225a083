/* The bodies of POST /v1/hashes: what a stranger sent, made into targets. Pure.
 *
 * Three forms, by content type: one JSON object, one hash a line (NDJSON), raw bytes. All or nothing:
 * one bad line and nothing of the body counts.
 */
#ifndef DAEMON_INTAKE_H
#define DAEMON_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/db/store.h"
#include "common/hash32.h"

enum intake_form {
    INTAKE_JSON,   /* application/json: {"hash":"<64 hex>","rule":"bytes"|"rdfc"} */
    INTAKE_NDJSON, /* application/x-ndjson: a hex hash, quoted or not, or such an object a line */
    INTAKE_OCTETS, /* application/octet-stream: n × 32 bytes */
    INTAKE_UNKNOWN
};

/* What can be wrong with a body: name, stable code, what to say. */
#define INTAKE_FAULTS(X)                                                                          \
    X(NONE, "", "")                                                                               \
    X(EMPTY, "empty-body", "the body holds no hash")                                              \
    X(BAD_JSON, "bad-json", "not a JSON object of the expected form")                                 \
    X(BAD_HASH, "bad-hash", "a hash is 64 lower-case hexadecimal digits without 0x")                  \
    X(BAD_RULE, "bad-rule", "rule is \"bytes\" or \"rdfc\"")                                          \
    X(BAD_LENGTH, "bad-length", "the length of raw hashes is a multiple of 32 bytes")                 \
    X(MEMORY, "overloaded", "out of memory")

enum intake_fault {
#define X(name, code, text) INTAKE_##name,
    INTAKE_FAULTS(X)
#undef X
};

struct intake {
    enum intake_fault fault;
    size_t line; /* of the fault, from 1; 0 where lines mean nothing */
    struct hash32 *targets;
    uint8_t *rules;         /* enum store_rule of each, or NULL: unknown for all */
    size_t n;
    struct hash32 one;      /* room for a single target: most requests need no other memory */
    uint8_t one_rule;
    bool owned;             /* targets and rules are from malloc */
};

/** Which form a Content-Type header names (its parameters are not looked at). NULL is unknown. */
enum intake_form intake_form_of(const char *content_type);

/** Decode a body into *in.
 *
 *  Out:     in  complete on return, .fault says whether it is good; intake_done() frees.
 *               Raw hashes point into the body, which must outlive in.
 *  Cost:    0.1 us a line, 3 us a JSON object of unusual spelling.
 */
void intake_read(struct intake *in, enum intake_form form, struct slice body);
void intake_done(struct intake *in);

const char *intake_code(enum intake_fault fault);
const char *intake_text(enum intake_fault fault);

#endif
