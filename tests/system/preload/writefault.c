/* LD_PRELOAD: system calls that write fail, as the file $WRITEFAULT says: `CALL ERRNO` ("fsync ENOSPC"), read anew each
 * time, so that a test can break a disk and mend it; an empty or absent file breaks nothing. Only calls on files of
 * folders whose path holds $WRITEFAULT_UNDER are touched; sockets and pipes never are.
 *
 * `CALL STALL`: the call makes the file $WRITEFAULT.stalled, and waits until the order is another one.
 *
 * Calls: write pwrite writev pwritev fsync fdatasync msync ftruncate fallocate openat rename; `any` is all of them. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Whether the file has an order for this call now. Out: name  what is to happen. */
static bool is_ordered(const char *call, char name[32])
{
    const char *path = getenv("WRITEFAULT");
    char wanted[32] = "";
    FILE *f = path != NULL ? fopen(path, "re") : NULL;
    bool ordered = f != NULL && fscanf(f, "%31s %31s", wanted, name) == 2 &&
                   (strcmp(wanted, call) == 0 || strcmp(wanted, "any") == 0);
    if (f != NULL)
        fclose(f);
    return ordered;
}

static void say_stalled(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s.stalled", getenv("WRITEFAULT"));
    FILE *f = fopen(path, "we");
    if (f != NULL)
        fclose(f);
}

/* The errno for this call now; 0: let it pass. */
static int fault(const char *call)
{
    char name[32] = "";
    int saved = errno;
    bool ordered = is_ordered(call, name);
    if (ordered && strcmp(name, "STALL") == 0)
        say_stalled();
    while (ordered && strcmp(name, "STALL") == 0) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        ordered = is_ordered(call, name);
    }
    errno = saved;
    if (!ordered)
        return 0;
    return strcmp(name, "ENOSPC") == 0 ? ENOSPC : strcmp(name, "EDQUOT") == 0 ? EDQUOT : EIO;
}

static bool is_ours(const char *path)
{
    const char *under = getenv("WRITEFAULT_UNDER");
    return under != NULL && strstr(path, under) != NULL;
}

/* Whether the call on this descriptor fails; sets errno. */
static bool fails(const char *call, int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int saved = errno;
    ssize_t n = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (n < 0)
        return false;
    path[n] = '\0';
    int error = is_ours(path) ? fault(call) : 0;
    if (error != 0)
        errno = error;
    return error != 0;
}

#define REAL(type, name, ...)                                                                      \
    static type (*real)(__VA_ARGS__);                                                              \
    if (real == NULL)                                                                              \
        *(void **)&real = dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *data, size_t len)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    return fails("write", fd) ? -1 : real(fd, data, len);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    return fails("pwrite", fd) ? -1 : real(fd, data, len, at);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off_t at)
{
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
    return fails("pwrite", fd) ? -1 : real(fd, data, len, at);
}

ssize_t writev(int fd, const struct iovec *parts, int n)
{
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    return fails("writev", fd) ? -1 : real(fd, parts, n);
}

ssize_t pwritev(int fd, const struct iovec *parts, int n, off_t at)
{
    REAL(ssize_t, "pwritev", int, const struct iovec *, int, off_t);
    return fails("pwritev", fd) ? -1 : real(fd, parts, n, at);
}

int fsync(int fd)
{
    REAL(int, "fsync", int);
    return fails("fsync", fd) ? -1 : real(fd);
}

int fdatasync(int fd)
{
    REAL(int, "fdatasync", int);
    return fails("fdatasync", fd) ? -1 : real(fd);
}

int msync(void *at, size_t len, int flags)
{
    REAL(int, "msync", void *, size_t, int);
    int error = fault("msync");
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : real(at, len, flags);
}

int ftruncate(int fd, off_t len)
{
    REAL(int, "ftruncate", int, off_t);
    return fails("ftruncate", fd) ? -1 : real(fd, len);
}

int ftruncate64(int fd, off_t len)
{
    REAL(int, "ftruncate64", int, off_t);
    return fails("ftruncate", fd) ? -1 : real(fd, len);
}

int posix_fallocate(int fd, off_t at, off_t len)
{
    REAL(int, "posix_fallocate", int, off_t, off_t);
    return fails("fallocate", fd) ? errno : real(fd, at, len);
}

int fallocate(int fd, int mode, off_t at, off_t len)
{
    REAL(int, "fallocate", int, int, off_t, off_t);
    return fails("fallocate", fd) ? -1 : real(fd, mode, at, len);
}

/* Opening to write. */
int openat(int folder, const char *path, int flags, ...)
{
    REAL(int, "openat", int, const char *, int, ...);
    va_list ap;
    va_start(ap, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
    va_end(ap);
    if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0 && (is_ours(path) || path[0] != '/') && fails("openat", folder))
        return -1;
    return real(folder, path, flags, mode);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    REAL(int, "renameat", int, const char *, int, const char *);
    return fails("rename", to_folder) ? -1 : real(from_folder, from, to_folder, to);
}

int rename(const char *from, const char *to)
{
    REAL(int, "rename", const char *, const char *);
    int error = is_ours(to) ? fault("rename") : 0;
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : real(from, to);
}
