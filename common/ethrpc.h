/* JSON-RPC 2.0 with an Ethereum node: bodies of requests, and replies as values. No transport.
 *
 * Happy path: fill a struct ethrpc_request, ethrpc_body() writes it; when the answer has come,
 * ethrpc_open() checks the envelope and one of ethrpc_get_…() reads the result; ethrpc_done() frees.
 *
 * Two kinds of failure: a node that answers an error (reply.refused: its code and text are kept, and
 * the getters say them), and bytes that are no answer at all. All failures are ERR_RPC with a message
 * that names the method, but for ERR_NOT_FOUND: the node says null, which proves nothing (a lagging
 * node says it too).
 *
 * Hex may be in either case, as nodes write addresses in mixed case; quantities must be minimal.
 * Source: JSON-RPC 2.0; ethereum/execution-apis. */
#ifndef COMMON_ETHRPC_H
#define COMMON_ETHRPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "common/blobs.h"
#include "common/bytes.h"
#include "common/err.h"
#include "common/ethfault.h"
#include "common/ethreceipt.h"
#include "common/hash32.h"
#include "common/jsonio.h"
#include "common/seal.h"
#include "common/wei.h"

/* method, its name on the wire, what its parameters are made from, whether its replies can be large.
 * a address · b block · c call · d data · f filter · h hash · i index · n how many blocks · p the
 * percentiles 10 and 50 · w whole transactions? */
#define ETHRPC_METHODS(X)                                                                           \
    X(CHAIN_ID, "eth_chainId", "", false)                                                           \
    X(CLIENT_VERSION, "web3_clientVersion", "", false)                                              \
    X(SYNCING, "eth_syncing", "", false)                                                            \
    X(BLOCK_NUMBER, "eth_blockNumber", "", false)                                                   \
    X(BLOCK_BY_NUMBER, "eth_getBlockByNumber", "bw", true)                                          \
    X(BLOCK_BY_HASH, "eth_getBlockByHash", "hw", true)                                              \
    X(BLOCK_RECEIPTS, "eth_getBlockReceipts", "b", true)                                            \
    X(FEE_HISTORY, "eth_feeHistory", "nbp", false)                                                  \
    X(MAX_PRIORITY_FEE, "eth_maxPriorityFeePerGas", "", false)                                      \
    X(GAS_PRICE, "eth_gasPrice", "", false)                                                         \
    X(TRANSACTION_COUNT, "eth_getTransactionCount", "ab", false)                                    \
    X(BALANCE, "eth_getBalance", "ab", false)                                                       \
    X(CODE, "eth_getCode", "ab", false)                                                             \
    X(CALL, "eth_call", "cb", false)                                                                \
    X(ESTIMATE_GAS, "eth_estimateGas", "c", false)                                                  \
    X(SEND_RAW, "eth_sendRawTransaction", "d", false)                                               \
    X(TRANSACTION, "eth_getTransactionByHash", "h", false)                                          \
    X(RECEIPT, "eth_getTransactionReceipt", "h", false)                                             \
    X(RAW_TRANSACTION, "eth_getRawTransactionByHash", "h", false)                                   \
    X(RAW_TRANSACTION_AT, "eth_getRawTransactionByBlockHashAndIndex", "hi", false)                  \
    X(LOGS, "eth_getLogs", "f", false)

enum ethrpc_method {
#define X(name, wire, params, large) ETHRPC_##name,
    ETHRPC_METHODS(X)
#undef X
};

/* Block tags, in the place of a block number. */
#define ETHRPC_LATEST (UINT64_MAX)
#define ETHRPC_FINALIZED (UINT64_MAX - 1)
#define ETHRPC_SAFE (UINT64_MAX - 2)
#define ETHRPC_PENDING (UINT64_MAX - 3)
#define ETHRPC_EARLIEST (UINT64_MAX - 4)

#define ETHRPC_FEE_BLOCKS 64 /* most blocks of one fee history */
#define ETHRPC_MAX_TEXT 256

