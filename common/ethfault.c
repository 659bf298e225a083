/* What a node means by an error: see ethfault.h. */
#include "common/ethfault.h"

#include <stddef.h>
#include <string.h>

#define MAX_TEXT 256
#define METHOD_NOT_FOUND (-32601) /* JSON-RPC 2.0 */

/* A text that holds `words`, and `also` if given, is of the class. Lower case; the first row that fits
 * decides, so what is special stands before what is general. */
static const struct {
    enum ethfault_class class;
    const char *words, *also;
} TABLE[] = {
    {ETHFAULT_KNOWN, "already known", NULL},
    {ETHFAULT_KNOWN, "alreadyknown", NULL},
    {ETHFAULT_KNOWN, "ownnoncealreadyused", NULL},
    {ETHFAULT_KNOWN, "existing txn with same hash", NULL},
    {ETHFAULT_KNOWN, "already imported", NULL},
    {ETHFAULT_KNOWN, "alreadyimported", NULL},
    {ETHFAULT_UNKNOWN, "unknown transaction", NULL}, /* the opposite of the next row */
    {ETHFAULT_KNOWN, "known transaction", NULL},

    {ETHFAULT_REPLACEMENT, "replacement transaction underpriced", NULL},
    {ETHFAULT_REPLACEMENT, "future transaction tries to replace pending", NULL},
    {ETHFAULT_REPLACEMENT, "replacementnotallowed", NULL},
    {ETHFAULT_REPLACEMENT, "could not replace existing tx", NULL},
    {ETHFAULT_REPLACEMENT, "another tx which has the same nonce", NULL},

    {ETHFAULT_NONCE_LOW, "nonce too low", NULL},
    {ETHFAULT_NONCE_LOW, "oldnonce", NULL},
    {ETHFAULT_NONCE_LOW, "invalid transaction nonce", NULL},
    {ETHFAULT_NONCE_LOW, "transaction already finalized", NULL},
    {ETHFAULT_NONCE_LOW, "pool(stale)", NULL},

    {ETHFAULT_NONCE_HIGH, "nonce too high", NULL},
    {ETHFAULT_NONCE_HIGH, "noncegap", NULL},
    {ETHFAULT_NONCE_HIGH, "nonce too far in future", NULL},
    {ETHFAULT_NONCE_HIGH, "nonce is too distant", NULL},

    {ETHFAULT_BELOW_BASE, "less than block base fee", NULL},
    {ETHFAULT_BELOW_BASE, "below current base fee", NULL},

    {ETHFAULT_UNDERPRICED, "underpriced", NULL},
    {ETHFAULT_UNDERPRICED, "gas price below minimum", NULL},
    {ETHFAULT_UNDERPRICED, "below configured minimum gas price", NULL},
    {ETHFAULT_UNDERPRICED, "below minimum required priority fee", NULL},
    {ETHFAULT_UNDERPRICED, "less than gas price minimum", NULL},
    {ETHFAULT_UNDERPRICED, "gas price too low", NULL},
    {ETHFAULT_UNDERPRICED, "feetoolow", NULL},
    {ETHFAULT_UNDERPRICED, "fee too low", NULL},

    {ETHFAULT_FUNDS, "insufficient funds", NULL},
    {ETHFAULT_FUNDS, "insufficientfunds", NULL},
    {ETHFAULT_FUNDS, "upfront cost exceeds account balance", NULL},
    {ETHFAULT_FUNDS, "overdraws from account", NULL},
    {ETHFAULT_FUNDS, "doesn't have enough funds", NULL},

    {ETHFAULT_POOL_FULL, "txpool is full", NULL},
    {ETHFAULT_POOL_FULL, "account limit exceeded", NULL},
    {ETHFAULT_POOL_FULL, "in-flight transaction limit reached", NULL},
    {ETHFAULT_POOL_FULL, "sub-pool is full", NULL},
    {ETHFAULT_POOL_FULL, "queue full", NULL},
    {ETHFAULT_POOL_FULL, "tx pool full", NULL},

    {ETHFAULT_FEE_CAP, "exceeds the configured cap", NULL},
    {ETHFAULT_FEE_CAP, "fee cap exceeded", NULL},

    {ETHFAULT_GAS, "intrinsic gas too", NULL}, /* low, and anvil's high */
    {ETHFAULT_GAS, "intrinsicgas", NULL},
    {ETHFAULT_GAS, "intrinsic gas exceeds gas limit", NULL},
    {ETHFAULT_GAS, "insufficient gas for floor data", NULL},
    {ETHFAULT_GAS, "exceeds block gas limit", NULL},
    {ETHFAULT_GAS, "exceeds max transaction gas limit", NULL},
    {ETHFAULT_GAS, "gas limit too high", NULL},
    {ETHFAULT_GAS, "gas limit is too high", NULL},
    {ETHFAULT_GAS, "gas limit reached", NULL},
    {ETHFAULT_GAS, "gas limit cap exceeded", NULL},
    {ETHFAULT_GAS, "requires gas floor of", NULL},
    {ETHFAULT_GAS, "transaction requires at least", "gas but got"},

    {ETHFAULT_CHAIN, "invalid chain id", NULL},
    {ETHFAULT_CHAIN, "invalid chainid", NULL},
    {ETHFAULT_CHAIN, "wrong chainid", NULL},
    {ETHFAULT_CHAIN, "only replay-protected", NULL},
    {ETHFAULT_CHAIN, "invalid sender", NULL},
    {ETHFAULT_CHAIN, "transaction invalid", NULL},

    {ETHFAULT_SYNC, "transaction indexing is in progress", NULL},
    {ETHFAULT_SYNC, "node is syncing", NULL},
    {ETHFAULT_SYNC, "sync is still in progress", NULL},

    {ETHFAULT_NO_METHOD, "method not found", NULL},
    {ETHFAULT_NO_METHOD, "does not exist/is not available", NULL},
    {ETHFAULT_NO_METHOD, "method", "not supported"},

    {ETHFAULT_NO_BLOCK, "block not found", NULL},
    {ETHFAULT_NO_BLOCK, "header not found", NULL},
    {ETHFAULT_NO_BLOCK, "unknown block", NULL},

    {ETHFAULT_TOO_MUCH, "query returned more than", NULL},
    {ETHFAULT_TOO_MUCH, "too many results", NULL},
    {ETHFAULT_TOO_MUCH, "block range", NULL},
    {ETHFAULT_TOO_MUCH, "response size", NULL},
};

