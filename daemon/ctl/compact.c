/* hallmarkctl compact without a daemon: see compact.h. */
#include "daemon/ctl/compact.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "common/db/store.h"
#include "daemon/mirrorscrub.h"

static enum err_code read_stats(struct store *s, struct store_stats *ret, struct proofs_log *ret_log, struct err *e)
{
    struct store_read read;
    enum err_code rc = store_read_begin(s, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_stats(&read, ret, e);
    if (rc == ERR_OK)
        rc = proofs_log_read(ret_log, &read, e);
    store_read_end(&read);
    return rc;
}

static enum err_code compact(struct store *s, const struct settings *settings, struct compact_result *ret, struct err *e)
{
    struct mirror mirror = {.folder = -1};
    struct store_stats stats;
    struct proofs_log log;
    enum err_code rc = read_stats(s, &stats, &log, e);
    if (rc != ERR_OK)
        return rc;
    ret->erased = stats.to_erase;
    ret->before = stats.log_bytes;
    rc = mirror_open(&mirror, settings->store.mirror, &log, e);
    if (rc == ERR_OK)
        rc = mirrorscrub(&mirror, s, &log, &ret->mirror_files, e);
    mirror_close(&mirror);
    if (rc == ERR_OK)
        rc = store_compact_copy(s, e);
    if (rc == ERR_OK)
        rc = store_compact_swap(s, e);
    if (rc == ERR_OK)
        rc = read_stats(s, &stats, &log, e);
    ret->after = stats.log_bytes;
    return rc;
}

enum err_code compact_store(const struct settings *settings, struct compact_result *ret, struct err *e)
{
    struct store_options options = {.path = settings->store.path, .map_size = settings->store.map_size};
    struct compact_result result = {0};
    char log[4096];
    struct store *s;
    snprintf(log, sizeof log, "%s/log/data.mdb", options.path);
    if (access(log, F_OK) != 0) /* opening would make one */
        return err_set(e, errno == EACCES ? ERR_DENIED : ERR_NOT_FOUND, "%s: %s", log, strerror(errno));
    enum err_code rc = store_open(&s, &options, e);
    if (rc != ERR_OK)
        return rc;
    rc = compact(s, settings, &result, e);
    store_close(s);
    if (rc == ERR_OK)
        *ret = result;
    return rc;
}

void compact_print(FILE *out, const struct compact_result *result, bool json)
{
    if (json)
        fprintf(out, "{\"ok\":true,\"erased\":%" PRIu64 ",\"mirrorFiles\":%" PRIu64 ",\"before\":%" PRIu64
                ",\"after\":%" PRIu64 "}\n", result->erased, result->mirror_files, result->before, result->after);
    else
        fprintf(out, "Compacted. Erasures completed: %" PRIu64 "; mirror files written again: %" PRIu64
                "; log/ %.1f MiB, before %.1f MiB.\n", result->erased, result->mirror_files,
                (double)result->after / 1048576, (double)result->before / 1048576);
}
