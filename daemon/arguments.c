/* The command line of a service: see arguments.h. */
#include "daemon/arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/*   name     letter  long name       value   help; NULL: the program's own */
#define OPTIONS(X)                                                                                          \
    X(CONFIG, 'c', "config", "FILE", NULL)                                                                  \
    X(CHECK, 0, "check-config", NULL, "report every error of the settings and exit: 0 good, 1 not")         \
    X(PRINT, 0, "print-config", NULL, "print the settings in force, with an explanation of each, and exit") \
    X(VERSION, 0, "version", NULL, "print the version and exit")                                            \
    X(HELP, 0, "help", NULL, "print this and exit")

enum option_code {
    NO_OPTION, /* getopt's own 0 */
#define X(name, letter, long_name, value, help) OPTION_##name,
    OPTIONS(X)
#undef X
};

static const struct option LONG_OPTIONS[] = {
#define X(name, letter, long_name, value, help) \
    {long_name, (value) != NULL ? required_argument : no_argument, NULL, OPTION_##name},
    OPTIONS(X)
#undef X
    {NULL, 0, NULL, 0},
};

static void print_option(FILE *out, char letter, const char *name, const char *value, const char *help)
{
    char words[32];
    snprintf(words, sizeof words, value != NULL ? "--%s %s" : "--%s", name, value);
    if (letter != 0)
        fprintf(out, "  -%c, %-15s %s\n", letter, words, help);
    else
        fprintf(out, "      %-15s %s\n", words, help);
}

static void print_usage(FILE *out, const struct arguments_program *program)
{
    fprintf(out, "usage: %s [-c FILE] [--check-config] [--print-config] [--version]\n\n%s\n", program->name, program->purpose);
#define X(name, letter, long_name, value, help) \
    print_option(out, letter, long_name, value, (help) != NULL ? (help) : program->config);
    OPTIONS(X)
#undef X
    fputs(program->remarks, out);
}

int arguments_read(struct arguments *ret, const struct arguments_program *program, int argc, char **argv)
{
    int c;
    while ((c = getopt_long(argc, argv, "c:", LONG_OPTIONS, NULL)) != -1) {
        switch (c) {
        case 'c':
        case OPTION_CONFIG:
            ret->config = optarg;
            break;
        case OPTION_CHECK:
            ret->check = true;
            break;
        case OPTION_PRINT:
            ret->print = true;
            break;
        case OPTION_VERSION:
            printf("%s " HALLMARK_VERSION "\n", program->name);
            return EXIT_SUCCESS;
        case OPTION_HELP:
            print_usage(stdout, program);
            return EXIT_SUCCESS;
        default: /* getopt has said what is wrong */
            print_usage(stderr, program);
            return EX_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected argument: %s\n", program->name, argv[optind]);
        print_usage(stderr, program);
        return EX_USAGE;
    }
    return -1;
}

void arguments_complain(const struct arguments_program *program, const struct conf_report *report, const struct err *e)
{
    if (report->text != NULL)
        fputs(report->text, stderr);
    else
        fprintf(stderr, "%s: %s\n", program->name, e->msg);
}

int arguments_print(const struct conf_table *table, const void *settings)
{
    char *text = conf_print(table, settings);
    if (text == NULL)
        return EX_OSERR;
    fputs(text, stdout);
    free(text);
    return EXIT_SUCCESS;
}
