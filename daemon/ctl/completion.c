/* Completion scripts for hallmarkctl: see completion.h.
 *
 * Each script first takes out of the line the options and their values; what is left are the words of the
 * command. No word: the first words of all commands; one word of a command of two: the second words; else
 * what the arguments are: folders, files, or nothing that could be known.
 */
#include "daemon/ctl/completion.h"

#include <string.h>
#include <sysexits.h>

/* The first word of a command, and the second or "". */
struct words {
    char first[32], second[32];
};

static struct words words_of(const struct commands_row *row)
{
    struct words w = {"", ""};
    size_t len = strcspn(row->name, " ");
    snprintf(w.first, sizeof w.first, "%.*s", (int)len, row->name);
    if (row->name[len] == ' ')
        snprintf(w.second, sizeof w.second, "%s", row->name + len + 1);
    return w;
}

/* Whether row i is the first with its first word. */
static bool is_new(unsigned i)
{
    struct words w = words_of(&commands_table[i]);
    for (unsigned j = 0; j < i; j++)
        if (strcmp(words_of(&commands_table[j]).first, w.first) == 0)
            return false;
    return true;
}

static bool has_second_words(const char *first)
{
    for (unsigned i = 0; i < commands_n; i++) {
        struct words w = words_of(&commands_table[i]);
        if (strcmp(w.first, first) == 0 && w.second[0] != '\0')
            return true;
    }
    return false;
}

static void print_first_words(void)
{
    for (unsigned i = 0, n = 0; i < commands_n; i++)
        if (is_new(i))
            printf("%s%s", n++ > 0 ? " " : "", words_of(&commands_table[i]).first);
}

static void print_second_words(const char *first)
{
    for (unsigned i = 0, n = 0; i < commands_n; i++) {
        struct words w = words_of(&commands_table[i]);
        if (strcmp(w.first, first) == 0 && w.second[0] != '\0')
            printf("%s%s", n++ > 0 ? " " : "", w.second);
    }
}

/* Every spelling of the options of a row; row NULL: of those that every command takes. */
static void print_options(const struct commands_row *row)
{
    unsigned n = 0;
    for (int i = 0; i < COMMANDS_N_OPTIONS; i++) {
        const struct commands_option_row *option = &commands_options[i];
        if (row == NULL ? !option->is_common : (row->options & 1u << i) == 0)
            continue;
        printf("%s--%s", n++ > 0 ? " " : "", option->name);
        if (option->letter != 0)
            printf(" -%c", option->letter);
    }
}

/* "-c|--config|-s|--socket": the options that a value follows. */
static void print_valued(bool with_files)
{
    unsigned n = 0;
    for (int i = 0; i < COMMANDS_N_OPTIONS; i++) {
        const struct commands_option_row *option = &commands_options[i];
        bool is_file = option->value != NULL && (strstr(option->value, "FILE") != NULL || strstr(option->value, "PATH") != NULL);
        if (option->value == NULL || (with_files && !is_file))
            continue;
        printf("%s--%s", n++ > 0 ? "|" : "", option->name);
        if (option->letter != 0)
            printf("|-%c", option->letter);
    }
}

/* ------------------------------------------------------------------ bash and zsh */

/* What both shells share: a `case` over the words of the command, with the words that may come. */
static void print_cases(const char *open, const char *close, const char *give_folders, const char *give_files)
{
    printf("    \"\") %s", open);
    print_first_words();
    printf("%s ;;\n", close);
    for (unsigned i = 0; i < commands_n; i++) {
        struct words w = words_of(&commands_table[i]);
        if (!is_new(i) || !has_second_words(w.first))
            continue;
        printf("    \"%s \") %s", w.first, open);
        print_second_words(w.first);
        printf("%s ;;\n", close);
    }
    for (unsigned i = 0; i < commands_n; i++) {
        const struct commands_row *row = &commands_table[i];
        const char *give = strstr(row->arguments, "DIR") != NULL ? give_folders : give_files;
        if (strstr(row->arguments, "DIR") != NULL || strstr(row->arguments, "FILE") != NULL)
            printf("    \"%s \"*) %s ;;\n", row->name, give);
    }
}

/* The options that only some commands take. */
static void print_option_cases(void)
{
    for (unsigned i = 0; i < commands_n; i++)
        if (commands_table[i].options != 0) {
            printf("        \"%s \"*) options+=\" ", commands_table[i].name);
            print_options(&commands_table[i]);
            printf("\" ;;\n");
        }
}

static void print_bash(void)
{
    fputs("# bash completion for hallmarkctl; written by: hallmarkctl completion bash\n"
          "_hallmarkctl() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words=\"\" options i\n"
          "    COMPREPLY=()\n"
          "    case $prev in\n"
          "    ", stdout);
    print_valued(true);
    fputs(") mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;\n    ", stdout);
    print_valued(false);
    fputs(") return ;;\n"
          "    esac\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        case ${COMP_WORDS[i]} in\n"
          "        ", stdout);
    print_valued(false);
    fputs(") ((i++)) ;;\n"
          "        -*) ;;\n"
          "        *) words+=\"${COMP_WORDS[i]} \" ;;\n"
          "        esac\n"
          "    done\n"
          "    if [[ $cur == -* ]]; then\n"
          "        options=\"", stdout);
    print_options(NULL);
    fputs("\"\n        case $words in\n", stdout);
    print_option_cases();
    fputs("        esac\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
          "        return\n"
          "    fi\n"
          "    case $words in\n", stdout);
    print_cases("mapfile -t COMPREPLY < <(compgen -W \"", "\" -- \"$cur\")",
                "mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")",
                "mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")");
    fputs("    esac\n"
          "}\n"
          "complete -o filenames -F _hallmarkctl hallmarkctl\n", stdout);
}

