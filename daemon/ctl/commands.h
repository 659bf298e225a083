/* The commands and options of hallmarkctl: one table for dispatch, the help text, the completion scripts
 * and the man page.
 *
 * A command line is options and words in any order. An option that a command does not take is an error.
 */
#ifndef DAEMON_CTL_COMMANDS_H
#define DAEMON_CTL_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "daemon/settings.h"

/* Name, long name, short letter or 0, placeholder of its value or NULL, whether every command takes it, help. */
#define COMMANDS_OPTIONS(X)                                                                                     \
    X(CONFIG, "config", 'c', "FILE", true, "settings (default " SETTINGS_PATH ", if it is there)")             \
    X(SOCKET, "socket", 's', "PATH", true, "control socket (default: as the settings say)")                    \
    X(JSON, "json", 0, NULL, true, "print JSON")                                                               \
    X(FINAL, "final", 0, NULL, false, "wait until the anchor is final, not only until the batch is sealed")    \
    X(TIMEOUT, "timeout", 0, "SECONDS", false, "wait no longer than that; the default is for ever")            \
    X(DEEP, "deep", 0, NULL, false, "compute every leaf and node of every tree again")                         \
    X(WITH_KEY, "with-key", 0, NULL, false, "copy the key file too, which is encrypted")                       \
    X(SCOPES, "scopes", 0, "LIST", false, "what the token allows: submit, read, admin (default submit,read)")  \
    X(RATE, "rate", 0, "RATE", false, "requests let in, as in 600/min (s, min, h); the default is any number")  \
    X(FROM_CHAIN, "from-chain", 0, "GENESIS|PROOF", false,                                                     \
      "there is no mirror: go on from the chain; the genesis in hex, or the file of any old proof")            \
    X(VERSION, "version", 0, NULL, true, "print the version and exit")                                         \
    X(HELP, "help", 0, NULL, true, "print this help and exit")

struct commands_option_row {
    const char *name;
    char letter;       /* 0: none */
    const char *value; /* its placeholder; NULL: it takes none. With FILE or PATH in it, it is completed as a file */
    bool is_common;
    const char *help;
};

enum commands_option {
#define X(name, text, letter, value, common, help) COMMANDS_##name,
    COMMANDS_OPTIONS(X)
#undef X
        COMMANDS_N_OPTIONS
};

#define COMMANDS_TAKES(option) (1u << COMMANDS_##option)

/* The function in main.c that runs it, its words, its arguments, least and most arguments, the options that
 * only some commands take, help. Arguments with FILE or DIR in their name are completed as such. */
#define COMMANDS_TABLE(X)                                                                                       \
    X(ask_daemon, "status", "", 0, 0, 0, "what the daemon does, and what it needs")                            \
    X(ask_daemon, "flush", "", 0, 0, 0, "put all waiting hashes into a batch now")                             \
    X(ask_daemon, "pause", "", 0, 0, 0, "seal nothing until resume; hashes are still accepted")                \
    X(ask_daemon, "resume", "", 0, 0, 0, "go on sealing")                                                      \
    X(ask_daemon, "reload", "", 0, 0, 0, "read the settings again")                                            \
    X(ask_daemon, "explain", "HASH", 1, 1, 0, "tell the story of one hash")                                    \
    X(wait_for, "wait", "HASH...", 1, 1000, COMMANDS_TAKES(FINAL) | COMMANDS_TAKES(TIMEOUT),                   \
      "wait until all are sealed, or final")                                                                   \
    X(ask_daemon, "forget", "HASH", 1, 1, 0, "destroy hash and salt; complete after the next compact")         \
    X(compact, "compact", "", 0, 0, 0, "complete what was forgotten and give free pages back")                 \
    X(fsck, "fsck", "", 0, 0, COMMANDS_TAKES(DEEP), "check store, anchors and mirror; the daemon may run")     \
    X(backup, "backup", "DIR", 1, 1, COMMANDS_TAKES(WITH_KEY), "copy the store to DIR; the daemon may run")    \
    X(key_new, "key new", "", 0, 0, 0, "make the issuer's key")                                                \
    X(key_import, "key import", "FILE|-", 1, 1, 0, "take over a key: 64 hex digits, or Web3 secret storage")   \
    X(key_address, "key address", "", 0, 0, 0, "print the address of the key")                                 \
    X(ask_daemon, "key authorize", "ADDRESS", 1, 1, 0, "let a further key speak for the log")                  \
    X(ask_daemon, "key deauthorize", "ADDRESS", 1, 1, 0,                                                       \
      "take a key out of the log; the key in use: end the log, in order")                                      \
    X(key_rotate, "key rotate", "[ADDRESS]", 0, 1, 0, "go over to a new key, which is made if keys are files") \
    X(key_revoke, "revoke", "HASH|ID|PROOF", 1, 1, 0, "say for ever that a credential does not count any more")    \
    X(restore, "restore", "[DIR]", 0, 1, COMMANDS_TAKES(FROM_CHAIN),                                           \
      "rebuild a lost store from mirror or backup; no daemon may run")                                         \
    X(tokencmd_create, "token create", "NAME", 1, 1, COMMANDS_TAKES(SCOPES) | COMMANDS_TAKES(RATE),           \
      "make a bearer token for the HTTP interface; it is shown once")                                          \
    X(tokencmd_list, "token list", "", 0, 0, 0, "names, scopes and rates of the tokens")                       \
    X(tokencmd_revoke, "token revoke", "NAME", 1, 1, 0, "take a token back")                                   \
    X(deploy, "deploy-registry", "", 0, 0, 0, "create the registry contract and print its address")            \
    X(completion_run, "completion", "SHELL", 1, 1, 0, "print the completion script for bash, zsh or fish")

struct commands_row {
    const char *name; /* one or two words */
    const char *arguments;
    unsigned min_args, max_args;
    uint32_t options; /* that it takes beside the common ones */
    const char *help;
};

extern const struct commands_option_row commands_options[COMMANDS_N_OPTIONS];
extern const struct commands_row commands_table[];
extern const unsigned commands_n;

/* What stands on a command line. */
struct commands_line {
    unsigned command;                       /* index into commands_table */
    const char *option[COMMANDS_N_OPTIONS]; /* NULL: not given; "" for one without a value */
    char **args;                            /* behind the command's words */
    unsigned n_args;
    struct settings settings; /* filled by main */
};

/** Take a command line apart. Prints what is wrong, the version or the help.
 *  Returns: an exit code (0 after --help and --version, 64 for a mistake), or -1 to go on. */
int commands_parse(struct commands_line *ret, int argc, char **argv);

void commands_usage(FILE *out);

#endif
