/* The settings of hallmark-signer: hallmark-signer.conf as one value, from one table. Amounts in wei. */
#ifndef DAEMON_SIGNER_SIGNERCONF_H
#define DAEMON_SIGNER_SIGNERCONF_H

#include "common/conf.h"
#include "common/err.h"
#include "daemon/signer/guard.h"

#define SIGNERCONF_PATH "/etc/hallmark-signer/hallmark-signer.conf"

enum signerconf_anchor_to { SIGNERCONF_TO_REGISTRY, SIGNERCONF_TO_SELF };

struct signerconf {
    struct {
        char socket[CONF_TEXT_MAX], state[CONF_TEXT_MAX];
        struct conf_list user;
    } signer;
    struct {
        struct conf_list file;
        char passphrase_file[CONF_TEXT_MAX];
    } key;
    struct {
        uint64_t chain_id;
        struct conf_address registry;
        unsigned anchor_to; /* enum signerconf_anchor_to */
    } chain;
    struct {
        wei max_fee_per_gas, daily_budget;
        uint64_t max_gas;
    } limits;
};

extern const struct conf_table signerconf_table;

/** Read and check a file.
 *  In:      path  NULL: the defaults alone
 *  Out:     ret   complete whatever is returned; report  zeroed by the caller
 *  Returns: ERR_OK; ERR_INVALID with the report filled; ERR_NOT_FOUND, ERR_IO, ERR_LIMIT, ERR_NOMEM. */
enum err_code signerconf_read(struct signerconf *ret, const char *path, struct conf_report *report, struct err *e);

/** What may be signed. */
struct guard_policy signerconf_policy(const struct signerconf *s);

#endif
