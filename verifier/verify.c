/* The verify command: options, the files in turn, the worst exit code. See verify.h. */
#include "verifier/verify.h"

#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/limits.h"
#include "verifier/audit/progress.h"
#include "verifier/check.h"
#include "verifier/contextfiles.h"
#include "verifier/document.h"
#include "verifier/formats/dates.h"
#include "verifier/report.h"
#include "verifier/wrap/examine.h"
#include "verifier/wrap/listing.h"

struct options {
    const char *proof, *trust, *checkpoint, *recorded;
    const char *rpc[ENDPOINTS_MAX], *btc[BITCOIN_SOURCES_MAX];
    size_t n_rpc, n_btc;
    bool has_at;
    uint64_t at; /* Unix seconds */
    bool offline, as_bytes, json, help;
    enum reasons_language language;
};

/* What is loaded for a whole run. */
struct inputs {
    struct contextfiles contexts;
    struct trust trust;
    struct checkpoints checkpoints;
    struct fetch fetch;
    struct endpoints endpoints;
    struct bitcoin bitcoin;
    struct lookup lookup;
};

/* -- Options -------------------------------------------------------------------------------- */

static bool is_http(const char *url)
{
    return strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

/* One more URL of a repeatable option. */
static int add_url(const struct command *self, const char *option, const char *url, const char **urls,
                   size_t *n, size_t max)
{
    if (!is_http(url))
        return command_usage(self, "%s must be an http or https URL", option);
    if (*n == max)
        return command_usage(self, "%s may be given %zu times at most", option, max);
    urls[(*n)++] = url;
    return 0;
}

static int set_at(const struct command *self, struct options *o, const char *time)
{
    if (!dates_read(&o->at, slice_of(time)))
        return command_usage(self, "--at must be a time like 2026-03-12T09:00:00Z, or a day");
    o->has_at = true;
    return 0;
}

static int set_language(const struct command *self, struct options *o, const char *word)
{
    if (strcmp(word, "en") != 0 && strcmp(word, "fr") != 0)
        return command_usage(self, "--lang must be en or fr");
    o->language = word[0] == 'f' ? REASONS_FRENCH : REASONS_ENGLISH;
    return 0;
}

/* Where URLs of documents may lead although it is private, or without TLS. */
static int allow_origin(const struct command *self, struct inputs *in, const char *origin)
{
    struct err e;
    return fetch_allow(&in->fetch, origin, &e) == ERR_OK ? 0 : command_usage(self, "--allow-origin: %s", e.msg);
}

static int set_option(const struct command *self, struct options *o, struct inputs *in, int option)
{
    switch (option) {
    case 'p': o->proof = optarg; return 0;
    case 'r': return add_url(self, "--rpc", optarg, o->rpc, &o->n_rpc, ENDPOINTS_MAX);
    case 'B': return add_url(self, "--btc", optarg, o->btc, &o->n_btc, BITCOIN_SOURCES_MAX);
    case 't': o->trust = optarg; return 0;
    case 'c': o->checkpoint = optarg; return 0;
    case 'o': o->offline = true; return 0;
    case 'b': o->as_bytes = true; return 0;
    case 'C': return contextfiles_add(&in->contexts, self, optarg);
    case 'j': o->json = true; return 0;
    case 'l': return set_language(self, o, optarg);
    case 'h': o->help = true; return 0;
    case 'R': o->recorded = optarg; return 0;
    case 'A': return set_at(self, o, optarg);
    case 'O': return allow_origin(self, in, optarg);
    default: return command_usage(self, "unknown option, or one without its value");
    }
}

/* Returns: 0, or the exit code of a usage error. */
static int read_options(const struct command *self, struct options *o, struct inputs *in, int argc,
                        char **argv)
{
    static const struct option OPTIONS[] = {
        {"proof", required_argument, NULL, 'p'},    {"rpc", required_argument, NULL, 'r'},
        {"trust", required_argument, NULL, 't'},    {"checkpoint", required_argument, NULL, 'c'},
        {"offline", no_argument, NULL, 'o'},        {"as-bytes", no_argument, NULL, 'b'},
        {"json", no_argument, NULL, 'j'},           {"lang", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},           {"btc", required_argument, NULL, 'B'},
        {"recorded", required_argument, NULL, 'R'}, {"at", required_argument, NULL, 'A'},
        {"context", required_argument, NULL, 'C'},  {"allow-origin", required_argument, NULL, 'O'},  {0},
    };
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "h", OPTIONS, NULL)) != -1;) {
        int exit = set_option(self, o, in, option);
        if (exit != 0)
            return exit;
    }
    if (o->help)
        return 0;
    if (optind == argc)
        return command_usage(self, "no file was named");
    if (o->proof != NULL && argc - optind > 1)
        return command_usage(self, "--proof goes with one file only");
    if (o->offline && o->n_btc > 0)
        return command_usage(self, "--offline contradicts --btc");
    if (o->recorded != NULL && o->n_rpc + o->n_btc > 0)
        return command_usage(self, "--recorded answers everything: it contradicts --rpc and --btc");
    return 0;
}

