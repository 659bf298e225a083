/* hallmarkctl revoke: see revokecmd.h. */
#include "daemon/ctl/revokecmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/hex.h"
#include "common/limits.h"
#include "common/proof.h"
#include "daemon/io/secret.h"

static bool is_digits(const char *text)
{
    struct hash32 hash;
    const char *digits = strncmp(text, "0x", 2) == 0 ? text + 2 : text;
    return hex_decode(hash.b, sizeof hash.b, digits, strlen(digits), false);
}

static enum err_code read_file(const char *path, char *text, size_t *ret_len, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s%s", path, strerror(errno),
                       errno == ENOENT ? " (and not 64 hexadecimal digits)" : "");
    enum err_code rc = secret_read_fd(fd, path, text, LIMITS_PROOF_BYTES, ret_len, e);
    close(fd);
    return rc;
}

/* The salt is the first step of the path. */
static enum err_code from_proof(struct revokecmd *ret, const struct proof *proof, struct err *e)
{
    struct seal_salt salt;
    if (proof->n_path == 0 || proof->path[0].len != sizeof salt.b)
        return err_set(e, ERR_INVALID, "the path does not begin with a salt");
    memcpy(salt.b, proof->path[0].bytes, sizeof salt.b);
    struct hash32 id = seal_revoke_id(&proof->target, &salt);
    memcpy(ret->subject, "0x", 2);
    hex_encode(ret->subject + 2, id.b, sizeof id.b);
    hex_encode(ret->genesis, proof->genesis, sizeof proof->genesis);
    return ERR_OK;
}

enum err_code revokecmd_read(struct revokecmd *ret, const char *argument, struct err *e)
{
    struct proof proof;
    size_t len;
    *ret = (struct revokecmd){0};
    if (is_digits(argument)) {
        snprintf(ret->subject, sizeof ret->subject, "%s", argument);
        return ERR_OK;
    }
    char *text = malloc(LIMITS_PROOF_BYTES);
    if (text == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    enum err_code rc = read_file(argument, text, &len, e);
    if (rc == ERR_OK) {
        rc = proof_parse(&proof, text, len, e);
        if (rc == ERR_OK) {
            rc = from_proof(ret, &proof, e);
            proof_done(&proof);
        }
        if (rc != ERR_OK)
            err_wrap(e, "%s", argument);
    }
    free(text);
    return rc;
}
