/* A store that is made aside and goes live whole: what a restore fills. Until store_stage_commit() the folder holds
 * no log, only `restoring/`, and store_open() refuses it: a restore that was cut short is never taken for a store.
 *
 * Happy path: begin; store_open(.folder), fill, check, store_close(); commit.
 * Cut short anywhere: begin again; what was left behind is removed first.
 */
#ifndef COMMON_DB_STORE_STAGE_H
#define COMMON_DB_STORE_STAGE_H

#include "common/err.h"

struct store_stage {
    char path[3800];
    char folder[4000]; /* path/restoring: open the store there */
    int lock_fd;
};

/** Lock the folder and make an empty stage in it.
 *  Returns: ERR_OK; ERR_EXISTS the folder holds a store; ERR_BUSY it is in use; ERR_INVALID the path; ERR_DENIED;
 *           ERR_NOSPACE; ERR_IO. */
enum err_code store_stage_begin(struct store_stage *g, const char *path, struct err *e) __attribute__((warn_unused_result));

/** Put the staged store, which is closed, in its place. The log comes last, so that a crash leaves a restore that was
 *  cut short, or the whole store. Durable when it returns. */
enum err_code store_stage_commit(struct store_stage *g, struct err *e) __attribute__((warn_unused_result));

/** Remove what was staged. */
void store_stage_abort(struct store_stage *g);

/** Commit if all went well (rc is ERR_OK), else abort. Returns: rc, or what the commit gave. */
enum err_code store_stage_end(struct store_stage *g, enum err_code rc, struct err *e) __attribute__((warn_unused_result));

#endif
