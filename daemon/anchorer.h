/* Anchors what was sealed: holds every value that is not done, the lane of the key they share, and the
 * view of the chain. It decides nothing: lane_step() says who is next, anchor_step() what to do.
 *
 * Happy path:
 *  - at the start every open anchor is read from the store; each looks before it sends;
 *  - anchorer_add(): a batch was sealed; the chain is looked at; the lane sends GO; the value is quoted,
 *    signed, saved, sent, looked for, mined, final, and done.
 * Failure modes: all of anchor.h and lane.h; alarms say what an operator must do.
 * Thread: the loop's.
 */
#ifndef DAEMON_ANCHORER_H
#define DAEMON_ANCHORER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/text.h"
#include "daemon/chainview.h"
#include "daemon/core/lane.h"
#include "daemon/recover.h"
#include "daemon/sealer.h"
#include "daemon/task.h"

#define ANCHORER_MAX_BATCHES 64  /* not final yet, in memory; older values first, the rest waits in the store */
#define ANCHORER_MAX_WATCHED 320 /* final ones besides: four a block, looked after for 64 blocks and a look more */
#define ANCHORER_MAX_CALLS 8     /* registry calls that are not done */
#define ANCHORER_MAX_TASKS (ANCHORER_MAX_BATCHES + ANCHORER_MAX_WATCHED + ANCHORER_MAX_CALLS)

struct anchorer {
    struct task_env env;      /* loop, store, storeq, chain, clock, log, signer, to and policy are set by the owner */
    struct lane_policy lane_policy;
    struct chainview view;    /* its settings are filled by the owner; callbacks by anchorer_open */
    struct task *tasks[ANCHORER_MAX_TASKS]; /* ascending by k: batches, then calls */
    size_t n_tasks;
    size_t n_batches;         /* of them */
    bool more;                /* the store holds open anchors beyond the last task */
    bool lane_busy;           /* the lane is being saved, or waits for what it wants located */
    bool pinned;              /* the genesis block of the chain is stored */
    bool key_gone;            /* the key is none of the log any more: the lane stands still until the next start */
    enum { ANCHORER_OLD_LOG, ANCHORER_NEW_LOG, ANCHORER_LOOKING } first; /* NEW: and its key is not: what did it anchor? */
    uint64_t first_tried;     /* look in which that was asked: a list that is not to be had holds nothing up */
    uint64_t used_before;     /* so many values; stored */
    bool orphaning;           /* a gap is planned: what waits is given up before it is sealed */
    bool closing;
    uv_timer_t soon;          /* the lane's turn, out of the stack of whoever wants it */
    struct storeq_req lane_put, pin_put, learn_put, used_put;
    struct lane lane_saving; /* the pool thread's while lane_busy */
    struct locate locate;     /* for the lane */
    struct recover recover;
    uint32_t alarms;          /* enum anchor_alarm: of the lane and all tasks, as last logged */
    uint64_t last_final_at;   /* Unix seconds; 0: none since the start */
    struct {
        uint64_t final, mined, sent;
    } stats;                  /* since the start */
    void *owner;
    void (*on_batch)(void *owner, uint64_t k, enum anchor_state state); /* a state is durable */
    void (*on_gap)(void *owner, const struct recover *gap); /* seal it, then anchorer_recovered() */
    bool (*is_sealing)(void *owner);                        /* a batch is being sealed right now */
    void (*on_may_seal)(void *owner);                       /* the log may go on; also after each save of the lane */
};

/** Read what is open and begin. Returns: ERR_OK; ERR_IO, ERR_CORRUPT, ERR_NOMEM. */
enum err_code anchorer_open(struct anchorer *a, struct err *e);

/** A job that has just been made durable: a batch by the sealer, or a call. */
void anchorer_add(struct anchorer *a, const struct anchor_job *job);

/** The gap is sealed: the log goes on. */
void anchorer_recovered(struct anchorer *a);

/** Whether new batches may be sealed: not before the store is known to be as new as the chain, after a loss. */
bool anchorer_may_seal(const struct anchorer *a);

/** Whether one call more may be begun. */
bool anchorer_has_room_for_call(const struct anchorer *a);

/** Whether this very call is under way: asked for, and not final yet. */
bool anchorer_is_calling(const struct anchorer *a, enum anchor_call call, const struct hash32 *argument);

/** Whether all that was sealed or called is final. */
bool anchorer_is_settled(const struct anchorer *a);

/** Another key sends from now on; its stored lane is lane_of_new_key() of the old one. In: anchorer_is_settled(). */
void anchorer_switch(struct anchorer *a, const struct seal_address *sender);

/** The operator asks to try again what was mined in vain, values and calls. Returns: how many. */
size_t anchorer_retry(struct anchorer *a);

/** The block to commit in the next header: the newest finalized one known, else the newest. */
struct sealer_block anchorer_recent_block(const struct anchorer *a);

/** Whether anything is under way or waits; a final anchor is only watched. */
bool anchorer_is_busy(const struct anchorer *a);

/** All alarms now. */
uint32_t anchorer_alarms(const struct anchorer *a);

/** Stop looking. Then close curluv and storeq, and then anchorer_done(). */
void anchorer_close(struct anchorer *a);

/** Free every task. Nothing of them may be under way. */
void anchorer_done(struct anchorer *a);

#endif