static void print_zsh(void)
{
    fputs("#compdef hallmarkctl\n"
          "# zsh completion for hallmarkctl; written by: hallmarkctl completion zsh\n"
          "_hallmarkctl() {\n"
          "    local given=\"\" options i\n"
          "    case $words[CURRENT-1] in\n"
          "    ", stdout);
    print_valued(true);
    fputs(") _files; return ;;\n    ", stdout);
    print_valued(false);
    fputs(") return ;;\n"
          "    esac\n"
          "    for ((i = 2; i < CURRENT; i++)); do\n"
          "        case $words[i] in\n"
          "        ", stdout);
    print_valued(false);
    fputs(") ((i++)) ;;\n"
          "        -*) ;;\n"
          "        *) given+=\"$words[i] \" ;;\n"
          "        esac\n"
          "    done\n"
          "    if [[ $words[CURRENT] == -* ]]; then\n"
          "        options=\"", stdout);
    print_options(NULL);
    fputs("\"\n        case $given in\n", stdout);
    print_option_cases();
    fputs("        esac\n"
          "        compadd -- ${=options}\n"
          "        return\n"
          "    fi\n"
          "    case $given in\n", stdout);
    print_cases("compadd -- ", "", "_files -/", "_files");
    fputs("    esac\n"
          "}\n"
          "compdef _hallmarkctl hallmarkctl\n", stdout);
}

/* ------------------------------------------------------------------ fish */

/* Text between single quotes. */
static void print_quoted(const char *text)
{
    putchar('\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('\'');
}

static void print_fish_command(unsigned i)
{
    const struct commands_row *row = &commands_table[i];
    struct words w = words_of(row);
    if (w.second[0] != '\0' && is_new(i))
        printf("complete -c hallmarkctl -n __hallmarkctl_at -a %s\n", w.first);
    if (w.second[0] != '\0')
        printf("complete -c hallmarkctl -n '__hallmarkctl_at %s' -a %s -d ", w.first, w.second);
    else
        printf("complete -c hallmarkctl -n __hallmarkctl_at -a %s -d ", w.first);
    print_quoted(row->help);
    putchar('\n');
    bool folders = strstr(row->arguments, "DIR") != NULL;
    if (folders || strstr(row->arguments, "FILE") != NULL)
        printf("complete -c hallmarkctl -n '__hallmarkctl_after %s' %s\n", row->name,
               folders ? "-a '(__fish_complete_directories)'" : "-F");
}

static void print_fish_option(int i)
{
    const struct commands_option_row *option = &commands_options[i];
    bool is_file = option->value != NULL && (strstr(option->value, "FILE") != NULL || strstr(option->value, "PATH") != NULL);
    for (unsigned j = 0; j < (option->is_common ? 1 : commands_n); j++) {
        if (!option->is_common && (commands_table[j].options & 1u << i) == 0)
            continue;
        printf("complete -c hallmarkctl -l %s", option->name);
        if (option->letter != 0)
            printf(" -s %c", option->letter);
        if (option->value != NULL)
            printf(is_file ? " -r -F" : " -x");
        if (!option->is_common)
            printf(" -n '__hallmarkctl_after %s'", commands_table[j].name);
        printf(" -d ");
        print_quoted(option->help);
        putchar('\n');
    }
}

static void print_fish(void)
{
    fputs("# fish completion for hallmarkctl; written by: hallmarkctl completion fish\n"
          "function __hallmarkctl_words\n"
          "    set -l skip 0\n"
          "    for word in (commandline -opc)[2..-1]\n"
          "        if test $skip = 1\n"
          "            set skip 0\n"
          "        else if string match -qr '^(", stdout);
    print_valued(false);
    fputs(")$' -- $word\n"
          "            set skip 1\n"
          "        else if not string match -q -- '-*' $word\n"
          "            echo $word\n"
          "        end\n"
          "    end\n"
          "end\n"
          "function __hallmarkctl_at\n"
          "    set -l words (__hallmarkctl_words)\n"
          "    test \"$words\" = \"$argv\"\n"
          "end\n"
          "function __hallmarkctl_after\n"
          "    set -l words (__hallmarkctl_words)\n"
          "    string match -q -- \"$argv *\" \"$words \"\n"
          "end\n"
          "complete -c hallmarkctl -f\n", stdout);
    for (unsigned i = 0; i < commands_n; i++)
        print_fish_command(i);
    for (int i = 0; i < COMMANDS_N_OPTIONS; i++)
        print_fish_option(i);
}

static const struct {
    const char *shell;
    void (*print)(void);
} SHELLS[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

int completion_run(struct commands_line *line)
{
    for (size_t i = 0; i < sizeof SHELLS / sizeof *SHELLS; i++)
        if (strcmp(SHELLS[i].shell, line->args[0]) == 0) {
            SHELLS[i].print();
            return EX_OK;
        }
    fputs("hallmarkctl: there is completion for bash, zsh and fish\n", stderr);
    return EX_USAGE;
}
