/* The life of one anchored value on the chain, decided without touching anything.
 *
 * Happy path:
 *   QUEUED    sealed, waiting for its turn; the lane (lane.h) sends GO
 *   ASSIGNED  nonce and price chosen, and saved
 *   SIGNED    a signed attempt is saved
 *   SENT      an endpoint has taken an attempt
 *   MINED     an attempt is in a canonical block, and saved
 *   FINAL     that block is final, and saved; evidence is captured; watched a while; done
 *
 * What can go wrong:
 *   not mined in time   same nonce, higher fee: signed, saved, sent
 *   caps forbid that    FEE_CAPPED: what was sent is sent again and again, the price asked again
 *   reorganisation      MINED, even FINAL, back to SENT; every attempt is sent again, highest fee first
 *   nonce used, no receipt   SUSPECT: nothing is sent; either a receipt turns up (a lagging endpoint), or
 *                       a finalized block shows what used the nonce: a stranger's transaction makes it
 *                       FOREIGN, this very value (sent by a lost store) is taken over as an attempt
 *   useless at finality REVERTED: it failed, or the registry's event is missing
 *   FOREIGN, REVERTED   the old nonce is finally gone. A later value may already have a nonce: then it
 *                       proves this batch by its tail, COVERED. Else the lane sends GO for a new nonce;
 *                       after a second REVERTED only an operator's RETRY does
 *   a store older than the chain   what was sealed after the newest known anchor stands on a side branch:
 *                       ORPHANED, and sealed again behind the gap that is declared (gap.h)
 *   crash anywhere      the job is read back, and it looks before it sends
 *
 * The shell is a loop without decisions:
 *
 *   struct anchor_action a = anchor_step(&job, &event, &policy);
 *   perform a.what, then step again with the event that answers it     (ANCHOR_DO_WAIT: with TICK)
 *
 * Invariants, by construction:
 *   - while anything is unsaved the only action is ANCHOR_DO_SAVE: nothing unpersisted leaves the process;
 *   - ANCHOR_DO_SEND names an attempt that was in a saved (or read back) job, looked for since the last
 *     wait or restart;
 *   - the nonce changes in one place only: on GO in QUEUED, FOREIGN or REVERTED, where no attempt is alive;
 *   - attempts of a nonce that may still be mined are never forgotten;
 *   - no single negative answer (no receipt, timeout, "nonce too low") ends anything.
 *
 * Times: now_ms is monotonic and never stored; now is Unix seconds, for people and the budget's day.
 * Source: design.md sections 2 and 4; the rules of clients as in fee.h.
 */
#ifndef DAEMON_CORE_ANCHOR_H
#define DAEMON_CORE_ANCHOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/hash32.h"
#include "common/seal.h"
#include "daemon/core/fee.h"

#define ANCHOR_MAX_ATTEMPTS 32   /* of one nonce: + 12.5 % each, the last costs 38 times the first */
#define ANCHOR_MAX_BLOB 8192     /* bytes of an encoded job */
#define ANCHOR_NO_WAKE UINT64_MAX /* only GO, COVER, ORPHAN, RETRY or ADOPT can move it */

enum anchor_state { /* stored: do not renumber */
    ANCHOR_QUEUED,
    ANCHOR_ASSIGNED,
    ANCHOR_SIGNED,
    ANCHOR_SENT,
    ANCHOR_FEE_CAPPED,
    ANCHOR_SUSPECT,
    ANCHOR_MINED,
    ANCHOR_FINAL,
    ANCHOR_FOREIGN,
    ANCHOR_REVERTED,
    ANCHOR_COVERED,
    ANCHOR_ORPHANED,
};
#define ANCHOR_N_STATES (ANCHOR_ORPHANED + 1)

/* What a job sends: the anchored value of a batch, or a call of the registry. A call lives as an anchor does,
 * but nothing covers it, it has no evidence, and it is useful if its event is there. */
enum anchor_call { /* stored: do not renumber */
    ANCHOR_CALL_NONE,        /* the value of batch k */
    ANCHOR_CALL_AUTHORIZE,   /* value is the word of a key */
    ANCHOR_CALL_DEAUTHORIZE, /* the same */
    ANCHOR_CALL_REVOKE,      /* value is a revoke id */
};
#define ANCHOR_CALLS (UINT64_C(1) << 63) /* k of call n is ANCHOR_CALLS + n, from n = 1: above every batch */

