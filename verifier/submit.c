/* The submit command: see submit.h. */
#include "verifier/submit.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/hex.h"
#include "common/limits.h"
#include "verifier/contextfiles.h"
#include "verifier/document.h"
#include "verifier/hash.h"
#include "verifier/issued.h"
#include "verifier/node.h"

#define MAX_TOKEN_FILE 4096
#define MAX_FAILURES 30 /* in a row, while waiting: a node that restarts comes back */
#define MAX_PAUSE 10    /* seconds between two attempts */

enum wait_for { WAIT_NOT, WAIT_SEALED, WAIT_FINAL };

struct options {
    const char *node_url, *token_file, *folder, *method;
    enum wait_for wait;
    bool as_bytes, help;
};

/* One file that was read and hashed. */
struct entry {
    const char *file;
    struct node_hash hash;
};

struct job {
    struct options o;
    struct contextfiles contexts;
    struct node node;
    struct entry *entries; /* owned */
    size_t n;
};

/* -- Options -------------------------------------------------------------------------------- */

static int set_wait(const struct command *self, struct options *o, const char *word)
{
    if (word != NULL && strcmp(word, "sealed") != 0 && strcmp(word, "final") != 0)
        return command_usage(self, "--wait may be followed by =sealed or =final");
    o->wait = word != NULL && word[0] == 's' ? WAIT_SEALED : WAIT_FINAL;
    return 0;
}

static int set_node(const struct command *self, struct options *o, char *url)
{
    size_t len = strlen(url);
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        return command_usage(self, "--node must be an http or https URL");
    if (len > 1024)
        return command_usage(self, "--node is too long");
    while (len > 0 && url[len - 1] == '/')
        url[--len] = '\0';
    o->node_url = url;
    return 0;
}

static int set_option(const struct command *self, struct job *job, int option)
{
    struct options *o = &job->o;
    switch (option) {
    case 'n': return set_node(self, o, optarg);
    case 't': o->token_file = optarg; return 0;
    case 'w': return set_wait(self, o, optarg);
    case 'o': o->folder = optarg; return 0;
    case 'm': o->method = optarg; return 0;
    case 'b': o->as_bytes = true; return 0;
    case 'c': return contextfiles_add(&job->contexts, self, optarg);
    case 'h': o->help = true; return 0;
    default: return command_usage(self, "unknown option, or one without its value");
    }
}

static int read_options(const struct command *self, struct job *job, int argc, char **argv)
{
    struct options *o = &job->o;
    static const struct option OPTIONS[] = {
        {"node", required_argument, NULL, 'n'},  {"token-file", required_argument, NULL, 't'},
        {"wait", optional_argument, NULL, 'w'},  {"as-bytes", no_argument, NULL, 'b'},
        {"context", required_argument, NULL, 'c'}, {"verification-method", required_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},        {0},
    };
    *o = (struct options){.node_url = NODE_DEFAULT_URL};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "ho:", OPTIONS, NULL)) != -1;) {
        int exit = set_option(self, job, option);
        if (exit != 0)
            return exit;
    }
    if (!o->help && optind == argc)
        return command_usage(self, "no file was named");
    if (o->folder != NULL && o->wait == WAIT_NOT)
        o->wait = WAIT_FINAL; /* there is no proof to write before */
    return 0;
}

/* The first line of the token file. Owner: the caller wipes and frees. */
static enum err_code load_token(char **ret, const char *path, struct err *e)
{
    size_t len;
    enum err_code rc = document_load(ret, &len, path, MAX_TOKEN_FILE, e);
    if (rc != ERR_OK)
        return rc;
    size_t line = strcspn(*ret, "\r\n");
    (*ret)[line] = '\0';
    if (line > 0 && line < 1024 &&
        strspn(*ret, "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
                     "abcdefghijklmnopqrstuvwxyz{|}~") == line)
        return ERR_OK;
    explicit_bzero(*ret, len);
    free(*ret);
    *ret = NULL;
    return err_set(e, ERR_INVALID, "%s: the first line must be a token, without spaces", path);
}

