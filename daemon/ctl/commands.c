/* The command line of hallmarkctl: see commands.h. */
#include "daemon/ctl/commands.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

const struct commands_row commands_table[] = {
#define X(run, name, arguments, min, max, options, help) {name, arguments, min, max, options, help},
    COMMANDS_TABLE(X)
#undef X
};

const unsigned commands_n = sizeof commands_table / sizeof *commands_table;

const struct commands_option_row commands_options[COMMANDS_N_OPTIONS] = {
#define X(name, text, letter, value, common, help) [COMMANDS_##name] = {text, letter, value, common, help},
    COMMANDS_OPTIONS(X)
#undef X
};

/* "wait [--final] [--timeout SECONDS] HASH..." */
static void print_words(FILE *out, const struct commands_row *row, int width)
{
    char words[120];
    size_t len = (size_t)snprintf(words, sizeof words, "%s", row->name);
    for (int i = 0; i < COMMANDS_N_OPTIONS && len < sizeof words; i++)
        if (row->options & 1u << i)
            len += (size_t)snprintf(words + len, sizeof words - len, " [--%s%s%s]", commands_options[i].name,
                                    commands_options[i].value != NULL ? " " : "", commands_options[i].value != NULL ? commands_options[i].value : "");
    if (len < sizeof words && row->arguments[0] != '\0')
        snprintf(words + len, sizeof words - len, " %s", row->arguments);
    fprintf(out, "%-*s", width, words);
}

void commands_usage(FILE *out)
{
    fputs("usage: hallmarkctl [OPTION...] COMMAND [ARGUMENT...]\n\n", out);
    for (unsigned i = 0; i < commands_n; i++) {
        fputs("  ", out);
        print_words(out, &commands_table[i], 48);
        fprintf(out, " %s\n", commands_table[i].help);
    }
    fputc('\n', out);
    for (int i = 0; i < COMMANDS_N_OPTIONS; i++) {
        char words[80];
        snprintf(words, sizeof words, "--%s%s%s", commands_options[i].name, commands_options[i].value != NULL ? " " : "",
                 commands_options[i].value != NULL ? commands_options[i].value : "");
        fprintf(out, commands_options[i].letter != 0 ? "  -%c, %-18s %s\n" : "   %c  %-18s %s\n",
                commands_options[i].letter != 0 ? commands_options[i].letter : ' ', words, commands_options[i].help);
    }
}

/* The command whose words the arguments begin with; two words before one. Out: how many words. */
static bool find_command(unsigned *ret, int *ret_words, int n, char **args)
{
    for (int words = n < 2 ? n : 2; words >= 1; words--) {
        char name[64];
        snprintf(name, sizeof name, words == 2 ? "%s %s" : "%s", args[0], words == 2 ? args[1] : "");
        for (unsigned i = 0; i < commands_n; i++)
            if (strcmp(commands_table[i].name, name) == 0) {
                *ret = i;
                *ret_words = words;
                return true;
            }
    }
    return false;
}

/* getopt's own form of the table. Codes of long options are their index + 1. */
static int next_option(int argc, char **argv)
{
    static struct option longs[COMMANDS_N_OPTIONS + 1];
    static char letters[2 * COMMANDS_N_OPTIONS + 1];
    size_t n = 0;
    if (longs[0].name == NULL)
        for (int i = 0; i < COMMANDS_N_OPTIONS; i++) {
            longs[i] = (struct option){commands_options[i].name, commands_options[i].value != NULL ? required_argument : no_argument, NULL, i + 1};
            if (commands_options[i].letter != 0) {
                letters[n++] = commands_options[i].letter;
                if (commands_options[i].value != NULL)
                    letters[n++] = ':';
            }
        }
    int c = getopt_long(argc, argv, letters, longs, NULL);
    for (int i = 0; c != '?' && c > COMMANDS_N_OPTIONS && i < COMMANDS_N_OPTIONS; i++)
        if (commands_options[i].letter == c)
            return i + 1;
    return c;
}

static int usage_error(void)
{
    commands_usage(stderr);
    return EX_USAGE;
}

/* How many arguments, and which options. */
static int check(const struct commands_line *line)
{
    const struct commands_row *row = &commands_table[line->command];
    for (int i = 0; i < COMMANDS_N_OPTIONS; i++)
        if (line->option[i] != NULL && !commands_options[i].is_common && (row->options & 1u << i) == 0) {
            fprintf(stderr, "hallmarkctl: %s does not take --%s\n", row->name, commands_options[i].name);
            return EX_USAGE;
        }
    if (line->n_args >= row->min_args && line->n_args <= row->max_args)
        return -1;
    fputs("usage: hallmarkctl ", stderr);
    print_words(stderr, row, 0);
    fputc('\n', stderr);
    return EX_USAGE;
}

int commands_parse(struct commands_line *ret, int argc, char **argv)
{
    int c, words = 0;
    while ((c = next_option(argc, argv)) != -1) {
        if (c < 1 || c > COMMANDS_N_OPTIONS)
            return usage_error();
        ret->option[c - 1] = optarg != NULL ? optarg : "";
    }
    if (ret->option[COMMANDS_VERSION] != NULL) {
        puts("hallmarkctl " HALLMARK_VERSION);
        return EXIT_SUCCESS;
    }
    if (ret->option[COMMANDS_HELP] != NULL) {
        commands_usage(stdout);
        return EXIT_SUCCESS;
    }
    if (!find_command(&ret->command, &words, argc - optind, argv + optind)) {
        if (optind < argc)
            fprintf(stderr, "hallmarkctl: unknown command: %s\n", argv[optind]);
        return usage_error();
    }
    ret->args = argv + optind + words;
    ret->n_args = (unsigned)(argc - optind - words);
    return check(ret);
}
