/* A look-up: a URL to the bytes behind it, for issuer profiles, DID documents, status lists, schemas.
 *
 * Two backends: the network (by the safety rules of verifier/fetch), and a recorded file (--recorded),
 * which answers everything and never touches the network. An answer is kept for the whole run (lists that
 * say how long they live may be asked again, lookup_get_fresh()), so the files of one issuer ask once, and all
 * steps about one file see the same bytes.
 *
 * FORMAT of a recorded file: {"http": {"<url with query>": JSON, string (raw body) or null},
 * "chain": {"<txid>": {"remoteHash","issuingAddress","time","revokedAddresses"}},
 * "options": {"proofPurpose","challenge","domain"}}. null and a URL that is not listed are unreachable.
 */
#ifndef VERIFIER_LOOKUP_H
#define VERIFIER_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/hash32.h"
#include "verifier/fetch.h"
#include "verifier/rdf/arena.h"
#include "verifier/rdf/jdoc.h"
#include "verifier/rdf/map.h"
#include "verifier/rdf/slice.h"

#define LOOKUP_MAX_URLS 4096          /* different URLs in one run; more are refused */
#define LOOKUP_ARENA_BYTES ((size_t)256 << 20)
#define LOOKUP_RECORDS_BYTES ((size_t)1 << 30) /* a tree is larger than its text */
#define LOOKUP_URL_MAX 8192           /* bytes */

enum lookup_answer {
    LOOKUP_FOUND,
    LOOKUP_GONE,        /* the owner says that it is no more (HTTP 410) */
    LOOKUP_UNREACHABLE, /* no answer, an error, or nobody may be asked: never evidence of anything */
    LOOKUP_REFUSED,     /* a URL that the safety rules do not let us ask */
};

struct lookup_reply {
    enum lookup_answer answer;
    struct slice body; /* LOOKUP_FOUND; with a NUL behind it; lives as long as the lookup */
    char why[160];     /* otherwise: for a technician, in English, names the host only */
    const struct jdoc *json; /* lookup_get_json() only: the body, or NULL: it is not JSON, or memory failed */
    char not_json[160];      /* then: why */
    bool parsed;             /* lookup_get_json() was asked */
    char elsewhere[128];     /* LOOKUP_FOUND: as in struct fetch_reply */
    uint64_t asked_at;       /* milliseconds of the lookup's clock */
};

/* What a recorded file says about a transaction. */
struct lookup_transaction {
    struct hash32 value;     /* remoteHash */
    struct slice sender;     /* issuingAddress, as written; lives as long as the lookup, as the next */
    uint64_t time;           /* Unix seconds */
    const struct jdoc *revoked; /* an array: addresses of spent outputs; NULL: it does not tell them */
};

/* How a GET goes out; tests put a script here.
 * Returns: ERR_OK, *reply is filled whatever the HTTP status; ERR_DENIED the rules refuse the URL; any
 * other error: unreachable. */
struct lookup_transport {
    enum err_code (*get)(void *self, const char *url, struct fetch_reply *reply, struct err *e);
    void *self;
};

struct lookup {
    struct lookup_transport transport; /* .get NULL: nobody may be asked */
    const struct jdoc *recorded;       /* in .records; NULL: none */
    uint64_t (*clock)(void);           /* milliseconds that only grow; tests put their own here */
    struct arena arena;                /* of the answers */
    struct arena trees;                /* of those that were read as JSON */
    struct arena records;              /* the text of the recorded file and its tree */
    struct map replies;                /* URL -> struct lookup_reply * */
};

/** The transport that really goes out. In: fetch  borrowed. */
struct lookup_transport lookup_over_http(struct fetch *fetch);

/** In: transport  NULL: offline. */
void lookup_open(struct lookup *ret, const struct lookup_transport *transport);
void lookup_close(struct lookup *lookup);

/** Answer everything from a recorded file from now on.
 *  In:      text  copied; at most LIMITS_RECORDED_BYTES, JDOC_MAX_DEPTH
 *  Returns: ERR_OK; ERR_PARSE, ERR_INVALID, ERR_LIMIT not such a file. */
enum err_code lookup_record(struct lookup *lookup, const char *text, size_t len, struct err *e)
    __attribute__((warn_unused_result));
bool lookup_is_recorded(const struct lookup *lookup);

/** Get what is behind a URL; http becomes https. Never fails otherwise: see the answer.
 *  Owner: the reply belongs to the lookup and lives as long. */
const struct lookup_reply *lookup_get(struct lookup *lookup, struct slice url);

/** The same, the body read as JSON (LIMITS_LOOKUP_BYTES, JDOC_MAX_DEPTH): once a run, however many files ask. As
 *  the bytes behind a URL stay what they are for the whole run, so does the tree; one tree is one text.
 *  Owner: .json belongs to the lookup and lives as long. */
const struct lookup_reply *lookup_get_json(struct lookup *lookup, struct slice url);

/** The same for what speaks for its host (keys, profiles, hosted badges): what redirects to another site answered is
 *  LOOKUP_REFUSED, since many hosts let anybody choose where they redirect to. */
const struct lookup_reply *lookup_get_own(struct lookup *lookup, struct slice url);

/** The same as lookup_get(), asked again if the answer that is kept is older than it may be. The one before stays
 *  valid. A recorded file is as old as it is.
 *  In: max_age  milliseconds */
const struct lookup_reply *lookup_get_fresh(struct lookup *lookup, struct slice url, uint64_t max_age);

/** What a recorded file says about a transaction ("0x" and case do not matter).
 *  In:      id   64 hex digits, with or without 0x
 *  Returns: false if it says nothing usable. */
bool lookup_transaction(struct lookup *lookup, struct slice id, struct lookup_transaction *ret);

/** An option of a recorded file: a string, or the strings of an array, in turn.
 *  In:      nth  from 0
 *  Returns: NULL if there is no such one; lives as long as the lookup. */
const char *lookup_option(struct lookup *lookup, const char *name, size_t nth);

#endif
