/* One save of a value under way: see tasksave.h. */
#include "daemon/tasksave.h"

#include <inttypes.h>
#include <string.h>

#include "common/hex.h"
#include "daemon/fault.h"
#include "daemon/issuers.h"
#include "daemon/lanestore.h"
#include "daemon/log.h"

/* What the state of an anchor says of its batch. It is called final once its proofs are complete: with
 * evidence, or without it for good. */
static enum store_status batch_status(const struct anchor_job *job, bool evidence)
{
    switch (job->state) {
    case ANCHOR_QUEUED:
    case ANCHOR_ASSIGNED:
    case ANCHOR_SIGNED:
    case ANCHOR_FOREIGN:
    case ANCHOR_REVERTED:
    case ANCHOR_COVERED:
    case ANCHOR_ORPHANED:
        return STORE_SEALED;
    case ANCHOR_SENT:
    case ANCHOR_FEE_CAPPED:
    case ANCHOR_SUSPECT:
        return STORE_SENT;
    case ANCHOR_MINED:
        return STORE_MINED;
    case ANCHOR_FINAL:
        return !evidence || job->has_evidence || job->done ? STORE_FINAL : STORE_MINED;
    }
    return STORE_SEALED;
}

static bool is_covered(const struct store_read *read, uint64_t k)
{
    struct slice blob;
    struct anchor_job job;
    bool final;
    return store_anchor(read, k, &blob, &final, NULL) == ERR_OK &&
           anchor_decode(&job, blob.data, blob.len, NULL) == ERR_OK && job.state == ANCHOR_COVERED;
}

/* Mark the batch, and those just before it that this anchor proves too. */
static enum err_code mark(struct store_write *w, const struct task *task, struct err *e)
{
    const struct store_read *read = store_write_view(w);
    const struct anchor_job *job = &task->job;
    enum store_status status = batch_status(job, task->env->policy.evidence);
    uint64_t k = job->k, final_at = status == STORE_FINAL ? job->final_at : 0;
    struct store_batch before;
    enum err_code rc = store_batch_mark(w, k, status, job->mined_at, final_at, e);
    while (rc == ERR_OK && store_batch_before(read, k, &before, NULL) == ERR_OK && is_covered(read, before.k)) {
        k = before.k;
        rc = store_batch_mark(w, k, status, job->mined_at, final_at, e);
    }
    return rc;
}

/* What the stored lane keeps of this job. The one in memory follows once this is committed: another job's
 * save must never make a nonce durable whose job is not. */
static enum err_code note_lane(struct store_write *w, const struct task *task, struct err *e)
{
    struct lane lane = {0};
    enum err_code rc = lanestore_read(store_write_view(w), &lane, e);
    if (rc != ERR_OK && rc != ERR_NOT_FOUND)
        return rc;
    lane.sender = task->env->lane.sender;
    lane = lane_note(&lane, &task->job, task->saving_at);
    return lanestore_put(w, &lane, e);
}

/* Attempts that a former life of the store had made and the chain showed: we know who sent them where. */
static enum err_code put_imported(struct store_write *w, const struct task *task, struct err *e)
{
    uint8_t bytes[PROOFS_ATTEMPT_MAX];
    struct proofs_attempt attempt = {.from = task->job.from, .to = task->env->to};
    size_t len = proofs_attempt_encode(&attempt, bytes);
    enum err_code rc = ERR_OK;
    for (uint32_t i = 0; rc == ERR_OK && i < task->job.n_attempts; i++)
        if (task->job.attempts[i].imported)
            rc = store_attempt_put(w, task->job.k, task->job.attempts[i].seq, &task->job.attempts[i].hash, bytes, len, e);
    return rc;
}

/* A key that was added or removed, finally, is a key of the log or is none any more. */
static enum err_code note_call(struct store_write *w, const struct task *task, struct err *e)
{
    const struct anchor_job *job = &task->job;
    struct seal_address key;
    memcpy(key.b, job->value.b + 12, sizeof key.b);
    if (job->state != ANCHOR_FINAL || job->call == ANCHOR_CALL_REVOKE)
        return ERR_OK;
    return issuers_change(w, task->env->log, job->call == ANCHOR_CALL_AUTHORIZE, &key, e);
}

/* Pool thread. */
static enum err_code apply_save(struct store_write *w, struct storeq_req *req, struct err *e)
{
    struct task *task = (struct task *)((char *)req - offsetof(struct task, put));
    uint64_t k = task->job.k;
    enum err_code rc = store_anchor_put(w, k, task->job.done, task->blob, task->blob_len, e);
    if (rc == ERR_OK)
        rc = note_lane(w, task, e);
    if (rc == ERR_OK)
        rc = put_imported(w, task, e);
    if (rc == ERR_OK && task->raw_seq != 0)
        rc = store_attempt_put(w, k, task->raw_seq, &task->raw_hash, task->raw, task->raw_len, e);
    if (rc == ERR_OK && task->evidence.len > 0) /* with its NUL: it is handed out as a string */
        rc = store_evidence_put(w, k, task->evidence.data, task->evidence.len + 1, e);
    if (rc == ERR_OK && anchor_is_call(&task->job))
        rc = note_call(w, task, e);
    else if (rc == ERR_OK && task->job.state != ANCHOR_COVERED) /* a covered batch is marked by what covers it */
        rc = mark(w, task, e);
    return rc;
}

static void log_state(const struct task *task)
{
    const struct anchor_job *job = &task->job;
    const struct anchor_attempt *last = job->n_attempts > 0 ? &job->attempts[job->n_attempts - 1] : NULL;
    char tx[67] = "-";
    if (last != NULL) {
        memcpy(tx, "0x", 2);
        hex_encode(tx + 2, last->hash.b, sizeof last->hash.b);
    }
    log_info("anchor", "%s state=%s nonce=%" PRIu64 " attempts=%" PRIu32 " tx=%s block=%" PRIu64, taskbase_name(job).s,
             anchor_state_name(job->state), job->nonce, job->n_attempts, tx, job->mined.block);
}

static void on_saved(struct storeq_req *req, enum err_code status)
{
    struct task *task = (struct task *)((char *)req - offsetof(struct task, put));
    if (status != ERR_OK) {
        log_error("save-failed", "%s error=%s", taskbase_name(&task->job).s, log_quote(req->err.msg).s);
        taskbase_fail(task);
        return;
    }
    task->env->lane = lane_note(&task->env->lane, &task->job, task->saving_at);
    task->raw_seq = 0;
    text_clear(&task->evidence);
    if (task->saved_state != task->job.state) {
        task->saved_state = task->job.state;
        log_state(task);
        fault_point(anchor_state_name(task->job.state));
    }
    task->env->on_saved(task->env->owner, task);
    taskbase_answer(task, ANCHOR_EV_SAVED);
}

void tasksave_start(struct task *task)
{
    struct task_env *env = task->env;
    struct err e;
    task->saving_at = clock_unix_s(env->clock);
    anchor_encode(&task->job, task->blob, &task->blob_len);
    task->put = (struct storeq_req){.apply = apply_save, .done = on_saved};
    if (storeq_submit(env->storeq, &task->put, &e) != ERR_OK)
        taskbase_fail(task);
}