/* Conditions an operator should know of; bits of a mask. Texts by anchor_alarm_info(). */
enum anchor_alarm {
    /* of one value (anchor_job.alarms) */
    ANCHOR_ALARM_FEE_CAPPED = 1 << 0,      /* the market is above the caps */
    ANCHOR_ALARM_BUDGET = 1 << 1,          /* the daily budget is used up */
    ANCHOR_ALARM_FUNDS = 1 << 2,           /* the balance does not cover the next attempt */
    ANCHOR_ALARM_GAS = 1 << 3,             /* the gas estimate fails or is out of bounds */
    ANCHOR_ALARM_SIGNER = 1 << 4,          /* the signer does not answer */
    ANCHOR_ALARM_ATTEMPTS = 1 << 5,        /* no further attempt can be recorded */
    ANCHOR_ALARM_STUCK = 1 << 6,           /* sent long ago and not mined */
    ANCHOR_ALARM_NONCE_USED = 1 << 7,      /* the nonce is used, and no receipt shows by what (yet) */
    ANCHOR_ALARM_FOREIGN = 1 << 8,         /* a stranger's transaction took a nonce of ours */
    ANCHOR_ALARM_REVERTED = 1 << 9,        /* mined, yet no anchor: wrong registry address? */
    ANCHOR_ALARM_FINALITY_BROKEN = 1 << 10, /* the chain took back a final block */
    ANCHOR_ALARM_DISAGREE = 1 << 11,       /* endpoints do not agree on the block of an anchor */
    ANCHOR_ALARM_NO_FINALITY = 1 << 12,    /* the endpoints do not know the tag "finalized" */
    ANCHOR_ALARM_ENDPOINT_CAP = 1 << 13,   /* an endpoint refuses by a fee cap of its own */
    ANCHOR_ALARM_EVIDENCE = 1 << 14,       /* the evidence of a final anchor could not be captured */
    ANCHOR_ALARM_STORE = 1 << 15,          /* the job could not be saved */
    /* of the sender (lane.alarms, see lane.h) */
    ANCHOR_ALARM_RPC_DOWN = 1 << 16,
    ANCHOR_ALARM_WRONG_CHAIN = 1 << 17,
    ANCHOR_ALARM_LOW_FUNDS = 1 << 18,
    ANCHOR_ALARM_KEY_ELSEWHERE = 1 << 19,
    ANCHOR_ALARM_OLD_STORE = 1 << 20,
    ANCHOR_ALARM_SETTLING = 1 << 21,
    ANCHOR_ALARM_NONCE_GAP = 1 << 22,
    /* of one value again */
    ANCHOR_ALARM_SIGNER_REFUSES = 1 << 23, /* the signer says no */
    ANCHOR_ALARM_SIGNER_WRONG = 1 << 24,   /* the signer answers something that must not be used */
    /* of the sender again */
    ANCHOR_ALARM_KEY_GONE = 1 << 25,       /* the chain says that this key is no key of the log any more */
    ANCHOR_ALARM_KEY_USED = 1 << 26,       /* the log is new, and its key has anchored before */
};
#define ANCHOR_N_ALARMS 27
#define ANCHOR_ALARMS_OF_SIGNER (ANCHOR_ALARM_SIGNER | ANCHOR_ALARM_SIGNER_REFUSES | ANCHOR_ALARM_SIGNER_WRONG)

struct anchor_alarm_info {
    const char *name;   /* stable, for metrics and JSON: "fee-capped" */
    bool urgent;        /* somebody must act: nothing is anchored until then, or what was final is not */
    const char *text;   /* what it means, one sentence without full stop */
    const char *remedy; /* what to do, the same */
};

/** In: one bit. Returns: its row, static; never NULL. */
const struct anchor_alarm_info *anchor_alarm_info(enum anchor_alarm alarm);

/* Section [chain] and [fees] of the settings. */
struct anchor_policy {
    bool registry;         /* to the registry: status 1 and its event are required. false: to self */
    bool by_depth;         /* final by depth; false: by the tag "finalized" */
    uint32_t confirmations; /* blocks on top of its own, if by_depth */
    uint32_t watch_blocks; /* a final anchor is still looked after until it is so deep */
    bool evidence;         /* capture evidence once final */
    uint64_t poll_ms;      /* between two looks at the chain */
    uint64_t watch_ms;     /* the same once it is final and has its evidence: only a broken chain takes it back */
    uint64_t resend_ms;    /* the same bytes are sent again after so long: 2 blocks, at least 12 s */
    uint64_t bump_after_ms; /* first higher fee after so long, then each × 1.5 */
    uint64_t retry_ms;     /* after a failed save, signer or look-up */
    struct fee_policy fees;
};

