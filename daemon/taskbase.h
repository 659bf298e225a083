/* What the rooms of a task share: the task itself, what all tasks share, and how an action is answered.
 *
 * task.c      the loop: step, perform, wait
 * tasksave.c  SAVE
 * tasksend.c  QUOTE, SIGN, SEND
 * tasklook.c  LOOK, CHECK, LOCATE, EVIDENCE
 *
 * Thread: the loop's.
 */
#ifndef DAEMON_TASKBASE_H
#define DAEMON_TASKBASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/db/store.h"
#include "common/registry.h"
#include "common/seal.h"
#include "daemon/capture.h"
#include "daemon/chain.h"
#include "daemon/chainview.h"
#include "daemon/core/anchor.h"
#include "daemon/core/lane.h"
#include "daemon/io/clock.h"
#include "daemon/io/signer.h"
#include "daemon/io/storeq.h"
#include "daemon/l1fee.h"
#include "daemon/locate.h"
#include "daemon/proofs.h"

struct task;

/* What all tasks share; owned by the anchorer. */
struct task_env {
    uv_loop_t *loop;
    struct store *store;
    struct storeq *storeq;
    struct chain *chain;
    struct chainview *view;
    const struct clock *clock;
    const struct proofs_log *log;
    struct signer *signer;
    struct seal_address sender;
    struct seal_address to;      /* the registry, or the sender itself */
    struct anchor_policy policy;
    struct lane lane;
    enum l1fee l1fee;            /* whether the chain takes one, as far as is known */
    wei price;                   /* per gas, of the last quote: base fee and tip, or the gas price; 0: none yet */
    wei l1_price;                /* per anchor beside gas, of the last quote */
    void *owner;
    struct fee_room (*room)(void *owner);                    /* what an attempt may cost now */
    void (*on_idle)(void *owner, struct task *task);         /* it waits: the lane may look */
    void (*on_saved)(void *owner, struct task *task);        /* its state is durable */
    void (*on_done)(void *owner, struct task *task);         /* it needs no more work: free it */
};

struct task {
    struct task_env *env;
    void (*step)(struct task *task); /* goes on with `event`: task.c's, which knows every action */
    struct anchor_job job;
    struct anchor_event event; /* the answer being made */
    bool idle;                 /* it waits; an event may be given */
    bool closing;
    enum anchor_state saved_state; /* as of the last save */
    uv_timer_t timer;
    struct chain_ask ask;
    struct locate locate;
    struct capture capture;
    struct signer_request sign;
    struct storeq_req put;
    struct anchor_action action;   /* the one under way */
    uint8_t data[REGISTRY_CALL_LEN]; /* what the transaction carries */
    size_t data_len;
    size_t look_at;                /* LOOK: index of the attempt being asked for */
    /* What the next save stores beside the job. */
    uint32_t raw_seq;              /* 0: no new attempt */
    struct hash32 raw_hash;
    uint8_t raw[PROOFS_ATTEMPT_MAX];
    size_t raw_len;
    struct text evidence;          /* len 0: none */
    uint8_t blob[ANCHOR_MAX_BLOB];
    size_t blob_len;
    uint64_t saving_at;            /* Unix seconds */
};

/** What the transaction of a job carries. Out: ret  32 or REGISTRY_CALL_LEN bytes are valid. Returns: how many. */
size_t taskbase_data(const struct anchor_job *job, uint8_t ret[REGISTRY_CALL_LEN]);

/** "batch=7" or "call=2", for logs. */
struct taskbase_name {
    char s[32];
};
struct taskbase_name taskbase_name(const struct anchor_job *job);

/** The answer to the action under way. After the last one of a closing task nothing follows. */
void taskbase_answer(struct task *task, enum anchor_what what);

/** The action under way could not be done. */
void taskbase_fail(struct task *task);

/** Ask every endpoint; done comes exactly once, never from inside. */
void taskbase_ask(struct task *task, struct ethrpc_request request, void (*done)(struct chain_ask *a));

/** An amount cut to 64 bits. */
uint64_t taskbase_clamp(wei amount);

#endif
