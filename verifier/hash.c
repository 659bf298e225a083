/* The hash command: see hash.h. */
#include "verifier/hash.h"

#include <getopt.h>
#include <stdio.h>

#include "common/hex.h"
#include "verifier/reasons.h"

enum verdict_exit hash_of_file(struct document *ret, const char *path, bool as_bytes)
{
    struct err e;
    if (document_read(ret, path, as_bytes, &e) != ERR_OK) {
        command_complain("%s", e.msg);
        return VERDICT_EXIT_NO_FILE;
    }
    if (ret->hashed)
        return VERDICT_EXIT_GENUINE;
    enum reason reason =
        ret->kind == DOCUMENT_DAMAGED ? REASON_CREDENTIAL_BROKEN : REASON_CREDENTIAL_UNSUPPORTED;
    command_complain("%s: %s: %s%s%s", path, reasons_row(reason)->code,
                     reasons_row(reason)->sentence[REASONS_ENGLISH], ret->why[0] != '\0' ? " " : "",
                     ret->why);
    return VERDICT_EXIT_NO_DOCUMENT;
}

static enum verdict_exit print_hash(const char *path, bool as_bytes)
{
    struct document document;
    enum verdict_exit exit = hash_of_file(&document, path, as_bytes);
    if (exit == VERDICT_EXIT_GENUINE) {
        char hex[65];
        hex_encode(hex, document.hash.b, sizeof document.hash.b);
        printf("%s  %s\n", hex, path);
    }
    return exit;
}

static int run(const struct command *self, int argc, char **argv)
{
    static const struct option OPTIONS[] = {
        {"as-bytes", no_argument, NULL, 'b'},
        {"context", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    bool as_bytes = false;
    for (int option; (option = getopt_long(argc, argv, "h", OPTIONS, NULL)) != -1;) {
        switch (option) {
        case 'b': as_bytes = true; break;
        case 'c':
            return command_usage(
                self, "--context comes with credentials, which this version cannot read yet");
        case 'h': return command_help(self);
        default: return command_usage(self, "unknown option");
        }
    }
    if (optind == argc)
        return command_usage(self, "no file was named");
    enum verdict_exit exit = VERDICT_EXIT_GENUINE;
    for (int i = optind; i < argc; i++)
        exit = verdict_worst(exit, print_hash(argv[i], as_bytes));
    return (int)exit;
}

const struct command hash_command = {
    .name = "hash",
    .arguments = "[--as-bytes] [--context URL=FILE]... FILE...",
    .summary = "Print the credential hash of files; nothing leaves this machine.",
    .run = run,
};