/* One signed transaction. Its raw bytes are kept by the shell under (k, seq). */
struct anchor_attempt {
    uint32_t seq;      /* from 1, never used twice for one value, not even on another nonce */
    struct hash32 hash;
    struct fee_bid bid;
    uint64_t made_at;  /* Unix seconds */
    bool accepted;     /* an endpoint has taken it, or had it */
    bool imported;     /* found on the chain, made by a lost store: there are no bytes to send */
    bool saved;        /* not encoded: what was read back is saved */
};

/* Where it was mined. */
struct anchor_mined {
    uint32_t seq;
    uint64_t block;
    struct hash32 block_hash;
    uint32_t tx_index;
    uint64_t block_time; /* Unix seconds, of the block */
    bool useful;         /* counts as an anchor: self mode, or status 1 and the event */
    wei cost;            /* gas used × effective price (+ L1 fee) */
};

/* What is not stored: it begins anew after a restart. Nobody but anchor.c reads or writes it. */
struct anchor_run {
    bool unsaved;          /* the job differs from what is on disk */
    bool looked;           /* the chain was looked at since the last wait */
    bool go;               /* the lane gave leave to take a nonce */
    bool quoted;           /* draft is the price of the next attempt */
    bool next_in_line;     /* all lower nonces are mined: only then a higher fee helps */
    bool locate;           /* the nonce is finally used, by what? */
    uint32_t send;         /* bit i: attempts[i] is to be sent */
    uint32_t sending;      /* index of the attempt under way */
    struct fee_refusal refusal; /* of the newest attempt */
    uint64_t resend_at_ms; /* 0: send every attempt at the next occasion */
    uint64_t bump_at_ms;   /* 0: not set */
    uint64_t evidence_at_ms;
    uint32_t evidence_tries;
    uint64_t head;         /* newest block seen */
};

/* A value: copy it, encode it, forget it. */
struct anchor_job {
    uint64_t k;           /* the batch, or ANCHOR_CALLS + the number of a call */
    enum anchor_call call;
    struct hash32 value;  /* R_k, or the argument of the call */
    enum anchor_state state;
    bool has_nonce;       /* nonce is ours for this value */
    uint64_t nonce;
    struct seal_address from; /* whose nonce; zeros: of a log that never changed its key, the first key's */
    uint32_t next_seq;    /* of the next attempt, from 1 */
    uint32_t n_attempts;
    struct anchor_attempt attempts[ANCHOR_MAX_ATTEMPTS]; /* of this nonce, oldest first */
    struct fee_bid draft; /* price of the attempt being signed; with ASSIGNED it is stored */
    struct anchor_mined mined; /* if MINED, FINAL or REVERTED */
    wei cost;             /* paid for final transactions of this value */
    wei booked;           /* of it, in the stored ledger; not encoded: what was saved is booked */
    uint32_t n_foreign;   /* nonces lost to strangers */
    uint32_t n_reverted;  /* useless transactions since the last RETRY */
    uint32_t n_reorgs;    /* times a block of ours was taken back */
    struct hash32 stranger; /* the last foreign transaction */
    uint64_t covered_by;  /* batch, if COVERED: at that time; see lane_cover() */
    uint64_t queued_at, sent_at, mined_at, final_at; /* Unix seconds, 0: not yet */
    bool has_evidence;
    bool done;            /* needs no more work: it need not be loaded again */
    uint32_t alarms;      /* mask of enum anchor_alarm; only those that tell history are encoded */
    struct anchor_run run;
};

/** A value that was just sealed. It is unsaved: the shell stores anchor_encode() of it in the
 *  transaction that adds the batch, and then tells SAVED, or steps it and does as told. */
struct anchor_job anchor_new(uint64_t k, const struct hash32 *value, uint64_t now);

/** A call of the registry that was just asked for; argument as in enum anchor_call. Else as anchor_new(). */
struct anchor_job anchor_new_call(uint64_t n, enum anchor_call call, const struct hash32 *argument, uint64_t now);

/** Whether it is a call, not an anchor. */
bool anchor_is_call(const struct anchor_job *job);

/** "anchor", "authorize", "deauthorize", "revoke". */
const char *anchor_call_name(enum anchor_call call);