/* Texts that stand right before a minimum in wei. */
static const struct {
    const char *words;
    bool tip; /* the minimum is one of the priority fee */
} MINIMA[] = {
    {"maxfeepergas of at least ", false},
    {"maxpriorityfeepergas of at least ", true},
    {"minimum required priority fee ", true},
    {"minimum needed ", true}, /* geth, behind "gas tip cap" */
};

static void lower_case(char ret[static MAX_TEXT], const char *message)
{
    size_t i = 0;
    for (; i < MAX_TEXT - 1 && message[i] != '\0'; i++) {
        char c = message[i];
        ret[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    ret[i] = '\0';
}

static enum ethfault_class class_of(const char *text)
{
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++)
        if (strstr(text, TABLE[i].words) != NULL &&
            (TABLE[i].also == NULL || strstr(text, TABLE[i].also) != NULL))
            return TABLE[i].class;
    return ETHFAULT_UNKNOWN;
}

static wei number_at(const char *p)
{
    wei v = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        v = wei_add(wei_mul(v, 10), (wei)(*p - '0'));
    return v;
}

struct ethfault ethfault_classify(int64_t code, const char *message)
{
    char text[MAX_TEXT];
    lower_case(text, message);
    struct ethfault fault = {.class = class_of(text)};
    if (fault.class == ETHFAULT_UNKNOWN && code == METHOD_NOT_FOUND)
        fault.class = ETHFAULT_NO_METHOD;
    if (fault.class != ETHFAULT_REPLACEMENT && fault.class != ETHFAULT_UNDERPRICED)
        return fault;
    for (size_t i = 0; i < sizeof MINIMA / sizeof *MINIMA; i++) {
        const char *at = strstr(text, MINIMA[i].words);
        if (at != NULL)
            *(MINIMA[i].tip ? &fault.min_tip : &fault.min_cap) = number_at(at + strlen(MINIMA[i].words));
    }
    return fault;
}

const char *ethfault_name(enum ethfault_class class)
{
    static const char *const NAMES[] = {
#define X(name, text) text,
        ETHFAULT_CLASSES(X)
#undef X
    };
    return NAMES[class];
}
