/* One file of the mirror: see mirrorfile.h. */
#include "daemon/mirrorfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum err_code mirrorfile_error(struct err *e, const char *what, const char *name)
{
    enum err_code code = errno == ENOSPC || errno == EDQUOT ? ERR_NOSPACE
                         : errno == EACCES || errno == EPERM || errno == EROFS ? ERR_DENIED : ERR_IO;
    return err_set(e, code, "mirror: %s %s: %s", what, name, strerror(errno));
}

enum err_code mirrorfile_begin(struct mirrorfile *f, int folder, const char *name, struct err *e)
{
    snprintf(f->temporary, sizeof f->temporary, ".%s.tmp", name);
    f->folder = folder;
    f->failed = false;
    sha256_init(&f->hash);
    int fd = openat(folder, f->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    f->out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (f->out != NULL)
        return ERR_OK;
    enum err_code rc = mirrorfile_error(e, "write", name);
    if (fd >= 0)
        close(fd);
    return rc;
}

void mirrorfile_put(struct mirrorfile *f, const void *data, size_t len)
{
    if (f->failed || len == 0)
        return;
    sha256_update(&f->hash, data, len);
    if (fwrite(data, 1, len, f->out) != len) {
        f->failed = true;
        f->why = errno;
    }
}

enum err_code mirrorfile_commit(struct mirrorfile *f, const char *name, struct err *e)
{
    if (f->failed)
        errno = f->why;
    bool bad = f->failed || fflush(f->out) != 0 || fsync(fileno(f->out)) != 0;
    int why = errno;
    if (fclose(f->out) != 0 && !bad) {
        bad = true;
        why = errno;
    }
    errno = why;
    if (!bad && renameat(f->folder, f->temporary, f->folder, name) == 0 && fsync(f->folder) == 0)
        return ERR_OK;
    enum err_code rc = mirrorfile_error(e, "write", name);
    unlinkat(f->folder, f->temporary, 0);
    return rc;
}

void mirrorfile_abort(struct mirrorfile *f)
{
    fclose(f->out);
    unlinkat(f->folder, f->temporary, 0);
}

static bool is_temporary(const char *name)
{
    size_t len = strlen(name);
    return name[0] == '.' && len > 4 && strcmp(name + len - 4, ".tmp") == 0;
}

enum err_code mirrorfile_clean(int folder, struct err *e)
{
    struct dirent *entry;
    enum err_code rc = ERR_OK;
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* with a place of its own */
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        rc = mirrorfile_error(e, "open", "the folder");
        if (fd >= 0)
            close(fd);
        return rc;
    }
    while (rc == ERR_OK && (entry = readdir(dir)) != NULL)
        if (is_temporary(entry->d_name) && unlinkat(folder, entry->d_name, 0) != 0)
            rc = mirrorfile_error(e, "remove", entry->d_name);
    closedir(dir);
    return rc;
}
