/* The manifest of a backup as a file: see manifest.h. */
#include "daemon/ctl/manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "common/hex.h"
#include "common/jsonio.h"

#define TYPE "HallmarkBackup"
#define VERSION 1
#define MAX_BYTES 65536

static json_t *to_json(const struct manifest *m)
{
    char hex[65];
    json_t *files = json_array();
    for (unsigned i = 0; i < m->n_files; i++) {
        hex_encode(hex, m->files[i].sha256.b, sizeof m->files[i].sha256.b);
        json_array_append_new(files, json_pack("{s:s, s:I, s:s}", "path", m->files[i].path, "size", (json_int_t)m->files[i].size,
                                               "sha256", hex));
    }
    hex_encode(hex, m->anchored.b, sizeof m->anchored.b);
    return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:I, s:I, s:o}", "type", TYPE, "version", VERSION, "program",
                     "hallmarkctl " HALLMARK_VERSION, "createdAt", m->created_at, "log", m->log, "genesis", m->genesis, "head",
                     (json_int_t)m->head, "anchored", hex, "schema", (json_int_t)m->schema, "hashes", (json_int_t)m->hashes,
                     "batches", (json_int_t)m->batches, "files", files);
}

enum err_code manifest_write(const struct manifest *m, const char *folder, struct err *e)
{
    char path[4096], temporary[4104];
    snprintf(path, sizeof path, "%s/" MANIFEST_FILE, folder);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    json_t *object = to_json(m);
    FILE *out = fopen(temporary, "we");
    bool good = object != NULL && out != NULL && json_dumpf(object, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF &&
                fflush(out) == 0 && fsync(fileno(out)) == 0;
    if (out != NULL && fclose(out) != 0)
        good = false;
    json_decref(object);
    if (good && rename(temporary, path) == 0)
        return ERR_OK;
    return err_set(e, errno == ENOSPC ? ERR_NOSPACE : ERR_IO, "%s: %s", path, strerror(errno));
}

/* ------------------------------------------------------------------ reading */

static bool get_text(char *ret, size_t size, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL || strlen(text) >= size)
        return false;
    memcpy(ret, text, strlen(text) + 1);
    return true;
}

static bool get_number(uint64_t *ret, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    *ret = (uint64_t)json_integer_value(value);
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool get_hash(struct hash32 *ret, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) &&
           hex_decode(ret->b, sizeof ret->b, json_string_value(value), json_string_length(value), false);
}

static bool get_files(struct manifest *m, const json_t *list)
{
    size_t i;
    json_t *row;
    if (!json_is_array(list) || json_array_size(list) > MANIFEST_FILES_MAX)
        return false;
    json_array_foreach(list, i, row) {
        struct manifest_file *file = &m->files[m->n_files++];
        if (!get_text(file->path, sizeof file->path, row, "path") || !get_number(&file->size, row, "size") ||
            !get_hash(&file->sha256, row, "sha256"))
            return false;
    }
    return true;
}

static enum err_code from_json(struct manifest *ret, const json_t *object, const char *path, struct err *e)
{
    struct manifest m = {0};
    uint64_t version, schema;
    char type[32];
    if (!get_text(type, sizeof type, object, "type") || strcmp(type, TYPE) != 0 || !get_number(&version, object, "version"))
        return err_set(e, ERR_INVALID, "%s is not the manifest of a backup", path);
    if (version != VERSION)
        return err_set(e, ERR_VERSION, "%s has version %llu, this program knows %d: use a newer one", path,
                       (unsigned long long)version, VERSION);
    if (!get_text(m.log, sizeof m.log, object, "log") || !get_text(m.genesis, sizeof m.genesis, object, "genesis") ||
        !get_text(m.created_at, sizeof m.created_at, object, "createdAt") || !get_number(&m.head, object, "head") ||
        !get_hash(&m.anchored, object, "anchored") || !get_number(&schema, object, "schema") ||
        !get_number(&m.hashes, object, "hashes") || !get_number(&m.batches, object, "batches") ||
        !get_files(&m, json_object_get(object, "files")))
        return err_set(e, ERR_INVALID, "%s: a member is missing or has a wrong form", path);
    m.schema = (uint32_t)schema;
    *ret = m;
    return ERR_OK;
}

enum err_code manifest_read(struct manifest *ret, const char *folder, struct err *e)
{
    char path[4096];
    char *text = malloc(MAX_BYTES + 1);
    json_t *object = NULL;
    snprintf(path, sizeof path, "%s/" MANIFEST_FILE, folder);
    FILE *in = fopen(path, "re");
    enum err_code rc = ERR_OK;
    if (text == NULL)
        rc = err_set(e, ERR_NOMEM, "out of memory");
    else if (in == NULL)
        rc = err_set(e, errno == EACCES ? ERR_DENIED : ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    size_t len = rc == ERR_OK ? fread(text, 1, MAX_BYTES + 1, in) : 0;
    if (rc == ERR_OK)
        rc = jsonio_load(&object, text, len, MAX_BYTES, e);
    if (rc == ERR_OK)
        rc = from_json(ret, object, path, e);
    json_decref(object);
    free(text);
    if (in != NULL)
        fclose(in);
    return rc;
}