/* -- Inputs --------------------------------------------------------------------------------- */

static enum err_code load_trust(struct inputs *in, const char *path, struct err *e)
{
    char *text;
    size_t len;
    enum err_code rc = document_load(&text, &len, path, LIMITS_TRUST_BYTES, e);
    if (rc != ERR_OK)
        return rc;
    rc = trust_parse(&in->trust, text, len, e);
    free(text);
    return rc == ERR_OK ? rc : err_wrap(e, "trust list %s", path);
}

static enum err_code load_checkpoints(struct inputs *in, const char *path, struct err *e)
{
    char *text;
    size_t len;
    enum err_code rc = document_load(&text, &len, path, LIMITS_TRUST_BYTES, e);
    if (rc != ERR_OK)
        return rc;
    rc = checkpoint_parse(&in->checkpoints, text, len, e);
    free(text);
    return rc == ERR_OK ? rc : err_wrap(e, "checkpoints %s", path);
}

static enum err_code load_recorded(struct inputs *in, const char *path, struct err *e)
{
    char *text;
    size_t len;
    enum err_code rc = document_load(&text, &len, path, LIMITS_RECORDED_BYTES, e);
    if (rc != ERR_OK)
        return rc;
    rc = lookup_record(&in->lookup, text, len, e);
    free(text);
    return rc == ERR_OK ? rc : err_wrap(e, "recorded look-ups %s", path);
}

static enum err_code load_inputs(struct inputs *in, const struct options *o, struct err *e)
{
    enum err_code rc = ERR_OK;
    if (o->trust != NULL)
        rc = load_trust(in, o->trust, e);
    if (rc == ERR_OK && o->checkpoint != NULL)
        rc = load_checkpoints(in, o->checkpoint, e);
    if (rc == ERR_OK)
        rc = fetch_open(&in->fetch, e);
    struct endpoints_transport http = endpoints_over_http(&in->fetch);
    struct lookup_transport out = lookup_over_http(&in->fetch);
    endpoints_open(&in->endpoints, &http, o->rpc, o->n_rpc);
    bitcoin_open(&in->bitcoin, &http, o->btc, o->n_btc);
    lookup_open(&in->lookup, o->offline ? NULL : &out);
    if (rc == ERR_OK && o->recorded != NULL)
        rc = load_recorded(in, o->recorded, e);
    return rc;
}

static void done_inputs(struct inputs *in)
{
    contextfiles_close(&in->contexts);
    trust_done(&in->trust);
    checkpoint_done(&in->checkpoints);
    endpoints_close(&in->endpoints);
    bitcoin_close(&in->bitcoin);
    lookup_close(&in->lookup);
    fetch_close(&in->fetch);
}

/* What a recorded file says that proofs must have been made for. */
static struct format_expected expected_of(struct lookup *lookup)
{
    struct format_expected e = {.purpose = lookup_option(lookup, "proofPurpose", 0),
                                .challenge = lookup_option(lookup, "challenge", 0)};
    for (size_t i = 0; i < FORMAT_MAX_DOMAINS; i++)
        if ((e.domains[i] = lookup_option(lookup, "domain", i)) == NULL)
            break;
    return e;
}

