/* Prints the tables that the manual pages are made of, as JSON, for pages.py: the same tables that make --help and
 * --print-config. Part of the build, not of what is installed. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "common/conf.h"
#include "common/db/store_finding.h"
#include "daemon/ctl/commands.h"
#include "daemon/settings.h"
#include "daemon/signer/signerconf.h"
#include "verifier/audit/audit.h"
#include "verifier/audit/catalogue.h"
#include "verifier/canonical.h"
#include "verifier/command.h"
#include "verifier/hash.h"
#include "verifier/reasons.h"
#include "verifier/submit.h"
#include "verifier/verify.h"

static json_t *text(const char *value)
{
    return json_string(value != NULL ? value : "");
}

static json_t *ctl_options(void)
{
    json_t *list = json_array();
#define X(name, long_name, letter, value, common, help)                                                                \
    json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:b, s:s}", "name", long_name, "letter",                    \
                                          text((char[]){letter, '\0'}), "value", text(value), "common", common,        \
                                          "help", help));
    COMMANDS_OPTIONS(X)
#undef X
    return list;
}

static json_t *ctl_commands(void)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < commands_n; i++) {
        const struct commands_row *row = &commands_table[i];
        json_t *options = json_array();
#define X(name, long_name, letter, value, common, help)                                                                \
    if (row->options & COMMANDS_TAKES(name))                                                                           \
        json_array_append_new(options, json_string(long_name));
        COMMANDS_OPTIONS(X)
#undef X
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:s}", "name", row->name, "arguments", row->arguments, "options",
                                              options, "help", row->help));
    }
    return list;
}

static json_t *settings(const struct conf_table *table)
{
    json_t *list = json_array();
    for (size_t i = 0; i < table->n; i++) {
        const struct conf_item *item = &table->items[i];
        json_t *choices = json_array();
        for (const char *const *choice = item->choices; choice != NULL && *choice != NULL; choice++)
            json_array_append_new(choices, json_string(*choice));
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:b, s:b, s:o, s:s}", "section", item->section, "key", item->key,
                                              "default", item->initial, "list", item->type == CONF_LIST, "reload", item->reload,
                                              "choices", choices, "help", item->help));
    }
    return list;
}

static json_t *findings(void)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < STORE_FINDING_N; i++) {
        const struct store_finding_info *info = store_finding_info((enum store_finding_code)i);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "code", info->code, "text", info->text, "remedy", info->remedy));
    }
    return list;
}

static json_t *audit_findings(void)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < FINDING_CODES; i++) {
        const struct catalogue_row *row = catalogue_row((enum finding_code)i);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "code", row->code, "name", row->name, "severity",
                                              catalogue_severity_word(row->severity, CATALOGUE_ENGLISH), "text",
                                              row->sentence[CATALOGUE_ENGLISH]));
    }
    return list;
}

static json_t *reasons(void)
{
    json_t *list = json_array();
#define X(name, code, step, effect, mender, english, french)                                                           \
    json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "code", code, "english", english, "french", french));
    REASONS(X)
#undef X
    return list;
}

static json_t *verifier(void)
{
    static const struct command *const COMMANDS[] = {&verify_command, &submit_command, &hash_command, &canonical_command,
                                                     &audit_command};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", COMMANDS[i]->name, "arguments", COMMANDS[i]->arguments,
                                              "summary", COMMANDS[i]->summary));
    return list;
}

int main(void)
{
    json_t *all = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "version", HALLMARK_VERSION, "ctlOptions", ctl_options(),
                            "ctlCommands", ctl_commands(), "settings", settings(&settings_table), "signerSettings",
                            settings(&signerconf_table), "findings", findings(), "reasons", reasons(), "verifier", verifier(),
                            "auditFindings", audit_findings());
    int rc = json_dumpf(all, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(all);
    return rc != 0;
}
