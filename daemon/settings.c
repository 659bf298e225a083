/* The settings of hallmarkd: the table of every key, and the combinations that cannot be. */
#include "daemon/settings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/limits.h"
#include "common/seal.h"

static const char *const ANCHOR_TO[] = {"registry", "self", NULL};
static const char *const WEB3_API[] = {"rest", "json-rpc", NULL};
static const char *const FINALITY[] = {"finalized", "depth", NULL};

#define MAX_GAS 200000 /* of one anchor: ten times what it needs where no layer-1 data is paid in gas */

#define MAX_SOCKET_PATH 107 /* of sockaddr_un, without its NUL */
#define AT(member) offsetof(struct settings, member)
#define SECOND 1000ull
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define K 1024ull
#define M (1024 * K)
#define G (1024 * M)
#define T (1024 * G)

/* section, key, type, place, default, min, max, choices, reload, help */
static const struct conf_item ITEMS[] = {
    {"log", "name", CONF_TEXT, AT(log_name), "", 0, 0, NULL, false,
     "The name of the log: 1 to 253 characters of a-z, 0-9, dot and dash, usually a domain\n"
     "of the certifying body. Fixed at the first start."},

    {"store", "path", CONF_TEXT, AT(store.path), "/var/lib/hallmark", 0, 0, NULL, false,
     "The folder of the store. One daemon at a time."},
    {"store", "map_size", CONF_SIZE, AT(store.map_size), "64G", M, 16 * T, NULL, false,
     "How large the store may grow. Full: new hashes get 507, reading goes on."},
    {"store", "mirror", CONF_TEXT, AT(store.mirror), "", 0, 0, NULL, false,
     "A second folder, best on another disk. Each batch is durable there before it is anchored."},

    {"http", "listen", CONF_TEXT, AT(http.listen), "127.0.0.1:8420", 0, 0, NULL, false,
     "Where to listen: ADDRESS:PORT, [IPV6]:PORT. Port 0 lets the kernel choose.\n"
     "Only loopback is allowed while tokens_file is unset."},
    {"http", "max_body", CONF_SIZE, AT(http.max_body), "1M", K, 64 * M, NULL, true,
     "Largest body of a request with one hash or with lines of hashes."},
    {"http", "max_bulk_body", CONF_SIZE, AT(http.max_bulk_body), "64M", K, G, NULL, true,
     "Largest body of a bulk request (NDJSON or raw hashes)."},
    {"http", "max_connections", CONF_INT, AT(http.max_connections), "12000", 8, 1000000, NULL, false,
     "Connections held at once. One more is closed at once."},
    {"http", "request_timeout", CONF_DURATION, AT(http.request_timeout), "30s", 100, HOUR, NULL, false,
     "A request that is not whole by then gets 408."},
    {"http", "tokens_file", CONF_TEXT, AT(http.tokens_file), "", 0, 0, NULL, true,
     "File with the SHA-256 of each bearer token and its scopes, one a line. Unset: no token is asked."},
    {"http", "tls_cert", CONF_TEXT, AT(http.tls_cert), "", 0, 0, NULL, false,
     "Certificate chain in PEM. With tls_key: HTTPS. Both files are read again on reload."},
    {"http", "tls_key", CONF_TEXT, AT(http.tls_key), "", 0, 0, NULL, false,
     "Private key of tls_cert in PEM."},

    {"batch", "max_age", CONF_DURATION, AT(batch.max_age), "10min", 100, 30 * 24 * HOUR, NULL, true,
     "A batch is closed when its oldest hash has waited this long."},
    {"batch", "max_leaves", CONF_INT, AT(batch.max_leaves), "1000000", 1, 16000000, NULL, true,
     "A batch is closed when it holds this many hashes."},
    {"batch", "min_interval", CONF_DURATION, AT(batch.min_interval), "0s", 0, 30 * 24 * HOUR, NULL, true,
     "Least time between two batches. A flush does not wait for it."},
    {"batch", "heartbeat", CONF_DURATION, AT(batch.heartbeat), "0s", 0, 366 * 24 * HOUR, NULL, true,
     "Close an empty batch after so long without one. 0s: never."},

    {"chain", "rpc", CONF_LIST, AT(chain.rpc), "http://127.0.0.1:8545", 0, 0, NULL, false,
     "JSON-RPC endpoint of an Ethereum-compatible node."},
    {"chain", "chain_id", CONF_INT, AT(chain.chain_id), "11155111", 1, UINT64_MAX / 2 - 18, NULL, false,
     "The chain (EIP-155). An endpoint of another chain is not used."},
    {"chain", "registry", CONF_ADDRESS, AT(chain.registry), "", 0, 0, NULL, false,
     "Address of the registry contract (hallmarkctl deploy-registry). Fixed at the first start."},
    {"chain", "anchor_to", CONF_CHOICE, AT(chain.anchor_to), "registry", 0, 0, ANCHOR_TO, false,
     "Send anchors to the registry, or as plain transactions to the own address."},
    {"chain", "finality", CONF_CHOICE, AT(chain.finality), "finalized", 0, 0, FINALITY, false,
     "When an anchor is final: by the chain's finalized tag, or by depth."},
    {"chain", "confirmations", CONF_INT, AT(chain.confirmations), "12", 1, 100000, NULL, false,
     "Depth in blocks, for finality = depth."},
    {"chain", "quorum", CONF_INT, AT(chain.quorum), "1", 1, CONF_LIST_MAX, NULL, false,
     "How many endpoints must agree on a block before it counts."},
    {"chain", "poll", CONF_DURATION, AT(chain.poll), "4s", 50, 10 * MINUTE, NULL, true,
     "How often to look at the chain while an anchor is under way."},

    {"fees", "max_fee_per_gas", CONF_WEI, AT(fees.max_fee_per_gas), "200gwei", 0, 1000000000, NULL, true,
     "Never offer more per gas."},
    {"fees", "min_priority_fee", CONF_WEI, AT(fees.min_priority_fee), "0.1gwei", 0, 1000000000, NULL, true,
     "Least tip per gas."},
    {"fees", "max_priority_fee", CONF_WEI, AT(fees.max_priority_fee), "3gwei", 0, 1000000000, NULL, true,
     "Largest tip per gas."},
    {"fees", "daily_budget", CONF_WEI, AT(fees.daily_budget), "0.05ether", 0, 1000000000000, NULL, true,
     "Largest sum to spend in one UTC day."},
    {"fees", "bump_after", CONF_DURATION, AT(fees.bump_after), "48s", SECOND, HOUR, NULL, true,
     "Offer more after so long without being mined."},

    {"key", "file", CONF_TEXT, AT(key.file), "/etc/hallmark/key.json", 0, 0, NULL, false,
     "The key that signs anchors: Web3 secret storage v3, mode 0600."},
    {"key", "passphrase_file", CONF_TEXT, AT(key.passphrase_file), "", 0, 0, NULL, false,
     "File with the passphrase of the key. Unset: $CREDENTIALS_DIRECTORY/passphrase."},
    {"key", "signer", CONF_TEXT, AT(key.signer), "", 0, 0, NULL, false,
     "Unix socket of hallmark-signer; then no key is read here."},
    {"key", "web3signer", CONF_TEXT, AT(key.web3signer), "", 0, 0, NULL, false,
     "URL of a web3signer; then no key is read here."},
    {"key", "web3signer_api", CONF_CHOICE, AT(key.web3signer_api), "rest", 0, 0, WEB3_API, false,
     "How to ask it: POST /api/v1/eth1/sign/{key}, or eth_signTransaction by JSON-RPC."},
    {"key", "address", CONF_ADDRESS, AT(key.address), "", 0, 0, NULL, false,
     "Which key a new log begins with, if the signer holds several. Looked at once, at the first start."},

    {"control", "socket", CONF_TEXT, AT(control.socket), "/run/hallmark/control.sock", 0, 0, NULL, false,
     "Unix socket of hallmarkctl."},
};