/* Only what the method's parameters name is looked at; the rest may be zero. */
struct ethrpc_request {
    enum ethrpc_method method;
    uint64_t block;      /* b: a number or a tag; f: the first block */
    uint64_t last_block; /* f */
    uint64_t index;      /* i */
    uint64_t n_blocks;   /* n: at most ETHRPC_FEE_BLOCKS */
    bool whole;          /* w: transactions in full, not only their hashes */
    struct hash32 hash;  /* h */
    struct seal_address address; /* a; f: the contract; c: the sender */
    bool has_to;                 /* c: false for the creation of a contract */
    struct seal_address to;      /* c */
    struct slice data;           /* d; c: calldata or code */
    size_t n_topics;             /* f: leading topics that are asked for */
    bool any_topic[ETHRECEIPT_MAX_TOPICS]; /* f: this one may be anything */
    struct hash32 topics[ETHRECEIPT_MAX_TOPICS];
};

/** The body of a request. Returns: a NUL-terminated text that the caller frees; NULL without memory. */
char *ethrpc_body(const struct ethrpc_request *request, uint64_t id);

/** The name of a method on the wire, and the longest reply to it (of common/limits.h). */
const char *ethrpc_name(enum ethrpc_method method);
size_t ethrpc_max_reply(enum ethrpc_method method);

struct ethrpc_reply {
    enum ethrpc_method method;
    bool refused;                  /* the node answered an error */
    int64_t code;                  /* of that error */
    char message[ETHRPC_MAX_TEXT]; /* of that error, made printable */
    struct ethfault fault;         /* what it means */
    json_t *root;                  /* private */
    json_t *result;                /* private: borrowed from root; NULL if refused */
};

/** Check the envelope of a reply: JSON without duplicate keys, "2.0", our id, exactly one of result and
 *  error. Also for replies with another HTTP status than 200.
 *
 *  Returns: ERR_OK, also if the node answered an error (look at ret->refused); ERR_RPC; ERR_NOMEM.
 *  Owner:   the caller, who calls ethrpc_done.
 */
enum err_code ethrpc_open(struct ethrpc_reply *ret, enum ethrpc_method method, uint64_t id,
                          const char *body, size_t len, struct err *e)
    __attribute__((warn_unused_result));

/** Free it. Harmless on {0}. */
void ethrpc_done(struct ethrpc_reply *reply);

/* All getters below: ERR_OK; ERR_RPC the node refused, or the result is not of this form;
 * ERR_NOT_FOUND the result is null; ERR_NOMEM. */

/** A quantity: chain id, block number, transaction count, gas estimate; balance, price, tip. */
enum err_code ethrpc_get_u64(const struct ethrpc_reply *reply, uint64_t *ret, struct err *e)
    __attribute__((warn_unused_result));
enum err_code ethrpc_get_wei(const struct ethrpc_reply *reply, wei *ret, struct err *e)
    __attribute__((warn_unused_result));

/** The hash that eth_sendRawTransaction answers. */
enum err_code ethrpc_get_hash(const struct ethrpc_reply *reply, struct hash32 *ret, struct err *e)
    __attribute__((warn_unused_result));

/** Bytes: code, the result of a call, a raw transaction. They are added to `ret`. */
enum err_code ethrpc_get_bytes(const struct ethrpc_reply *reply, struct blobs *ret, struct err *e)
    __attribute__((warn_unused_result));

/** The text of web3_clientVersion, made printable and cut. */
enum err_code ethrpc_get_text(const struct ethrpc_reply *reply, char ret[static ETHRPC_MAX_TEXT],
                              struct err *e) __attribute__((warn_unused_result));

/** Whether the node is still catching up. */
enum err_code ethrpc_get_syncing(const struct ethrpc_reply *reply, bool *ret, struct err *e)
    __attribute__((warn_unused_result));

