/* What the sub-commands share: see command.h. */
#include "verifier/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void command_complain(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("hallmark: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

int command_usage(const struct command *self, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "hallmark %s: ", self->name);
    vfprintf(stderr, fmt, ap);
    fprintf(stderr, "\nusage: hallmark %s %s\n", self->name, self->arguments);
    va_end(ap);
    return VERDICT_EXIT_USAGE;
}

int command_help(const struct command *self)
{
    printf("%s\nusage: hallmark %s %s\n", self->summary, self->name, self->arguments);
    return 0;
}

enum verdict_exit command_refuse(const char *path, enum reason reason, const char *detail)
{
    const struct reasons_row *row = reasons_row(reason);
    command_complain("%s: %s: %s %s", path, row->code, row->sentence[REASONS_ENGLISH], detail);
    return VERDICT_EXIT_NO_DOCUMENT;
}

enum verdict_exit command_exit(enum err_code code)
{
    switch (code) {
    case ERR_OK: return VERDICT_EXIT_GENUINE;
    case ERR_NOT_FOUND: return VERDICT_EXIT_NO_FILE;
    case ERR_INVALID:
    case ERR_PARSE:
    case ERR_LIMIT:
    case ERR_VERSION: return VERDICT_EXIT_USAGE;
    case ERR_GONE:
    case ERR_EXISTS:
    case ERR_CONFLICT:
    case ERR_NOT_YET:
    case ERR_DENIED:
    case ERR_BUSY:
    case ERR_UNSUPPORTED:
    case ERR_IO:
    case ERR_NOSPACE:
    case ERR_CORRUPT:
    case ERR_RPC:
    case ERR_TIMEOUT:
    case ERR_CANCELLED:
    case ERR_NOMEM: return VERDICT_EXIT_COULD_NOT_CHECK;
    }
    return VERDICT_EXIT_COULD_NOT_CHECK;
}

static enum err_code write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ERR_IO;
        data += n;
        len -= (size_t)n;
    }
    return fchmod(fd, 0644) == 0 && fsync(fd) == 0 ? ERR_OK : ERR_IO;
}

enum err_code command_write_file(const char *path, const char *data, size_t len, struct err *e)
{
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary)
        return err_set(e, ERR_IO, "%s: the name is too long", path);
    int fd = mkstemp(temporary);
    if (fd < 0)
        return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    enum err_code rc = write_all(fd, data, len);
    close(fd);
    if (rc == ERR_OK && rename(temporary, path) == 0)
        return ERR_OK;
    rc = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    unlink(temporary);
    return rc;
}
