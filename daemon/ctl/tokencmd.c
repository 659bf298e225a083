/* hallmarkctl token create, list, revoke: see tokencmd.h. */
#include "daemon/ctl/tokencmd.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/hex.h"
#include "common/sha256.h"
#include "common/text.h"
#include "daemon/io/ctlsock_client.h"
#include "daemon/io/secret.h"
#include "daemon/tokens.h"

#define TOKEN_PREFIX "hallmark-" /* so that those who look for lost secrets know it */
#define TOKEN_RANDOM 32
#define TOKEN_LEN (sizeof TOKEN_PREFIX + 2 * TOKEN_RANDOM)
#define RELOAD_TIMEOUT_MS 10000

/* A file of tokens being looked at or changed. */
struct edit {
    const char *path;
    int folder;         /* locked while it is open */
    struct text before; /* the file as it is */
    struct text after;  /* what it shall be */
};

static int fail(const struct err *e)
{
    fprintf(stderr, "hallmarkctl: %s\n", e->msg);
    return EXIT_FAILURE;
}

/* ------------------------------------------------------------------ the file */

static int open_folder(const char *path)
{
    char *copy = strdup(path);
    int fd = copy != NULL ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(copy);
    return fd;
}

static enum err_code read_before(struct edit *edit, bool may_be_absent, struct err *e)
{
    char piece[4096];
    size_t n;
    FILE *f = fopen(edit->path, "re");
    if (f == NULL && errno == ENOENT && may_be_absent)
        return ERR_OK;
    if (f == NULL)
        return err_set(e, ERR_IO, "open %s: %s", edit->path, strerror(errno));
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        text_put(&edit->before, piece, n);
    bool failed = ferror(f) != 0 || edit->before.failed;
    fclose(f);
    return failed ? err_set(e, ERR_IO, "read %s: it cannot be read to its end", edit->path) : ERR_OK;
}

static enum err_code edit_begin(struct edit *edit, const struct commands_line *line, bool may_be_absent, struct err *e)
{
    *edit = (struct edit){.path = line->settings.http.tokens_file, .folder = -1};
    if (edit->path[0] == '\0')
        return err_set(e, ERR_INVALID, "[http] tokens_file is not set: name a file in the settings first");
    edit->folder = open_folder(edit->path);
    if (edit->folder < 0 || flock(edit->folder, LOCK_EX) != 0)
        return err_set(e, ERR_IO, "open the folder of %s: %s", edit->path, strerror(errno));
    return read_before(edit, may_be_absent, e);
}

static void edit_end(struct edit *edit)
{
    if (edit->folder >= 0)
        close(edit->folder);
    text_done(&edit->before);
    text_done(&edit->after);
}

/* The owner and mode of the old file; without one, what lets the daemon's group read it. */
static bool take_owner(const struct edit *edit, int fd)
{
    struct stat st;
    if (stat(edit->path, &st) == 0)
        return fchmod(fd, st.st_mode & 07777) == 0 && (fchown(fd, st.st_uid, st.st_gid) == 0 || errno == EPERM);
    return fchmod(fd, 0640) == 0 && fstat(edit->folder, &st) == 0 &&
           (fchown(fd, (uid_t)-1, st.st_gid) == 0 || errno == EPERM);
}

