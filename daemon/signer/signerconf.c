/* The settings of hallmark-signer: see signerconf.h. */
#include "daemon/signer/signerconf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/limits.h"
#include "daemon/io/secret.h"

static const char *const ANCHOR_TO[] = {"registry", "self", NULL};

#define MAX_SOCKET_PATH 107 /* of sockaddr_un, without its NUL */
#define AT(member) offsetof(struct signerconf, member)

/* section, key, type, place, default, min, max, choices, reload, help */
static const struct conf_item ITEMS[] = {
    {"signer", "socket", CONF_TEXT, AT(signer.socket), "/run/hallmark-signer.sock", 0, 0, NULL, false,
     "Unix socket to listen on, unless systemd hands one over. hallmarkd names it in [key] signer."},
    {"signer", "user", CONF_LIST, AT(signer.user), "hallmark", 0, 0, NULL, false,
     "Who may ask for signatures: a user's name or number. Everybody else is refused."},
    {"signer", "state", CONF_TEXT, AT(signer.state), "/var/lib/hallmark-signer/state", 0, 0, NULL, false,
     "What was signed, and the budget of the day. Never copy an old one back: a nonce could be signed twice."},

    {"key", "file", CONF_LIST, AT(key.file), "/etc/hallmark-signer/key.json", 0, 0, NULL, false,
     "A key: Web3 secret storage v3, mode 0600. Two while a key is being rotated."},
    {"key", "passphrase_file", CONF_TEXT, AT(key.passphrase_file), "", 0, 0, NULL, false,
     "File with the passphrase of the keys. Unset: $CREDENTIALS_DIRECTORY/passphrase."},

    {"chain", "chain_id", CONF_INT, AT(chain.chain_id), "11155111", 1, UINT64_MAX / 2 - 18, NULL, false,
     "Only transactions for this chain are signed."},
    {"chain", "registry", CONF_ADDRESS, AT(chain.registry), "", 0, 0, NULL, false,
     "Only transactions to this address are signed."},
    {"chain", "anchor_to", CONF_CHOICE, AT(chain.anchor_to), "registry", 0, 0, ANCHOR_TO, false,
     "registry, or self: anchors go to the key's own address, and nothing else is signed."},

    {"limits", "max_fee_per_gas", CONF_WEI, AT(limits.max_fee_per_gas), "200gwei", 0, 1000000000, NULL, false,
     "Sign no higher fee per gas."},
    {"limits", "max_gas", CONF_INT, AT(limits.max_gas), "200000", 21000, 16777216, NULL, false,
     "Sign no higher gas limit."},
    {"limits", "daily_budget", CONF_WEI, AT(limits.daily_budget), "0.15ether", 0, 1000000000000, NULL, false,
     "Worst case of all that is signed in one UTC day: gas limit times fee cap of each nonce.\n"
     "About three times what is really spent."},
};

const struct conf_table signerconf_table = {ITEMS, sizeof ITEMS / sizeof *ITEMS};

static void check(const struct signerconf *s, const char *name, struct conf_report *report)
{
    if (s->signer.socket[0] != '/' || strlen(s->signer.socket) > MAX_SOCKET_PATH)
        conf_complain(&signerconf_table, report, name, "signer", "socket", "expected an absolute path of at most %d bytes",
                      MAX_SOCKET_PATH);
    if (s->signer.state[0] != '/')
        conf_complain(&signerconf_table, report, name, "signer", "state", "expected an absolute path");
    if (s->chain.anchor_to == SIGNERCONF_TO_REGISTRY && !s->chain.registry.set)
        conf_complain(&signerconf_table, report, name, "chain", "registry", "needed while anchor_to = registry");
}

static enum err_code read_file(const char *path, char *text, size_t *ret_len, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "open %s: %s", path, strerror(errno));
    enum err_code rc = secret_read_fd(fd, path, text, LIMITS_CONFIG_BYTES, ret_len, e);
    close(fd);
    return rc;
}

enum err_code signerconf_read(struct signerconf *ret, const char *path, struct conf_report *report, struct err *e)
{
    conf_defaults(&signerconf_table, ret);
    const char *name = path != NULL ? path : "defaults";
    enum err_code rc = ERR_OK;
    if (path != NULL) {
        size_t len = 0;
        char *text = malloc(LIMITS_CONFIG_BYTES);
        rc = text == NULL ? err_set(e, ERR_NOMEM, "out of memory") : read_file(path, text, &len, e);
        if (rc == ERR_OK)
            rc = conf_parse(&signerconf_table, ret, text, len, name, report);
        free(text);
        if (rc != ERR_OK && rc != ERR_INVALID)
            return rc;
    }
    check(ret, name, report);
    return report->errors > 0 ? err_set(e, ERR_INVALID, "%s: %u errors", name, report->errors) : rc;
}

struct guard_policy signerconf_policy(const struct signerconf *s)
{
    struct guard_policy policy = {
        .chain_id = s->chain.chain_id,
        .to_self = s->chain.anchor_to == SIGNERCONF_TO_SELF,
        .max_fee_per_gas = (uint64_t)s->limits.max_fee_per_gas,
        .max_gas = s->limits.max_gas,
        .daily_budget = s->limits.daily_budget,
    };
    memcpy(policy.registry.b, s->chain.registry.b, sizeof policy.registry.b);
    return policy;
}
