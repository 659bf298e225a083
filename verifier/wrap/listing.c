/* Files of folders: see listing.h. */
#include "verifier/wrap/listing.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/limits.h"

static const char PROOF_ENDING[] = ".proof.json";

/* Takes the path over. */
static enum err_code push(struct listing *list, char *path, struct err *e)
{
    if (list->n == list->cap) {
        size_t cap = list->cap == 0 ? 64 : list->cap * 2;
        char **paths = realloc(list->paths, cap * sizeof *paths);
        if (paths == NULL) {
            free(path);
            return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
        }
        list->paths = paths;
        list->cap = cap;
    }
    list->paths[list->n++] = path;
    return ERR_OK;
}

static enum err_code push_copy(struct listing *list, const char *path, struct err *e)
{
    char *copy = strdup(path);
    return copy == NULL ? err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM)) : push(list, copy, e);
}

/* X.proof.json is read together with X. */
static bool is_proof_of_another(const char *path)
{
    size_t len = strlen(path), ending = strlen(PROOF_ENDING);
    char other[4096];
    if (len <= ending || len >= sizeof other || strcmp(path + len - ending, PROOF_ENDING) != 0)
        return false;
    snprintf(other, sizeof other, "%.*s", (int)(len - ending), path);
    return access(other, F_OK) == 0;
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static enum err_code add_folder(struct listing *list, const char *folder, unsigned depth, struct err *e);

static enum err_code add_entry(struct listing *list, const char *path, unsigned depth, struct err *e)
{
    struct stat link, target;
    if (lstat(path, &link) != 0 || stat(path, &target) != 0)
        return ERR_OK; /* it went away, or leads nowhere */
    if (S_ISDIR(target.st_mode))
        return S_ISLNK(link.st_mode) ? ERR_OK : add_folder(list, path, depth + 1, e);
    if (!S_ISREG(target.st_mode) || is_proof_of_another(path))
        return ERR_OK;
    if (list->n >= LIMITS_FOLDER_FILES)
        return err_set(e, ERR_LIMIT, "more than %u files", LIMITS_FOLDER_FILES);
    return push_copy(list, path, e);
}

static enum err_code add_folder(struct listing *list, const char *folder, unsigned depth, struct err *e)
{
    struct dirent **entries;
    enum err_code rc = ERR_OK;
    if (depth > LIMITS_FOLDER_DEPTH)
        return err_set(e, ERR_LIMIT, "%s: more than %d folders deep", folder, LIMITS_FOLDER_DEPTH);
    int n = scandir(folder, &entries, visible, alphasort);
    if (n < 0)
        return err_set(e, ERR_IO, "%s: %s", folder, strerror(errno));
    for (int i = 0; i < n; i++) {
        char *path = NULL;
        if (rc == ERR_OK && asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0)
            rc = err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
        if (rc == ERR_OK)
            rc = add_entry(list, path, depth, e);
        free(path);
        free(entries[i]);
    }
    free(entries);
    return rc;
}

enum err_code listing_add(struct listing *list, const char *name, struct err *e)
{
    struct stat st;
    size_t before = list->n;
    if (strcmp(name, "-") == 0 || stat(name, &st) != 0 || !S_ISDIR(st.st_mode))
        return push_copy(list, name, e);
    enum err_code rc = add_folder(list, name, 1, e);
    if (rc == ERR_OK && list->n == before)
        rc = err_set(e, ERR_NOT_FOUND, "%s: there is no file in this folder", name);
    return rc;
}

void listing_done(struct listing *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->paths[i]);
    free(list->paths);
    *list = (struct listing){0};
}
