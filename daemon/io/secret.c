/* Secrets of this machine: see secret.h. */
#include "daemon/io/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define CREDENTIALS_VARIABLE "CREDENTIALS_DIRECTORY"
#define PATH_ROOM 4096

enum err_code secret_alloc(void **ret, size_t len, struct err *e)
{
    void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    if (mlock(memory, len) != 0) {
        enum err_code rc = err_set(
            e, ERR_DENIED, "cannot lock memory for a secret: %s (raise LimitMEMLOCK= or ulimit -l)",
            strerror(errno));
        munmap(memory, len);
        return rc;
    }
    /* Old kernels may not know them; what they add to mlock is a second line of defence. */
    (void)madvise(memory, len, MADV_DONTDUMP);
    (void)madvise(memory, len, MADV_DONTFORK);
    *ret = memory;
    return ERR_OK;
}

void secret_free(void *memory, size_t len)
{
    if (memory == NULL)
        return;
    explicit_bzero(memory, len);
    munmap(memory, len); /* unlocks it too */
}

/* systemd gives a service its credentials with an access list, which shows as group-readable. */
static bool is_credential(const char *path)
{
    const char *folder = getenv(CREDENTIALS_VARIABLE);
    size_t len = folder == NULL ? 0 : strlen(folder);
    return len > 0 && strncmp(path, folder, len) == 0 && path[len] == '/' &&
           strstr(path + len, "/..") == NULL;
}

static enum err_code check_file(const char *path, int fd, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_INVALID, "%s: not a regular file", path);
    if ((st.st_mode & 07777 & ~0600u) != 0 && !is_credential(path))
        return err_set(e, ERR_DENIED,
                       "%s: mode is %04o, so others may have read it; run: chmod 600 %s", path,
                       st.st_mode & 07777, path);
    return ERR_OK;
}

enum err_code secret_read_fd(int fd, const char *name, void *buffer, size_t cap, size_t *ret_len,
                             struct err *e)
{
    uint8_t *bytes = buffer;
    size_t len = 0;
    for (;;) {
        uint8_t beyond; /* tells a file that just fits from one that does not */
        ssize_t n = len < cap ? read(fd, bytes + len, cap - len) : read(fd, &beyond, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(e, ERR_IO, "%s: %s", name, strerror(errno));
        if (n == 0)
            break;
        if (len == cap)
            return err_set(e, ERR_LIMIT, "%s: longer than %zu bytes", name, cap);
        len += (size_t)n;
    }
    *ret_len = len;
    return ERR_OK;
}

enum err_code secret_read_file(const char *path, void *buffer, size_t cap, size_t *ret_len,
                               struct err *e)
{
    /* O_NONBLOCK: a pipe somebody put there must not stop the start; regular files ignore it. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        enum err_code code = errno == ENOENT   ? ERR_NOT_FOUND
                             : errno == EACCES ? ERR_DENIED
                                               : ERR_IO;
        return err_set(e, code, "%s: %s", path, strerror(errno));
    }
    enum err_code rc = check_file(path, fd, e);
    if (rc == ERR_OK)
        rc = secret_read_fd(fd, path, buffer, cap, ret_len, e);
    close(fd);
    return rc;
}

static enum err_code passphrase_path(const char *configured, char path[PATH_ROOM], struct err *e)
{
    const char *folder = getenv(CREDENTIALS_VARIABLE);
    int n;
    if (configured != NULL && configured[0] != '\0')
        n = snprintf(path, PATH_ROOM, "%s", configured);
    else if (folder != NULL && folder[0] != '\0')
        n = snprintf(path, PATH_ROOM, "%s/passphrase", folder);
    else
        return err_set(e, ERR_NOT_FOUND,
                       "no passphrase: set passphrase_file in [key], or give the service the "
                       "credential \"passphrase\"");
    return n < PATH_ROOM ? ERR_OK : err_set(e, ERR_LIMIT, "path of the passphrase is too long");
}

enum err_code secret_read_passphrase(const char *path, struct secret_passphrase *ret, struct err *e)
{
    char chosen[PATH_ROOM];
    size_t len = 0;
    enum err_code rc = passphrase_path(path, chosen, e);
    if (rc == ERR_OK)
        rc = secret_read_file(chosen, ret->bytes, sizeof ret->bytes, &len, e);
    if (rc != ERR_OK)
        return rc;
    if (len > 0 && ret->bytes[len - 1] == '\n')
        len--;
    if (len > 0 && ret->bytes[len - 1] == '\r')
        len--;
    if (len == 0)
        return err_set(e, ERR_INVALID, "%s: the passphrase is empty", chosen);
    if (len > LIMITS_PASSPHRASE_BYTES)
        return err_set(e, ERR_LIMIT, "%s: the passphrase is longer than %d bytes", chosen,
                       LIMITS_PASSPHRASE_BYTES);
    ret->len = len;
    return ERR_OK;
}

struct slice secret_slice(const struct secret_passphrase *passphrase)
{
    return (struct slice){(const uint8_t *)passphrase->bytes, passphrase->len};
}

enum err_code secret_random(void *ret, size_t len, struct err *e)
{
    uint8_t *at = ret;
    while (len > 0) {
        ssize_t n = getrandom(at, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(e, ERR_IO, "no random bytes: getrandom: %s", strerror(errno));
        at += n;
        len -= (size_t)n;
    }
    return ERR_OK;
}
