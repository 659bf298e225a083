/* The manifest of a backup: what it holds, and of which moment. Written last: a folder without it is no backup.
 *
 * manifest.json: {"type":"HallmarkBackup","version":1,"program","createdAt","log","genesis","head":k,"anchored":R,
 * "schema","hashes","batches","files":[{"path","size","sha256"}]}
 */
#ifndef DAEMON_CTL_MANIFEST_H
#define DAEMON_CTL_MANIFEST_H

#include <stdint.h>

#include "common/err.h"
#include "common/hash32.h"

#define MANIFEST_FILE "manifest.json"
#define MANIFEST_FILES_MAX 3

struct manifest_file {
    char path[24]; /* in the folder */
    uint64_t size;
    struct hash32 sha256;
};

struct manifest {
    char log[254];
    char genesis[207];  /* hex */
    char created_at[32]; /* RFC 3339 */
    uint64_t head;      /* newest batch, 0: none */
    struct hash32 anchored; /* its R_k, or R_0 */
    uint32_t schema;
    uint64_t hashes, batches;
    unsigned n_files;
    struct manifest_file files[MANIFEST_FILES_MAX];
};

/** Write folder/manifest.json, whole and durable or not at all. Returns: ERR_OK; ERR_NOSPACE; ERR_IO. */
enum err_code manifest_write(const struct manifest *m, const char *folder, struct err *e);

/** Read the manifest of one. Returns: ERR_OK; ERR_NOT_FOUND the folder is no backup; ERR_PARSE, ERR_VERSION, ERR_INVALID;
 *  ERR_LIMIT; ERR_IO. */
enum err_code manifest_read(struct manifest *ret, const char *folder, struct err *e) __attribute__((warn_unused_result));

#endif