/* ------------------------------------------------------------------ actions */

enum anchor_do {
    ANCHOR_DO_WAIT,     /* nothing for wait_ms (or until something new: a head, a command) → TICK */
    ANCHOR_DO_SAVE,     /* store the job, the lane as of lane_note(), and the raw bytes or the evidence
                           that the last SIGNED or EVIDENCE brought, in one durable transaction → SAVED */
    ANCHOR_DO_QUOTE,    /* ask the market, estimate gas, compute the room (lane_room) → QUOTE */
    ANCHOR_DO_SIGN,     /* sign (nonce, draft); check what comes back field by field → SIGNED */
    ANCHOR_DO_SEND,     /* send the stored bytes of `seq` to every healthy endpoint → SENT */
    ANCHOR_DO_LOOK,     /* receipts of ALL attempts, newest first, each with the canonical hash at its
                           block number; head, finalized, nonces → LOOKED */
    ANCHOR_DO_CHECK,    /* head, finalized, canonical hash at job.mined.block → CHECKED */
    ANCHOR_DO_LOCATE,   /* which transaction of ours used job.nonce, in a finalized block? → LOCATED */
    ANCHOR_DO_EVIDENCE, /* capture the evidence of job.mined → EVIDENCE */
    ANCHOR_DO_DONE,     /* nothing, ever: drop the job from memory */
};

struct anchor_action {
    enum anchor_do what;
    uint32_t seq;     /* SEND: which attempt; SIGN: the number the new one will have */
    uint64_t wait_ms; /* WAIT; ANCHOR_NO_WAKE */
};

/* ------------------------------------------------------------------ events */

enum anchor_what {
    /* while it waits, from outside */
    ANCHOR_EV_TICK,  /* start, time is up, or a new head */
    ANCHOR_EV_GO,    /* the lane: take a nonce; ignored unless QUEUED, FOREIGN or REVERTED once */
    ANCHOR_EV_COVER, /* the lane: a later value has its nonce already; `batch` */
    ANCHOR_EV_ORPHAN, /* the log goes on without this value, which was never anchored */
    ANCHOR_EV_RETRY, /* the operator: try a value again that was REVERTED twice */
    ANCHOR_EV_ADOPT, /* the lane: this value was found on the chain; `nonce`, `hash` */
    /* answers */
    ANCHOR_EV_SAVED,
    ANCHOR_EV_QUOTE,
    ANCHOR_EV_SIGNED,
    ANCHOR_EV_SENT,
    ANCHOR_EV_LOOKED,
    ANCHOR_EV_CHECKED,
    ANCHOR_EV_LOCATED,
    ANCHOR_EV_EVIDENCE,
    ANCHOR_EV_FAILED, /* the last action could not be done (disk, signer, no endpoint): `action` */
};

/* QUOTE */
struct anchor_quote {
    struct fee_market market;
    uint64_t gas;        /* eth_estimateGas; 0: the estimate failed */
    wei l1_fee;          /* 0 but on the OP stack */
    struct fee_room room;
    uint64_t next_nonce; /* lane.next_nonce */
    struct seal_address sender; /* lane.sender: whose nonce that is */
};

/* SENT: what the endpoints answered, a mask over all of them. */
enum anchor_reply {
    ANCHOR_REPLY_ACCEPTED = 1 << 0,
    ANCHOR_REPLY_KNOWN = 1 << 1,
    ANCHOR_REPLY_NONCE_LOW = 1 << 2,
    ANCHOR_REPLY_NONCE_HIGH = 1 << 3,
    ANCHOR_REPLY_REPLACEMENT = 1 << 4, /* replacement transaction underpriced */
    ANCHOR_REPLY_UNDERPRICED = 1 << 5, /* below a minimum of the node */
    ANCHOR_REPLY_BELOW_BASE = 1 << 6,  /* fee cap below the base fee */
    ANCHOR_REPLY_FUNDS = 1 << 7,
    ANCHOR_REPLY_POOL_FULL = 1 << 8,
    ANCHOR_REPLY_FEE_CAP = 1 << 9,     /* the endpoint's own cap */
    ANCHOR_REPLY_GAS = 1 << 10,        /* gas limit too low or too high */
    ANCHOR_REPLY_CHAIN = 1 << 11,      /* wrong chain id: the shell quarantines the endpoint */
    ANCHOR_REPLY_SYNC = 1 << 12,
    ANCHOR_REPLY_UNKNOWN = 1 << 13,    /* anything else, time-outs: perhaps sent */
};