const struct conf_table settings_table = {ITEMS, sizeof ITEMS / sizeof *ITEMS};

bool settings_is_loopback(const char *listen)
{
    char host[CONF_TEXT_MAX];
    struct in_addr address;
    const char *colon = strrchr(listen, ':');
    size_t len = colon != NULL ? (size_t)(colon - listen) : strlen(listen);
    if (len >= sizeof host)
        return false;
    memcpy(host, listen, len);
    host[len] = '\0';
    return strcmp(host, "[::1]") == 0 || strcmp(host, "localhost") == 0 ||
           (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

struct check {
    const char *name;
    const struct settings *s;
    struct conf_report *report;
};

#define COMPLAIN(c, section, key, ...) conf_complain(&settings_table, (c)->report, (c)->name, section, key, __VA_ARGS__)

static void check_url(const struct check *c, const char *key, const char *url)
{
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        COMPLAIN(c, strcmp(key, "rpc") == 0 ? "chain" : "key", key, "must begin with http:// or https://");
}

static void check_http(const struct check *c)
{
    const struct settings *s = c->s;
    const char *colon = strrchr(s->http.listen, ':');
    char *end = NULL;
    unsigned long port = colon != NULL ? strtoul(colon + 1, &end, 10) : 0;
    if (colon == NULL || colon == s->http.listen || end == colon + 1 || *end != '\0' || port > 65535)
        COMPLAIN(c, "http", "listen", "expected ADDRESS:PORT");
    else if (s->http.tokens_file[0] == '\0' && !settings_is_loopback(s->http.listen))
        COMPLAIN(c, "http", "listen", "only loopback is allowed without tokens_file: anybody could write");
    if ((s->http.tls_cert[0] == '\0') != (s->http.tls_key[0] == '\0'))
        COMPLAIN(c, "http", s->http.tls_cert[0] != '\0' ? "tls_cert" : "tls_key",
                 "tls_cert and tls_key go together");
    if (s->http.max_bulk_body < s->http.max_body)
        COMPLAIN(c, "http", "max_bulk_body", "must not be below max_body");
}

static void check_chain(const struct check *c, enum settings_use use)
{
    const struct settings *s = c->s;
    if (s->chain.rpc.n == 0)
        COMPLAIN(c, "chain", "rpc", "at least one endpoint is needed");
    for (unsigned i = 0; i < s->chain.rpc.n; i++)
        check_url(c, "rpc", s->chain.rpc.item[i]);
    if (s->chain.quorum > s->chain.rpc.n)
        COMPLAIN(c, "chain", "quorum", "larger than the number of endpoints");
    if (use == SETTINGS_FOR_DAEMON && s->chain.anchor_to == SETTINGS_TO_REGISTRY && !s->chain.registry.set)
        COMPLAIN(c, "chain", "registry", "needed while anchor_to = registry; see hallmarkctl deploy-registry");
    if (s->fees.min_priority_fee > s->fees.max_priority_fee)
        COMPLAIN(c, "fees", "min_priority_fee", "larger than max_priority_fee");
    if (s->fees.max_priority_fee > s->fees.max_fee_per_gas)
        COMPLAIN(c, "fees", "max_priority_fee", "larger than max_fee_per_gas");
}

static void check_key(const struct check *c)
{
    const struct settings *s = c->s;
    if (s->key.web3signer[0] != '\0')
        check_url(c, "web3signer", s->key.web3signer);
    if (s->key.signer[0] != '\0' && (s->key.signer[0] != '/' || strlen(s->key.signer) > MAX_SOCKET_PATH))
        COMPLAIN(c, "key", "signer", "expected an absolute path of at most %d bytes", MAX_SOCKET_PATH);
    if (s->key.web3signer[0] != '\0' && s->key.signer[0] != '\0')
        COMPLAIN(c, "key", "web3signer", "signer is set too; choose one");
    if (s->key.web3signer[0] == '\0' && s->key.signer[0] == '\0' && s->key.file[0] == '\0')
        COMPLAIN(c, "key", "file", "a key file, a signer or a web3signer is needed");
    if (s->control.socket[0] != '/' || strlen(s->control.socket) > MAX_SOCKET_PATH)
        COMPLAIN(c, "control", "socket", "expected an absolute path of at most %d bytes", MAX_SOCKET_PATH);
}

static void check_all(const struct check *c, enum settings_use use)
{
    const struct settings *s = c->s;
    if (!seal_name_ok(s->log_name, strlen(s->log_name)) && (use == SETTINGS_FOR_DAEMON || s->log_name[0] != '\0'))
        COMPLAIN(c, "log", "name", "expected 1 to 253 characters of a-z, 0-9, dot and dash");
    if (s->store.path[0] == '\0')
        COMPLAIN(c, "store", "path", "must be set");
    if (s->store.mirror[0] != '\0' && strcmp(s->store.mirror, s->store.path) == 0)
        COMPLAIN(c, "store", "mirror", "must be another folder than path");
    check_http(c);
    check_chain(c, use);
    check_key(c);
}

/* A whole file, at most LIMITS_CONFIG_BYTES. */
static enum err_code read_file(const char *path, char **ret_text, size_t *ret_len, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "open %s: %s", path, strerror(errno));
    char *text = malloc(LIMITS_CONFIG_BYTES + 1);
    size_t len = 0;
    ssize_t got = -1;
    while (text != NULL && len <= LIMITS_CONFIG_BYTES &&
           (got = read(fd, text + len, LIMITS_CONFIG_BYTES + 1 - len)) > 0)
        len += (size_t)got;
    enum err_code rc = ERR_OK;
    if (text == NULL)
        rc = err_set(e, ERR_NOMEM, "read %s: out of memory", path);
    else if (got < 0)
        rc = err_set(e, ERR_IO, "read %s: %s", path, strerror(errno));
    else if (len > LIMITS_CONFIG_BYTES)
        rc = err_set(e, ERR_LIMIT, "%s is larger than 1 MiB", path);
    close(fd);
    if (rc != ERR_OK) {
        free(text);
        return rc;
    }
    *ret_text = text;
    *ret_len = len;
    return ERR_OK;
}

enum err_code settings_read(struct settings *ret, const char *path, enum settings_use use,
                            struct conf_report *report, struct err *e)
{
    memset(ret, 0, sizeof *ret);
    conf_defaults(&settings_table, ret);
    if (path != NULL) {
        char *text = NULL;
        size_t len = 0;
        enum err_code rc = read_file(path, &text, &len, e);
        if (rc != ERR_OK)
            return rc;
        conf_parse(&settings_table, ret, text, len, path, report);
        free(text);
    }
    struct check c = {.name = path != NULL ? path : "defaults", .s = ret, .report = report};
    check_all(&c, use);
    if (report->errors > 0)
        return err_set(e, ERR_INVALID, "%s: %u error%s", c.name, report->errors, report->errors == 1 ? "" : "s");
    return ERR_OK;
}

char *settings_difference(const struct settings *now, const struct settings *next, unsigned *ret_restart)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    *ret_restart = 0;
    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < settings_table.n; i++) {
        const struct conf_item *item = &settings_table.items[i];
        if (conf_same(item, now, next))
            continue;
        *ret_restart += !item->reload;
        fprintf(out, "%s.%s%s\n", item->section, item->key, item->reload ? "" : " (needs a restart)");
    }
    if (fclose(out) != 0 || len == 0) {
        free(text);
        return NULL;
    }
    return text;
}

void settings_take_reloadable(struct settings *now, const struct settings *next)
{
    for (size_t i = 0; i < settings_table.n; i++)
        if (settings_table.items[i].reload)
            conf_copy(&settings_table.items[i], now, next);
}

static uint64_t per_gas(wei amount)
{
    return amount > UINT64_MAX ? UINT64_MAX : (uint64_t)amount;
}

struct fee_policy settings_fee_policy(const struct settings *s)
{
    return (struct fee_policy){
        .max_fee_per_gas = per_gas(s->fees.max_fee_per_gas),
        .min_priority_fee = per_gas(s->fees.min_priority_fee),
        .max_priority_fee = per_gas(s->fees.max_priority_fee),
        .max_gas = MAX_GAS,
        .daily_budget = s->fees.daily_budget,
    };
}
