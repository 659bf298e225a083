/* The canonize command: see canonical.h. */
#include "verifier/canonical.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/limits.h"
#include "verifier/contextfiles.h"
#include "verifier/document.h"
#include "verifier/rdf/iri.h"

static enum err_code parse(struct arena *arena, struct slice text, const struct jdoc **ret,
                           struct err *e)
{
    struct jdoc_limits limits = {.bytes = LIMITS_CREDENTIAL_BYTES, .depth = JDOC_MAX_DEPTH};
    const struct jdoc *root;
    enum err_code rc = jdoc_parse(arena, text, limits, &root, e);
    if (rc != ERR_OK)
        return rc;
    root = canonize_without_proof(arena, root, 0, NULL);
    rc = arena_check(arena, e);
    if (rc == ERR_OK)
        *ret = root;
    return rc;
}

/* By the rule "rdfc" (design.md), for any JSON-LD document. */
static enum verdict_exit print_json(struct canonize *contexts, struct arena *arena, const char *path,
                                    struct slice text, struct canonize_options options)
{
    const struct jdoc *root = NULL;
    struct canonize_result result;
    struct err e;
    enum err_code rc = parse(arena, text, &root, &e);
    if (rc == ERR_OK)
        rc = document_canonize(contexts, arena, root, NULL, &options, &result, &e);
    if (rc != ERR_OK) {
        struct document_refusal why = document_refuse(contexts, root, &options, rc, &e);
        return command_refuse(path, why.reason, why.detail);
    }
    fwrite(result.text.data, 1, result.text.len, stdout);
    return VERDICT_EXIT_GENUINE;
}

static enum verdict_exit print_canonical(struct canonize *contexts, const char *path,
                                         const struct canonize_options *options)
{
    struct arena arena;
    struct err e;
    char *text;
    size_t len;
    enum err_code rc = document_load(&text, &len, path, LIMITS_CREDENTIAL_BYTES, &e);
    if (rc != ERR_OK) {
        command_complain("%s", e.msg);
        return rc == ERR_LIMIT ? VERDICT_EXIT_NO_DOCUMENT : VERDICT_EXIT_NO_FILE;
    }
    arena_init(&arena, CANONIZE_ARENA_BYTES);
    struct slice json = {(const uint8_t *)text, len};
    enum verdict_exit exit = print_json(contexts, &arena, path, json, *options);
    arena_done(&arena);
    free(text);
    return exit;
}

static int set_base(const struct command *self, struct canonize_options *o, const char *iri)
{
    o->base = slice_of(iri);
    if (iri_has_scheme(o->base) && iri_is_well_formed(o->base))
        return 0;
    return command_usage(self, "--base must be an absolute IRI");
}

static int read_options(const struct command *self, struct canonize_options *o,
                        struct contextfiles *contexts, bool *ret_help, int argc, char **argv)
{
    static const struct option OPTIONS[] = {
        {"base", required_argument, NULL, 'b'},
        {"context", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int exit = 0;
    opterr = 0;
    for (int option; exit == 0 && (option = getopt_long(argc, argv, "h", OPTIONS, NULL)) != -1;) {
        switch (option) {
        case 'b': exit = set_base(self, o, optarg); break;
        case 'c': exit = contextfiles_add(contexts, self, optarg); break;
        case 'h': *ret_help = true; break;
        default: exit = command_usage(self, "unknown option, or one without its value");
        }
    }
    if (exit == 0 && !*ret_help && optind != argc - 1)
        return command_usage(self, "one file must be named");
    return exit;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct canonize_options options = canonize_options();
    struct contextfiles contexts;
    bool help = false;
    contextfiles_open(&contexts);
    int exit = read_options(self, &options, &contexts, &help, argc, argv);
    if (exit == 0)
        exit = help ? command_help(self)
                    : (int)print_canonical(&contexts.canonize, argv[optind], &options);
    contextfiles_close(&contexts);
    return exit;
}

const struct command canonical_command = {
    .name = "canonize",
    .arguments = "[--base IRI] [--context URL=FILE]... FILE",
    .summary = "Print the canonical form of a credential: the text that its hash is made of.",
    .run = run,
};
