/* The guard's state on disk: see guardfile.h. */
#include "daemon/signer/guardfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static enum err_code failed(const struct guardfile *f, const char *what, struct err *e)
{
    enum err_code code = errno == ENOENT ? ERR_NOT_FOUND
                         : errno == EACCES || errno == EPERM || errno == EROFS ? ERR_DENIED
                         : errno == ENOSPC || errno == EDQUOT ? ERR_NOSPACE
                                                              : ERR_IO;
    return err_set(e, code, "%s %s: %s", what, f->path, strerror(errno));
}

static const char *name_of(const struct guardfile *f)
{
    return strrchr(f->path, '/') + 1;
}

static enum err_code read_state(struct guardfile *f, struct guard_state *ret, struct err *e)
{
    uint8_t bytes[GUARD_MAX_BLOB + 1];
    int fd = openat(f->folder, name_of(f), O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        *ret = (struct guard_state){0};
        return ERR_OK;
    }
    if (fd < 0)
        return failed(f, "open", e);
    size_t len = 0;
    ssize_t n;
    while (len < sizeof bytes && (n = read(fd, bytes + len, sizeof bytes - len)) != 0) {
        if (n > 0)
            len += (size_t)n;
        else if (errno != EINTR)
            break;
    }
    enum err_code rc = n < 0 ? failed(f, "read", e) : guard_decode(ret, bytes, len, e);
    close(fd);
    return rc == ERR_CORRUPT || rc == ERR_VERSION ? err_wrap(e, "the state in %s", f->path) : rc;
}

enum err_code guardfile_open(struct guardfile *f, const char *path, struct guard_state *ret, struct err *e)
{
    char folder[sizeof f->path];
    f->folder = -1;
    if (path[0] != '/' || strlen(path) >= sizeof f->path || path[strlen(path) - 1] == '/')
        return err_set(e, ERR_INVALID, "%s: expected the absolute path of a file", path);
    snprintf(f->path, sizeof f->path, "%s", path);
    snprintf(folder, sizeof folder, "%.*s", (int)(name_of(f) - f->path), f->path);
    f->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->folder < 0)
        return failed(f, "open the folder of", e);
    enum err_code rc = ERR_OK;
    if (flock(f->folder, LOCK_EX | LOCK_NB) != 0)
        rc = errno == EWOULDBLOCK ? err_set(e, ERR_BUSY, "another hallmark-signer uses %s", f->path) : failed(f, "lock", e);
    if (rc == ERR_OK)
        rc = read_state(f, ret, e);
    if (rc != ERR_OK)
        guardfile_close(f);
    return rc;
}

/* Returns: false with errno. */
static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return fsync(fd) == 0;
}

enum err_code guardfile_save(struct guardfile *f, const struct guard_state *state, struct err *e)
{
    uint8_t bytes[GUARD_MAX_BLOB];
    char draft[sizeof f->path];
    size_t len;
    guard_encode(state, bytes, &len);
    snprintf(draft, sizeof draft, "%.*s.new", (int)(sizeof draft - 5), name_of(f));
    int fd = openat(f->folder, draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return failed(f, "write", e);
    bool written = write_all(fd, bytes, len);
    int error = errno;
    close(fd);
    errno = error;
    if (!written || renameat(f->folder, draft, f->folder, name_of(f)) != 0 || fsync(f->folder) != 0)
        return failed(f, "write", e);
    return ERR_OK;
}

void guardfile_close(struct guardfile *f)
{
    if (f->folder >= 0)
        close(f->folder);
    f->folder = -1;
}
