/* A Bitcoin transaction as Esplora-compatible sources tell it (--btc URL): the value that its OP_RETURN
 * records, who paid for it, and whether its block stands.
 *
 * Asked for: /block-height/0 (which network it is), /tx/ID, /block/HASH, /block-height/N, /blocks/tip/height,
 * and /tx/ID/outspends for the outputs that were spent since.
 */
#ifndef VERIFIER_FORMATS_BITCOIN_H
#define VERIFIER_FORMATS_BITCOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/err.h"
#include "common/hash32.h"
#include "verifier/endpoints.h"

#define BITCOIN_SOURCES_MAX 8
#define BITCOIN_DEPTH 6       /* blocks, its own included, that count as final */
#define BITCOIN_ADDRESS_MAX 100

enum bitcoin_network { BITCOIN_UNKNOWN, BITCOIN_MAIN, BITCOIN_TEST, BITCOIN_REGTEST };

struct bitcoin_source {
    const char *url; /* borrowed */
    bool asked;      /* its network is known: */
    enum bitcoin_network network;
};

struct bitcoin {
    struct endpoints_transport transport;
    struct bitcoin_source items[BITCOIN_SOURCES_MAX];
    size_t n;
    struct fetch_reply reply; /* of the call under way */
};

/* A transaction in its chain. */
struct bitcoin_facts {
    bool has_value; /* an output is exactly OP_RETURN and 32 bytes: */
    struct hash32 value;
    char sender[BITCOIN_ADDRESS_MAX]; /* address of the first input; "" if it has none */
    bool mined;
    uint64_t height, time; /* of its block; Unix seconds */
    bool canonical;        /* the block at that height is this one */
    bool final;
    enum bitcoin_network network; /* of the source */
    size_t agreeing;       /* sources that said so */
};

/* What became of the outputs of a transaction that pay certain addresses. */
struct bitcoin_spending {
    bool spent;      /* at least one of them was */
    size_t which;    /* then: the address, an index into those that were asked for */
    uint64_t time;   /* of the earliest block that spends one; 0: it waits for one. Unix seconds */
    size_t n_paid;   /* outputs that pay one of them */
};

/** In: urls  at most BITCOIN_SOURCES_MAX, borrowed for the life of *ret. Nothing is asked yet. */
void bitcoin_open(struct bitcoin *ret, const struct endpoints_transport *transport,
                  const char *const *urls, size_t n);
void bitcoin_close(struct bitcoin *bitcoin);

/** Look a transaction up. All sources that answer for this network must agree.
 *
 *  In:      network  BITCOIN_UNKNOWN: the credential does not say, main and test are both right
 *           id       as it is written, not reversed
 *  Returns: ERR_OK; ERR_UNSUPPORTED no source was given; ERR_IO none could be reached; ERR_CONFLICT
 *           another network; ERR_RPC no usable answer; ERR_NOT_FOUND the source does not know it;
 *           ERR_CORRUPT sources contradict each other; ERR_NOMEM. Messages name hosts only.
 */
enum err_code bitcoin_look(struct bitcoin *bitcoin, enum bitcoin_network network,
                           const struct hash32 *id, struct bitcoin_facts *ret, struct err *e)
    __attribute__((warn_unused_result));

/** Find out whether outputs of a transaction that pay any of some addresses were spent since.
 *
 *  In:      network, id  as for bitcoin_look()
 *  Returns: as bitcoin_look(); ERR_CORRUPT also if sources differ about what is spent. */
enum err_code bitcoin_spent(struct bitcoin *bitcoin, enum bitcoin_network network, const struct hash32 *id,
                            const struct slice *addresses, size_t n_addresses, struct bitcoin_spending *ret,
                            struct err *e) __attribute__((warn_unused_result));

#endif
