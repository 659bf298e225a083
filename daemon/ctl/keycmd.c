/* hallmarkctl key …: see keycmd.h. */
#include "daemon/ctl/keycmd.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/ethtx.h"
#include "common/hex.h"
#include "common/limits.h"
#include "daemon/io/secret.h"
#include "daemon/io/localkey.h"

/* What must not be swapped or dumped while a command works. */
struct workspace {
    struct keystore_secret secret;
    struct secret_passphrase passphrase;
    char text[LIMITS_KEY_FILE_BYTES]; /* what is imported */
};

/* ---- the file ---- */

static enum err_code io_error(const char *path, int error, struct err *e)
{
    enum err_code code = ERR_IO;
    if (error == EEXIST)
        return err_set(e, ERR_EXISTS,
                       "%s: is there already; a key file is never overwritten: move it away first",
                       path);
    if (error == ENOENT)
        code = ERR_NOT_FOUND;
    else if (error == EACCES || error == EPERM || error == EROFS)
        code = ERR_DENIED;
    else if (error == ENOSPC || error == EDQUOT)
        code = ERR_NOSPACE;
    return err_set(e, code, "%s: %s", path, strerror(error));
}

/* 0 or an errno. */
static int write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        text += n;
        len -= (size_t)n;
    }
    return 0;
}

/* The name of a new file is on disk only after its folder is. */
static int sync_folder(const char *path)
{
    char *copy = strdup(path);
    if (copy == NULL)
        return ENOMEM;
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = fd < 0 || fsync(fd) != 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    free(copy);
    return error;
}

static enum err_code create_file(const char *path, const char *text, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return io_error(path, errno, e);
    /* The umask may have taken the owner's own rights away. */
    int error = fchmod(fd, 0600) != 0 ? errno : write_all(fd, text, strlen(text));
    if (error == 0 && fsync(fd) != 0)
        error = errno;
    if (close(fd) != 0 && error == 0)
        error = errno;
    if (error == 0)
        error = sync_folder(path);
    if (error == 0)
        return ERR_OK;
    unlink(path);
    return io_error(path, error, e);
}

/* ---- the commands ---- */

/* Encrypt work->secret under work->passphrase into a new file. */
static enum err_code store(const struct keycmd_options *options, const struct workspace *work,
                           struct seal_address *ret, struct err *e)
{
    const struct keystore_cost *cost =
        options->cost != NULL ? options->cost : &keystore_cost_standard;
    struct seal_address address;
    struct keystore_random random;
    char text[KEYSTORE_TEXT_LEN];
    enum err_code rc = ethtx_key_address(&address, work->secret.b, e);
    if (rc == ERR_OK)
        rc = secret_random(&random, sizeof random, e);
    if (rc == ERR_OK)
        rc = keystore_write(&work->secret, &address, secret_slice(&work->passphrase), cost, &random,
                            text, e);
    if (rc == ERR_OK)
        rc = create_file(options->key_file, text, e);
    if (rc == ERR_OK)
        *ret = address;
    return rc;
}

/* 64 hex digits, perhaps after 0x, perhaps before a line end. */
static bool parse_hex(const char *text, size_t len, struct keystore_secret *ret)
{
    if (len > 0 && text[len - 1] == '\n')
        len--;
    if (len > 0 && text[len - 1] == '\r')
        len--;
    if (len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        text += 2, len -= 2;
    return hex_decode(ret->b, sizeof ret->b, text, len, true);
}

static enum err_code parse_key(struct workspace *work, size_t len, struct err *e)
{
    size_t blank = 0;
    while (blank < len && strchr(" \t\r\n", work->text[blank]) != NULL && work->text[blank] != '\0')
        blank++;
    if (blank < len && work->text[blank] == '{')
        return keystore_read(work->text, len, secret_slice(&work->passphrase), &work->secret, e);
    if (parse_hex(work->text, len, &work->secret))
        return ERR_OK;
    return err_set(e, ERR_PARSE, "neither 64 hex digits nor a Web3 secret storage file");
}

static enum err_code read_source(const char *source, struct workspace *work, size_t *ret_len,
                                 struct err *e)
{
    if (strcmp(source, "-") == 0)
        return secret_read_fd(STDIN_FILENO, "standard input", work->text, sizeof work->text,
                              ret_len, e);
    int fd = open(source, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return io_error(source, errno, e);
    enum err_code rc = secret_read_fd(fd, source, work->text, sizeof work->text, ret_len, e);
    close(fd);
    return rc;
}

/* Fill work->secret. source NULL: a new key. */
static enum err_code obtain(const char *source, struct workspace *work, struct err *e)
{
    if (source == NULL)
        return secret_random(work->secret.b, sizeof work->secret.b, e);
    size_t len;
    enum err_code rc = read_source(source, work, &len, e);
    if (rc != ERR_OK)
        return rc;
    rc = parse_key(work, len, e);
    if (rc != ERR_OK)
        err_wrap(e, "%s", source);
    return rc;
}

static enum err_code make(const struct keycmd_options *options, const char *source,
                          struct seal_address *ret, struct err *e)
{
    void *memory;
    enum err_code rc = secret_alloc(&memory, sizeof(struct workspace), e);
    if (rc != ERR_OK)
        return rc;
    struct workspace *work = memory;
    rc = secret_read_passphrase(options->passphrase_file, &work->passphrase, e);
    if (rc == ERR_OK)
        rc = obtain(source, work, e);
    if (rc == ERR_OK)
        rc = store(options, work, ret, e);
    secret_free(memory, sizeof(struct workspace));
    return rc;
}

enum err_code keycmd_new(const struct keycmd_options *options, struct seal_address *ret,
                         struct err *e)
{
    return make(options, NULL, ret, e);
}

enum err_code keycmd_import(const struct keycmd_options *options, const char *source,
                            struct seal_address *ret, struct err *e)
{
    return make(options, source, ret, e);
}

static enum err_code decrypted_address(const struct keycmd_options *options,
                                       struct seal_address *ret, struct err *e)
{
    struct localkey signer;
    struct localkey_config config = {options->key_file, options->passphrase_file};
    enum err_code rc = localkey_open(&signer, &config, e);
    if (rc != ERR_OK)
        return rc;
    *ret = localkey_address(&signer);
    localkey_close(&signer);
    return ERR_OK;
}

enum err_code keycmd_address(const struct keycmd_options *options, struct seal_address *ret,
                             struct err *e)
{
    char text[LIMITS_KEY_FILE_BYTES];
    size_t len;
    enum err_code rc = secret_read_file(options->key_file, text, sizeof text, &len, e);
    if (rc != ERR_OK)
        return rc;
    rc = keystore_address(text, len, ret, e);
    if (rc == ERR_NOT_FOUND)
        return decrypted_address(options, ret, e);
    if (rc != ERR_OK)
        err_wrap(e, "key file %s", options->key_file);
    return rc;
}

void keycmd_print(FILE *out, const struct seal_address *address, bool json)
{
    char hex[2 * sizeof address->b + 1];
    hex_encode(hex, address->b, sizeof address->b);
    fprintf(out, json ? "{\"address\":\"0x%s\"}\n" : "0x%s\n", hex);
}
