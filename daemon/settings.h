/* The settings of hallmarkd and hallmarkctl: hallmarkd.conf as one value.
 *
 * The table of every key, with type, range, default and help, is in settings.c. Amounts are in wei,
 * times in milliseconds, sizes in bytes.
 */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include "common/conf.h"
#include "common/err.h"
#include "common/wei.h"
#include "daemon/core/fee.h"

#define SETTINGS_PATH "/etc/hallmark/hallmarkd.conf"

enum settings_anchor_to { SETTINGS_TO_REGISTRY, SETTINGS_TO_SELF };
enum settings_web3_api { SETTINGS_WEB3_REST, SETTINGS_WEB3_JSON_RPC };
enum settings_finality { SETTINGS_BY_TAG, SETTINGS_BY_DEPTH };

struct settings {
    char log_name[CONF_TEXT_MAX];
    struct {
        char path[CONF_TEXT_MAX];
        uint64_t map_size;
        char mirror[CONF_TEXT_MAX]; /* "": none */
    } store;
    struct {
        char listen[CONF_TEXT_MAX];
        uint64_t max_body, max_bulk_body, max_connections, request_timeout;
        char tokens_file[CONF_TEXT_MAX], tls_cert[CONF_TEXT_MAX], tls_key[CONF_TEXT_MAX];
    } http;
    struct {
        uint64_t max_age, max_leaves, min_interval, heartbeat; /* heartbeat 0: off */
    } batch;
    struct {
        struct conf_list rpc;
        uint64_t chain_id;
        struct conf_address registry;
        unsigned anchor_to; /* enum settings_anchor_to */
        unsigned finality;  /* enum settings_finality */
        uint64_t confirmations, quorum, poll;
    } chain;
    struct {
        wei max_fee_per_gas, min_priority_fee, max_priority_fee, daily_budget;
        uint64_t bump_after;
    } fees;
    struct {
        char file[CONF_TEXT_MAX], passphrase_file[CONF_TEXT_MAX];
        char signer[CONF_TEXT_MAX], web3signer[CONF_TEXT_MAX];
        unsigned web3signer_api; /* enum settings_web3_api */
        struct conf_address address;
    } key;
    struct {
        char socket[CONF_TEXT_MAX];
    } control;
};

/* What the settings must be good for. */
enum settings_use {
    SETTINGS_FOR_CHECK,  /* --check-config, hallmarkctl key, deploy-registry: no registry yet */
    SETTINGS_FOR_DAEMON, /* everything that hallmarkd needs to run */
};

extern const struct conf_table settings_table;

/** Read and check a file.
 *
 *  In:      path  NULL: the defaults alone
 *  Out:     ret     complete whatever is returned
 *           report  zeroed by the caller; every error with file and line
 *  Returns: ERR_OK; ERR_INVALID with the report filled; ERR_NOT_FOUND, ERR_IO, ERR_LIMIT, ERR_NOMEM.
 */
enum err_code settings_read(struct settings *ret, const char *path, enum settings_use use,
                            struct conf_report *report, struct err *e);

/** Section [fees] as the decisions want it. */
struct fee_policy settings_fee_policy(const struct settings *s);

/** Whether a listen address stays on this machine: 127.0.0.0/8, [::1] or localhost. */
bool settings_is_loopback(const char *listen);

/** What a reload would change.
 *  Out:     ret_restart  how many rows differ that need a restart
 *  Returns: a text, one "section.key" a line with a remark, the caller frees; NULL if nothing differs.
 */
char *settings_difference(const struct settings *now, const struct settings *next, unsigned *ret_restart);

/** Take over the rows that may change without a restart. */
void settings_take_reloadable(struct settings *now, const struct settings *next);

#endif
