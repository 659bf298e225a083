/* The hash command: see hash.h. */
#include "verifier/hash.h"

#include <getopt.h>
#include <stdio.h>

#include "common/hex.h"
#include "verifier/contextfiles.h"
#include "verifier/reasons.h"

enum verdict_exit hash_of_file(struct hash32 *ret, enum proof_rule *ret_rule, const char *path,
                               struct canonize *contexts, bool as_bytes)
{
    struct document document;
    enum verdict_exit exit = VERDICT_EXIT_GENUINE;
    struct err e;
    if (document_read(&document, path, as_bytes, &e) != ERR_OK) {
        command_complain("%s", e.msg);
        return VERDICT_EXIT_NO_FILE;
    }
    if (document_hash(&document, contexts, NULL)) {
        *ret = document.hash;
        *ret_rule = document.rule;
    } else {
        exit = command_refuse(path, document.refusal.reason, document.refusal.detail);
    }
    document_done(&document);
    return exit;
}

static enum verdict_exit print_hash(const char *path, struct canonize *contexts, bool as_bytes)
{
    struct hash32 hash;
    enum proof_rule rule;
    enum verdict_exit exit = hash_of_file(&hash, &rule, path, contexts, as_bytes);
    if (exit == VERDICT_EXIT_GENUINE) {
        char hex[65];
        hex_encode(hex, hash.b, sizeof hash.b);
        printf("%s  %s\n", hex, path);
    }
    return exit;
}

struct options {
    bool as_bytes, help;
};

static int read_options(const struct command *self, struct options *o, struct contextfiles *contexts,
                        int argc, char **argv)
{
    static const struct option OPTIONS[] = {
        {"as-bytes", no_argument, NULL, 'b'},
        {"context", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int exit = 0;
    opterr = 0;
    for (int option; exit == 0 && (option = getopt_long(argc, argv, "h", OPTIONS, NULL)) != -1;) {
        switch (option) {
        case 'b': o->as_bytes = true; break;
        case 'c': exit = contextfiles_add(contexts, self, optarg); break;
        case 'h': o->help = true; break;
        default: exit = command_usage(self, "unknown option, or one without its value");
        }
    }
    if (exit == 0 && !o->help && optind == argc)
        return command_usage(self, "no file was named");
    return exit;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct contextfiles contexts;
    struct options o = {0};
    contextfiles_open(&contexts);
    int options_exit = read_options(self, &o, &contexts, argc, argv);
    enum verdict_exit exit = VERDICT_EXIT_GENUINE;
    for (int i = optind; options_exit == 0 && !o.help && i < argc; i++)
        exit = verdict_worst(exit, print_hash(argv[i], &contexts.canonize, o.as_bytes));
    contextfiles_close(&contexts);
    if (options_exit != 0)
        return options_exit;
    return o.help ? command_help(self) : (int)exit;
}

const struct command hash_command = {
    .name = "hash",
    .arguments = "[--as-bytes] [--context URL=FILE]... FILE...",
    .summary = "Print the credential hash of files; nothing leaves this machine.",
    .run = run,
};
