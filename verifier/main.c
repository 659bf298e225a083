/* `hallmark`: check certificates, and register them with a node. One table of sub-commands. */
#include <stdio.h>
#include <string.h>

#include "verifier/audit/audit.h"
#include "verifier/canonical.h"
#include "verifier/command.h"
#include "verifier/hash.h"
#include "verifier/submit.h"
#include "verifier/verify.h"

static const struct command *const COMMANDS[] = {&verify_command, &submit_command, &hash_command,
                                                 &canonical_command, &audit_command};
#define N_COMMANDS (sizeof COMMANDS / sizeof COMMANDS[0])

static void print_usage(FILE *out)
{
    fputs("usage: hallmark COMMAND [OPTION]... [FILE]...\n\n", out);
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(out, "  %-9s %s\n", COMMANDS[i]->name, COMMANDS[i]->summary);
    fputs("\nhallmark COMMAND --help tells more.\n", out);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--version") == 0) {
        puts("hallmark " HALLMARK_VERSION);
        return 0;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
        print_usage(stdout);
        return 0;
    }
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(COMMANDS[i]->name, name) == 0)
            return COMMANDS[i]->run(COMMANDS[i], argc - 1, argv + 1);
    if (name[0] != '\0')
        command_complain("there is no command \"%s\"", name);
    print_usage(stderr);
    return VERDICT_EXIT_USAGE;
}