/* -- Files ---------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Two files of one name would write one proof file. Returns: such a name, or NULL. */
static const char *name_twice(char **files, size_t n)
{
    const char **names = calloc(n, sizeof *names), *twice = NULL;
    for (size_t i = 0; names != NULL && i < n; i++)
        names[i] = base_name(files[i]);
    if (names != NULL)
        qsort(names, n, sizeof *names, compare_names);
    for (size_t i = 1; names != NULL && i < n && twice == NULL; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            twice = names[i];
    free(names);
    return twice;
}

static enum verdict_exit hash_files(struct job *job, char **files, size_t n)
{
    enum verdict_exit exit = VERDICT_EXIT_GENUINE;
    job->entries = calloc(n, sizeof *job->entries);
    if (job->entries == NULL) {
        command_complain("%s", err_text(ERR_NOMEM));
        return VERDICT_EXIT_COULD_NOT_CHECK;
    }
    for (size_t i = 0; i < n; i++) {
        struct entry entry = {.file = files[i]};
        enum verdict_exit one = hash_of_file(&entry.hash.hash, &entry.hash.rule, files[i],
                                             &job->contexts.canonize, job->o.as_bytes);
        exit = verdict_worst(exit, one);
        if (one == VERDICT_EXIT_GENUINE)
            job->entries[job->n++] = entry;
    }
    return exit;
}

/* -- Sending -------------------------------------------------------------------------------- */

static enum err_code send_part(struct job *job, size_t from, size_t n, struct err *e)
{
    struct node_hash *hashes = calloc(n, sizeof *hashes);
    if (hashes == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    for (size_t i = 0; i < n; i++)
        hashes[i] = job->entries[from + i].hash;
    enum err_code rc = node_post(&job->node, hashes, n, e);
    free(hashes);
    return rc;
}

static enum err_code send_all(struct job *job, struct err *e)
{
    for (size_t from = 0; from < job->n; from += NODE_MAX_HASHES) {
        size_t n = job->n - from < NODE_MAX_HASHES ? job->n - from : NODE_MAX_HASHES;
        enum err_code rc = send_part(job, from, n, e);
        if (rc != ERR_OK)
            return rc;
    }
    return ERR_OK;
}

static void print_entry(const struct entry *entry, const char *status)
{
    char hex[65];
    hex_encode(hex, entry->hash.hash.b, sizeof entry->hash.hash.b);
    printf("%s  %s  %s\n", hex, status, entry->file);
    fflush(stdout);
}

/* -- Waiting -------------------------------------------------------------------------------- */

/* DIR/<name of the file><ending> */
static enum err_code write_beside(const struct job *job, const struct entry *entry, const char *ending,
                                  const char *data, size_t len, struct err *e)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s%s", job->o.folder, base_name(entry->file), ending) >=
        (int)sizeof path)
        return err_set(e, ERR_IO, "%s: the name is too long", entry->file);
    return command_write_file(path, data, len, e);
}

/* The file may have changed since it was hashed: a copy of another text would not fit the proof. */
static enum err_code load_again(char **ret, size_t *ret_len, struct job *job,
                                const struct entry *entry, struct err *e)
{
    struct canonize_options options = canonize_options();
    struct canonize_result canonical;
    struct arena arena;
    enum err_code rc = document_load(ret, ret_len, entry->file, LIMITS_CREDENTIAL_BYTES, e);
    if (rc != ERR_OK)
        return rc;
    arena_init(&arena, CANONIZE_ARENA_BYTES);
    struct slice json = {(const uint8_t *)*ret, *ret_len};
    rc = canonize_document(&job->contexts.canonize, &arena, json, &options, &canonical, e);
    if (rc == ERR_OK && !hash32_equal(&canonical.hash, &entry->hash.hash))
        rc = err_set(e, ERR_CONFLICT, "the file has changed since it was submitted");
    arena_done(&arena);
    if (rc != ERR_OK)
        free(*ret);
    return rc;
}

static enum err_code note_no_copy(const struct entry *entry, const struct err *e)
{
    command_complain("%s: no copy with the proof inside: %s", entry->file, e->msg);
    return ERR_OK;
}

/* A credential gets its copy with the proof inside; a document that cannot have one is told, no more. */
static enum err_code write_issued(struct job *job, const struct entry *entry,
                                  const struct proof *proof, struct err *e)
{
    struct text copy = {0};
    char *json;
    size_t len;
    if (entry->hash.rule != PROOF_RULE_RDFC)
        return ERR_OK;
    enum err_code rc = load_again(&json, &len, job, entry, e);
    if (rc == ERR_OK) {
        rc = issued_write(&copy, (struct slice){(const uint8_t *)json, len}, proof, job->o.method, e);
        free(json);
    }
    if (rc == ERR_OK)
        rc = write_beside(job, entry, ".issued.json", copy.data, copy.len, e);
    else if (rc != ERR_NOMEM)
        rc = note_no_copy(entry, e);
    text_done(&copy);
    return rc;
}

static enum err_code keep_proof(struct job *job, const struct entry *entry,
                                const struct proof *proof, struct slice text, struct err *e)
{
    if (job->o.folder == NULL)
        return ERR_OK;
    enum err_code rc =
        write_beside(job, entry, ".proof.json", (const char *)text.data, text.len, e);
    return rc == ERR_OK && proof->status == PROOF_FINAL ? write_issued(job, entry, proof, e) : rc;
}