/* -- Files ---------------------------------------------------------------------------------- */

static void print_result(const struct options *o, const struct check_result *result, bool several)
{
    struct text out = {0};
    if (o->json)
        report_json(&out, result, o->language);
    else
        report_text(&out, result, o->language, (uint64_t)time(NULL), o->has_at ? o->at : 0);
    fputs(text_string(&out), stdout);
    if (several && !o->json)
        putchar('\n');
    fflush(stdout); /* one answer after the other, also into a pipe */
    text_done(&out);
}

/* A run over many files. */
struct course {
    const struct options *o;
    struct progress progress;
    bool several; /* files */
    enum verdict_exit exit;
};

/* What drives the terminal goes away before the answer, and comes back with the next file. */
static void on_result(void *self, const struct check_result *result)
{
    struct course *course = self;
    progress_clear(&course->progress);
    print_result(course->o, result, course->several);
    course->exit = verdict_worst(course->exit, result->verdict.exit);
}

static enum verdict_exit check_files(const struct options *o, struct inputs *in, const struct listing *files)
{
    struct check_setup setup = {
        .endpoints = &in->endpoints,
        .bitcoin = &in->bitcoin,
        .lookup = &in->lookup,
        .expected = expected_of(&in->lookup),
        .now = o->has_at ? o->at : (uint64_t)time(NULL),
        .at = o->has_at && o->recorded == NULL, /* what was recorded is of that time */
        .canonize = &in->contexts.canonize,
        .trust = o->trust != NULL ? &in->trust : NULL,
        .checkpoints = &in->checkpoints,
        .offline = o->offline || o->recorded != NULL,
        .as_bytes = o->as_bytes,
    };
    struct course course = {.o = o, .several = files->n > 1};
    if (course.several)
        progress_open(&course.progress);
    struct examine examine = {&setup, o->proof, on_result, &course};
    for (size_t i = 0; i < files->n; i++) {
        progress_step(&course.progress, "verify", i, files->n);
        examine_path(&examine, files->paths[i]);
    }
    progress_clear(&course.progress);
    registrylog_done(&setup.registrylog);
    return course.exit;
}

/* Every name on the command line; one that cannot be followed is told, and the others are checked. */
static enum verdict_exit list_files(struct listing *files, char **names, int n)
{
    enum verdict_exit exit = VERDICT_EXIT_GENUINE;
    for (int i = 0; i < n; i++) {
        struct err e;
        if (listing_add(files, names[i], &e) == ERR_OK)
            continue;
        command_complain("%s", e.msg);
        exit = verdict_worst(exit, e.code == ERR_NOMEM ? VERDICT_EXIT_COULD_NOT_CHECK : VERDICT_EXIT_NO_FILE);
    }
    return exit;
}

/* The next file needs as much memory as the one before: what is freed is kept, not given back and asked for again. */
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct options o = {0};
    struct inputs in = {0};
    struct err e;
    keep_memory();
    contextfiles_open(&in.contexts);
    int exit = read_options(self, &o, &in, argc, argv);
    if (exit != 0 || o.help) {
        contextfiles_close(&in.contexts);
        return exit != 0 ? exit : command_help(self);
    }
    enum err_code rc = load_inputs(&in, &o, &e);
    if (rc == ERR_OK) {
        struct listing files = {0};
        enum verdict_exit listed = list_files(&files, argv + optind, argc - optind);
        exit = (int)verdict_worst(listed, check_files(&o, &in, &files));
        listing_done(&files);
    } else {
        command_complain("%s", e.msg);
        exit = (int)command_exit(rc);
    }
    done_inputs(&in);
    return exit;
}

const struct command verify_command = {
    .name = "verify",
    .arguments =
        "[--proof FILE] [--rpc URL]... [--btc URL]... [--trust FILE] [--checkpoint FILE] [--offline] "
        "[--recorded FILE] [--at TIME] [--as-bytes] [--context URL=FILE]... [--json] [--lang en|fr] "
        "[--allow-origin URL]... FILE|FOLDER|-...",
    .summary = "Check that files are exactly what was registered, and by whom.",
    .run = run,
};