/* A block's header, as the node says; its hash is not recomputed (see ethraw_header). */
struct ethrpc_block {
    uint64_t number;
    uint64_t time; /* Unix seconds */
    struct hash32 hash, parent_hash, transactions_root, receipts_root;
    bool has_base_fee; /* false: before London, or a chain without it */
    wei base_fee;      /* a gas */
    size_t n_transactions;
    uint8_t bloom[ETHRECEIPT_BLOOM_LEN];
};
enum err_code ethrpc_get_block(const struct ethrpc_reply *reply, struct ethrpc_block *ret,
                               struct err *e) __attribute__((warn_unused_result));

struct ethrpc_fee_history {
    size_t n_blocks; /* may be fewer than asked for */
    wei next_base_fee; /* 0 on a chain without it */
    struct ethrpc_fee_block {
        wei base_fee;
        bool used;              /* it had transactions: its rewards mean something */
        wei reward10, reward50; /* priority fee at these percentiles */
    } blocks[ETHRPC_FEE_BLOCKS]; /* oldest first */
};
enum err_code ethrpc_get_fee_history(const struct ethrpc_reply *reply,
                                     struct ethrpc_fee_history *ret, struct err *e)
    __attribute__((warn_unused_result));

/* A log and where it stands. */
struct ethrpc_log {
    struct ethreceipt_log log; /* data: in the memory of its list */
    bool removed;              /* the node took it back in a reorganisation */
    uint64_t block_number;
    struct hash32 block_hash;
    struct hash32 tx_hash;
    uint64_t tx_index;
    uint64_t log_index; /* in the block */
};

struct ethrpc_logs {
    struct ethrpc_log *item;
    size_t n;
    struct blobs memory; /* private */
};

/** The logs of eth_getLogs in the node's order. Owner: the caller calls ethrpc_logs_done. */
enum err_code ethrpc_get_logs(const struct ethrpc_reply *reply, struct ethrpc_logs *ret,
                              struct err *e) __attribute__((warn_unused_result));
/** Free it. Harmless on {0}. */
void ethrpc_logs_done(struct ethrpc_logs *logs);

struct ethrpc_receipt {
    struct hash32 tx_hash, block_hash;
    uint64_t block_number;
    uint64_t tx_index;
    struct seal_address from, to;
    bool has_to;
    bool has_contract; /* it created one */
    struct seal_address contract;
    bool has_status; /* false: from before Byzantium */
    bool ok;         /* status 1 */
    uint64_t gas_used;
    wei gas_price; /* effective, a gas; 0 if the node does not say */
    wei l1_fee;    /* OP stack: what was paid on top; else 0 */
    struct ethrpc_logs logs;
};
/** Owner: the caller calls ethrpc_logs_done on its logs. */
enum err_code ethrpc_get_receipt(const struct ethrpc_reply *reply, struct ethrpc_receipt *ret,
                                 struct err *e) __attribute__((warn_unused_result));

/** The hash of a transaction of a block, by its place, whether it was asked for whole or not.
 *  Returns: also ERR_NOT_FOUND if the block has not so many. */
enum err_code ethrpc_get_block_transaction(const struct ethrpc_reply *reply, size_t index,
                                           struct hash32 *ret, struct err *e)
    __attribute__((warn_unused_result));

/* For modules that read results of their own, as ethraw.h: begin, read with ethjson.h, end. */
struct ethrpc_reading {
    struct jsonio doc;
    struct err why;
    struct jsonio_node root; /* the result */
};

/** Returns: ERR_OK if there is a result that is not null (for _object: go on even if it is none, the
 *  document then has its error); ERR_RPC; ERR_NOT_FOUND. */
enum err_code ethrpc_begin(struct ethrpc_reading *r, const struct ethrpc_reply *reply, struct err *e)
    __attribute__((warn_unused_result));
enum err_code ethrpc_begin_object(struct ethrpc_reading *r, const struct ethrpc_reply *reply,
                                  struct err *e) __attribute__((warn_unused_result));

/** Returns: ERR_OK if all was read well; else ERR_RPC (ERR_NOMEM, ERR_UNSUPPORTED stay what they are)
 *  and the first error behind the method's name. */
enum err_code ethrpc_end(const struct ethrpc_reading *r, const struct ethrpc_reply *reply,
                         struct err *e) __attribute__((warn_unused_result));

#endif