struct anchor_sent {
    uint32_t replies;  /* mask of enum anchor_reply; 0: no endpoint was asked */
    uint64_t min_cap;  /* a minimum named by a client, 0: none */
    uint64_t min_tip;
};

/* LOOKED and CHECKED: what is known of the chain. A "known" is false if fewer endpoints than the quorum
 * gave the same answer. */
struct anchor_chain {
    uint64_t head;            /* the lowest head among those that agree */
    bool finalized_known;
    uint64_t finalized;       /* number of the block tagged "finalized" */
    uint64_t nonce;           /* transaction count at `latest` */
    bool nonce_final_known;
    uint64_t nonce_final;     /* the same at the finalized block (by depth: at head − confirmations) */
    bool disagree;            /* endpoints contradict each other; false while one merely lags */
    bool no_finality;         /* the endpoints do not know the tag */
    bool other_key;           /* the nonces are of another key than the job's, whose key sends no more */
};

/* One receipt. */
struct anchor_receipt {
    uint32_t seq;
    struct anchor_mined mined; /* as the receipt says; its seq is ignored */
    bool canonical_known;
    struct hash32 canonical;   /* hash of the block with number mined.block, asked by number */
};

struct anchor_looked {
    struct anchor_chain chain;
    size_t n_receipts; /* those found, newest attempt first; no receipt means nothing */
    struct anchor_receipt receipts[ANCHOR_MAX_ATTEMPTS];
};

struct anchor_checked {
    struct anchor_chain chain;
    bool canonical_known;
    struct hash32 canonical; /* at job.mined.block */
};

/* LOCATED */
enum anchor_user {
    ANCHOR_USER_UNKNOWN,  /* not found (yet): pruned node, lag */
    ANCHOR_USER_STRANGER, /* a transaction that is not an anchor of this value */
    ANCHOR_USER_SAME,     /* an anchor of this very value, to the right address */
};
struct anchor_located {
    enum anchor_user user;
    struct hash32 hash;
};

struct anchor_event {
    enum anchor_what what;
    uint64_t now_ms; /* monotonic */
    uint64_t now;    /* Unix seconds */
    enum anchor_do action; /* FAILED: what could not be done */
    enum anchor_alarm alarm; /* FAILED, SIGN: one of ANCHOR_ALARMS_OF_SIGNER */
    uint64_t batch;        /* COVER */
    uint64_t nonce;        /* ADOPT */
    struct seal_address sender; /* ADOPT: whose nonce */
    struct hash32 hash;    /* SIGNED: of the transaction; ADOPT */
    struct anchor_quote quote;
    struct anchor_sent sent;
    struct anchor_looked looked; /* large: keep one event per job, not on a deep stack */
    struct anchor_checked checked;
    struct anchor_located located;
};

/** One step. Total: every event in every state gives an action; an event that does not fit is ignored.
 *  An action is performed once and answered by its event, or by FAILED; while one is under way no other
 *  event may be given (keep a note and give it after). */
struct anchor_action anchor_step(struct anchor_job *job, const struct anchor_event *event,
                                 const struct anchor_policy *policy);

/* ------------------------------------------------------------------ the job as bytes and as text */

/** Out: ret_len at most ANCHOR_MAX_BLOB. */
void anchor_encode(const struct anchor_job *job, uint8_t ret[ANCHOR_MAX_BLOB], size_t *ret_len);

/** Returns: ERR_OK; ERR_VERSION made by something newer; ERR_CORRUPT. The run part begins anew. */
enum err_code anchor_decode(struct anchor_job *ret, const void *data, size_t len, struct err *e)
    __attribute__((warn_unused_result));

/** Lower case, for logs: "queued", "fee-capped", … */
const char *anchor_state_name(enum anchor_state state);
const char *anchor_do_name(enum anchor_do what);
const char *anchor_what_name(enum anchor_what what);

/** Worst case of what may still be paid for this value: 0 once its cost is known. */
wei anchor_reserved(const struct anchor_job *job);

/** The attempt with this number, or NULL. */
const struct anchor_attempt *anchor_attempt(const struct anchor_job *job, uint32_t seq);

/** Whether an endpoint has taken an attempt of this nonce, or it has been mined: the next nonce may follow. */
bool anchor_is_out(const struct anchor_job *job);

#endif