static bool write_whole(int fd, const struct text *t)
{
    size_t at = 0;
    while (at < t->len) {
        ssize_t n = write(fd, t->data + at, t->len - at);
        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    return fsync(fd) == 0;
}

static enum err_code edit_commit(struct edit *edit, struct err *e)
{
    char path[CONF_TEXT_MAX + 8];
    snprintf(path, sizeof path, "%s.new", edit->path);
    if (edit->after.failed)
        return err_set(e, ERR_NOMEM, "out of memory");
    unlink(path); /* of one who was cut short: we hold the lock */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && take_owner(edit, fd) && write_whole(fd, &edit->after);
    if (fd >= 0)
        good &= close(fd) == 0;
    good = good && rename(path, edit->path) == 0 && fsync(edit->folder) == 0;
    if (good)
        return ERR_OK;
    err_set(e, ERR_IO, "write %s: %s", edit->path, strerror(errno));
    unlink(path);
    return ERR_IO;
}

/* Give each line to `see`: entry is NULL for one without a token. */
static enum err_code each_line(const struct edit *edit, void *ctx, struct err *e,
                               void (*see)(void *ctx, const char *line, const struct tokens_entry *entry))
{
    const char *at = text_string(&edit->before);
    for (unsigned number = 1; *at != '\0'; number++) {
        char line[512];
        struct tokens_entry entry;
        size_t len = strcspn(at, "\n");
        size_t kept = len > 0 && at[len - 1] == '\r' ? len - 1 : len;
        if (kept >= sizeof line)
            return err_set(e, ERR_PARSE, "%s:%u: line is too long", edit->path, number);
        memcpy(line, at, kept);
        line[kept] = '\0';
        enum err_code rc = tokens_parse_line(line, &entry, e);
        if (rc != ERR_OK && rc != ERR_NOT_FOUND) {
            struct err fault = *e;
            return err_set(e, rc, "%s:%u: %s", edit->path, number, fault.msg);
        }
        see(ctx, line, rc == ERR_OK ? &entry : NULL);
        at += len + (at[len] == '\n');
    }
    return ERR_OK;
}

/* ------------------------------------------------------------------ telling the daemon */

/* Says on standard error what the operator must know; the file is changed in any case. */
static void reload(const struct commands_line *line)
{
    const char *socket = line->option[COMMANDS_SOCKET];
    struct ctlsock_client client = {.fd = -1};
    const char *answer = NULL;
    struct err e;
    enum err_code rc =
        ctlsock_client_open(&client, socket != NULL ? socket : line->settings.control.socket, RELOAD_TIMEOUT_MS, &e);
    bool running = rc != ERR_NOT_FOUND && rc != ERR_BUSY;
    if (rc == ERR_OK)
        rc = ctlsock_client_send(&client, "{\"command\":\"reload\"}", &e);
    if (rc == ERR_OK)
        rc = ctlsock_client_read(&client, &answer, &e);
    if (rc == ERR_OK && (answer == NULL || strstr(answer, "\"ok\":true") == NULL))
        rc = err_set(&e, ERR_CONFLICT, "its answer is %s", answer != NULL ? answer : "empty");
    if (!running)
        fputs("hallmarkctl: no daemon runs; it reads the file when it starts\n", stderr);
    else if (rc != ERR_OK)
        fprintf(stderr, "hallmarkctl: the daemon has not read the file yet (%s): hallmarkctl reload\n", e.msg);
    ctlsock_client_close(&client);
}

/* ------------------------------------------------------------------ create */

struct named {
    const char *name;
    unsigned found;
    struct text *others; /* every other line; NULL: not wanted */
};

static void see_name(void *ctx, const char *line, const struct tokens_entry *entry)
{
    struct named *named = ctx;
    bool same = entry != NULL && strcmp(entry->name, named->name) == 0;
    named->found += same;
    if (!same && named->others != NULL) {
        text_puts(named->others, line);
        text_putc(named->others, '\n');
    }
}

static void make_token(char ret[TOKEN_LEN], const uint8_t random[TOKEN_RANDOM])
{
    memcpy(ret, TOKEN_PREFIX, sizeof TOKEN_PREFIX);
    hex_encode(ret + strlen(TOKEN_PREFIX), random, TOKEN_RANDOM);
}

/* The line of the file, checked as the daemon will check it. */
static enum err_code make_line(char ret[512], const struct commands_line *line, const char *token, struct err *e)
{
    const char *scopes = line->option[COMMANDS_SCOPES], *rate = line->option[COMMANDS_RATE];
    struct hash32 hash = sha256(token, strlen(token));
    struct tokens_entry entry;
    char hex[2 * sizeof hash.b + 1];
    hex_encode(hex, hash.b, sizeof hash.b);
    int n = snprintf(ret, 512, "%s %s %s%s%s", hex, scopes != NULL ? scopes : "submit,read", line->args[0],
                     rate != NULL ? " rate=" : "", rate != NULL ? rate : "");
    if (n >= 512 || strpbrk(ret, "\r\n") != NULL)
        return err_set(e, ERR_PARSE, "expected a name of 1 to 64 characters without spaces");
    return tokens_parse_line(ret, &entry, e);
}

static enum err_code add(struct edit *edit, const char *name, const char *line, struct err *e)
{
    struct named named = {.name = name, .others = &edit->after};
    enum err_code rc = each_line(edit, &named, e, see_name);
    if (rc == ERR_OK && named.found > 0)
        rc = err_set(e, ERR_EXISTS, "there is a token of that name: revoke it first, or take another name");
    if (rc != ERR_OK)
        return rc;
    text_puts(&edit->after, line);
    text_putc(&edit->after, '\n');
    return edit_commit(edit, e);
}

static void print_token(const struct commands_line *line, const char *token)
{
    if (line->option[COMMANDS_JSON] != NULL)
        printf("{\"name\":\"%s\",\"token\":\"%s\"}\n", line->args[0], token);
    else
        puts(token);
    fputs("hallmarkctl: this token is shown now and never again; the file holds only its hash\n", stderr);
}

int tokencmd_create(struct commands_line *line)
{
    uint8_t random[TOKEN_RANDOM];
    char token[TOKEN_LEN], text[512];
    struct edit edit = {.folder = -1};
    struct err e;
    int exit_code = EXIT_FAILURE;
    if (strpbrk(line->args[0], "\"\\") != NULL) {
        fputs("hallmarkctl: a name has no quotes and no backslash\n", stderr);
        return EX_USAGE;
    }
    enum err_code rc = secret_random(random, sizeof random, &e);
    if (rc == ERR_OK) {
        make_token(token, random);
        rc = make_line(text, line, token, &e);
        exit_code = rc == ERR_PARSE ? EX_USAGE : EXIT_FAILURE;
    }
    if (rc == ERR_OK)
        rc = edit_begin(&edit, line, true, &e);
    if (rc == ERR_OK)
        rc = add(&edit, line->args[0], text, &e);
    edit_end(&edit);
    if (rc == ERR_OK) {
        print_token(line, token);
        reload(line);
        exit_code = EXIT_SUCCESS;
    } else {
        fail(&e);
    }
    explicit_bzero(random, sizeof random);
    explicit_bzero(token, sizeof token);
    return exit_code;
}

/* ------------------------------------------------------------------ list, revoke */

/* "600/min", or "" without one. */
static void put_rate(char ret[32], const struct tokens_entry *entry)
{
    const char *unit = entry->period_us == 1000000 ? "s" : entry->period_us == 60000000 ? "min" : "h";
    ret[0] = '\0';
    if (entry->period_us != 0)
        snprintf(ret, 32, "%llu/%s", (unsigned long long)entry->number, unit);
}

struct listing {
    bool json;
    unsigned n;
};

static void see_entry(void *ctx, const char *line, const struct tokens_entry *entry)
{
    struct listing *listing = ctx;
    char scopes[TOKENS_SCOPES_LEN], rate[32];
    (void)line;
    if (entry == NULL)
        return;
    tokens_scopes_text(scopes, entry->scopes);
    put_rate(rate, entry);
    if (listing->json) {
        struct text name = {0};
        text_put_json(&name, entry->name, strlen(entry->name));
        printf("%s{\"name\":%s,\"scopes\":\"%s\",\"rate\":%s%s%s}", listing->n > 0 ? "," : "", text_string(&name), scopes,
               rate[0] != '\0' ? "\"" : "", rate[0] != '\0' ? rate : "null", rate[0] != '\0' ? "\"" : "");
        text_done(&name);
    } else {
        printf("%-24s %-12s %s\n", entry->name, scopes, rate);
    }
    listing->n++;
}

int tokencmd_list(struct commands_line *line)
{
    struct listing listing = {.json = line->option[COMMANDS_JSON] != NULL};
    struct edit edit;
    struct err e;
    enum err_code rc = edit_begin(&edit, line, false, &e);
    if (rc == ERR_OK) {
        fputs(listing.json ? "{\"tokens\":[" : "", stdout);
        rc = each_line(&edit, &listing, &e, see_entry);
        fputs(listing.json ? "]}\n" : "", stdout);
    }
    edit_end(&edit);
    return rc == ERR_OK ? EXIT_SUCCESS : fail(&e);
}

int tokencmd_revoke(struct commands_line *line)
{
    struct edit edit;
    struct err e;
    struct named named = {.name = line->args[0], .others = &edit.after};
    enum err_code rc = edit_begin(&edit, line, false, &e);
    if (rc == ERR_OK)
        rc = each_line(&edit, &named, &e, see_name);
    if (rc == ERR_OK && named.found == 0)
        rc = err_set(&e, ERR_NOT_FOUND, "there is no token of that name: hallmarkctl token list");
    if (rc == ERR_OK)
        rc = edit_commit(&edit, &e);
    edit_end(&edit);
    if (rc != ERR_OK)
        return fail(&e);
    reload(line);
    if (line->option[COMMANDS_JSON] != NULL)
        printf("{\"revoked\":%u}\n", named.found);
    return EXIT_SUCCESS;
}