/* Ask once. Returns: ERR_OK it is done; ERR_NOT_YET ask again in *ret_pause seconds; an error. */
static enum err_code ask_once(struct job *job, const struct entry *entry, unsigned *ret_pause,
                              struct err *e)
{
    struct proof proof;
    struct slice text;
    enum err_code rc = node_proof(&job->node, &entry->hash.hash, &proof, &text, ret_pause, e);
    if (rc != ERR_OK)
        return rc;
    enum proof_status status = proof.status;
    if (job->o.wait == WAIT_FINAL && status != PROOF_FINAL)
        rc = ERR_NOT_YET;
    else
        rc = keep_proof(job, entry, &proof, text, e);
    proof_done(&proof);
    if (rc == ERR_OK)
        print_entry(entry, proof_status_word(status));
    return rc;
}

static bool may_pass(enum err_code rc)
{
    return rc == ERR_BUSY || rc == ERR_IO || rc == ERR_TIMEOUT;
}

static enum err_code wait_for(struct job *job, const struct entry *entry, struct err *e)
{
    unsigned failures = 0;
    for (;;) {
        unsigned pause = 1;
        enum err_code rc = ask_once(job, entry, &pause, e);
        if (rc != ERR_NOT_YET && (!may_pass(rc) || ++failures == MAX_FAILURES))
            return rc;
        if (rc == ERR_NOT_YET)
            failures = 0;
        struct timespec t = {.tv_sec = pause < MAX_PAUSE ? pause : MAX_PAUSE};
        nanosleep(&t, NULL);
    }
}

static enum verdict_exit wait_for_all(struct job *job)
{
    enum verdict_exit exit = VERDICT_EXIT_GENUINE;
    for (size_t i = 0; i < job->n; i++) {
        struct err e;
        enum err_code rc = wait_for(job, &job->entries[i], &e);
        if (rc == ERR_OK)
            continue;
        command_complain("%s: %s", job->entries[i].file, e.msg);
        exit = VERDICT_EXIT_COULD_NOT_CHECK;
        if (may_pass(rc))
            break; /* the node is gone: it is so for the others too */
    }
    return exit;
}

/* -- The command ---------------------------------------------------------------------------- */

static enum verdict_exit submit(struct job *job, char **files, size_t n)
{
    struct err e;
    enum verdict_exit exit = hash_files(job, files, n);
    if (job->n == 0)
        return exit;
    if (send_all(job, &e) != ERR_OK) {
        command_complain("%s%s", e.msg,
                         e.code == ERR_DENIED ? " (a token goes with --token-file)" : "");
        return verdict_worst(exit, VERDICT_EXIT_COULD_NOT_CHECK);
    }
    if (job->o.wait != WAIT_NOT)
        return verdict_worst(exit, wait_for_all(job));
    for (size_t i = 0; i < job->n; i++)
        print_entry(&job->entries[i], "accepted");
    return exit;
}

static int prepare(const struct command *self, struct job *job, struct fetch *fetch, char **token,
                   char **files, size_t n)
{
    struct err e;
    enum err_code rc = ERR_OK;
    const char *twice = job->o.folder != NULL ? name_twice(files, n) : NULL;
    if (twice != NULL)
        return command_usage(
            self, "two files are named %s: their proofs would overwrite each other in -o", twice);
    if (job->o.folder != NULL && mkdir(job->o.folder, 0755) != 0 && errno != EEXIST)
        rc = err_set(&e, ERR_NOT_FOUND, "%s: %s", job->o.folder, strerror(errno));
    if (rc == ERR_OK && job->o.token_file != NULL)
        rc = load_token(token, job->o.token_file, &e);
    if (rc == ERR_OK)
        rc = fetch_open(fetch, &e);
    if (rc != ERR_OK)
        command_complain("%s", e.msg);
    job->node = (struct node){.fetch = fetch, .url = job->o.node_url, .token = *token};
    return (int)command_exit(rc);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct job job = {0};
    struct fetch fetch = {0};
    char *token = NULL;
    contextfiles_open(&job.contexts);
    int exit = read_options(self, &job, argc, argv);
    if (exit != 0 || job.o.help) {
        contextfiles_close(&job.contexts);
        return exit != 0 ? exit : command_help(self);
    }
    char **files = argv + optind;
    size_t n = (size_t)(argc - optind);
    exit = prepare(self, &job, &fetch, &token, files, n);
    if (exit == 0)
        exit = (int)submit(&job, files, n);
    free(job.entries);
    contextfiles_close(&job.contexts);
    node_close(&job.node);
    fetch_close(&fetch);
    if (token != NULL)
        explicit_bzero(token, strlen(token));
    free(token);
    return exit;
}

const struct command submit_command = {
    .name = "submit",
    .arguments =
        "[--node URL] [--token-file F] [--wait[=sealed|final]] [-o DIR] [--as-bytes] "
        "[--context URL=FILE]... [--verification-method URL] FILE...",
    .summary = "Register files with a node and keep their proofs; only hashes leave this machine.",
    .run = run,
};
