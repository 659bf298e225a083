/* Transaction receipts: see ethreceipt.h. */
#include "common/ethreceipt.h"

#include <stdlib.h>

#include "common/keccak.h"
#include "common/rlp.h"

#define LEGACY 0

static void put_log(struct bytes_writer *w, const struct ethreceipt_log *log)
{
    size_t list = rlp_open(w);
    rlp_put_bytes(w, log->address.b, sizeof log->address.b);
    size_t topics = rlp_open(w);
    for (size_t i = 0; i < log->n_topics; i++)
        rlp_put_bytes(w, log->topics[i].b, sizeof log->topics[i].b);
    rlp_close(w, topics);
    rlp_put_bytes(w, log->data.data, log->data.len);
    rlp_close(w, list);
}

void ethreceipt_put(struct bytes_writer *w, const struct ethreceipt *receipt)
{
    if (receipt->type != LEGACY)
        bytes_put_u8(w, receipt->type);
    size_t list = rlp_open(w);
    if (receipt->has_status)
        rlp_put_u64(w, receipt->ok);
    else
        rlp_put_bytes(w, receipt->state_root.b, sizeof receipt->state_root.b);
    rlp_put_u64(w, receipt->cumulative_gas);
    rlp_put_bytes(w, receipt->bloom, sizeof receipt->bloom);
    size_t logs = rlp_open(w);
    for (size_t i = 0; i < receipt->n_logs; i++)
        put_log(w, &receipt->logs[i]);
    rlp_close(w, logs);
    for (size_t i = 0; i < receipt->n_deposit; i++)
        rlp_put_u64(w, receipt->deposit[i]);
    rlp_close(w, list);
}

static void read_status(struct rlp_reader *r, struct ethreceipt *ret)
{
    struct slice s = rlp_get_bytes(r);
    ret->has_status = s.len < 2;
    ret->ok = s.len == 1;
    if (s.len == 1 && s.data[0] != 1)
        rlp_fail(r, ERR_PARSE, "a status is neither 0 nor 1");
    else if (s.len == sizeof ret->state_root.b)
        memcpy(ret->state_root.b, s.data, s.len);
    else if (s.len > 1)
        rlp_fail(r, ERR_PARSE, "a state root is not of 32 bytes");
}

static void read_log(struct rlp_reader *r, struct ethreceipt_log *log)
{
    rlp_enter(r);
    rlp_get_fixed(r, log->address.b, sizeof log->address.b);
    rlp_enter(r);
    while (rlp_more(r) && log->n_topics < ETHRECEIPT_MAX_TOPICS) {
        struct hash32 *topic = &log->topics[log->n_topics++];
        rlp_get_fixed(r, topic->b, sizeof topic->b);
    }
    rlp_leave(r);
    log->data = rlp_get_bytes(r);
    rlp_leave(r);
}

/* Logs are counted first, on a copy of the reader, so that they are allocated once. */
static size_t count_items(struct rlp_reader r)
{
    size_t n = 0;
    for (rlp_enter(&r); rlp_more(&r); n++)
        rlp_skip(&r);
    return r.failed == ERR_OK ? n : 0;
}

static enum err_code read_logs(struct rlp_reader *r, struct ethreceipt *ret, struct err *e)
{
    ret->n_logs = count_items(*r);
    ret->logs = calloc(ret->n_logs + 1, sizeof *ret->logs);
    if (ret->logs == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    rlp_enter(r);
    for (size_t i = 0; i < ret->n_logs; i++)
        read_log(r, &ret->logs[i]);
    rlp_leave(r);
    return ERR_OK;
}

enum err_code ethreceipt_decode(struct ethreceipt *ret, const uint8_t *raw, size_t len, struct err *e)
{
    struct ethreceipt out = {0};
    bool typed = len > 0 && raw[0] < 0x80;
    if (typed && raw[0] == LEGACY)
        return err_set(e, ERR_PARSE, "receipt: the type is 0");
    if (typed)
        out.type = raw[0];
    struct rlp_reader r = rlp_reader(raw + typed, len - typed);
    rlp_enter(&r);
    read_status(&r, &out);
    out.cumulative_gas = rlp_get_u64(&r);
    rlp_get_fixed(&r, out.bloom, sizeof out.bloom);
    enum err_code rc = read_logs(&r, &out, e);
    while (rc == ERR_OK && out.type == ETHRECEIPT_DEPOSIT && rlp_more(&r) && out.n_deposit < 2)
        out.deposit[out.n_deposit++] = rlp_get_u64(&r);
    if (rc == ERR_OK) {
        rlp_leave(&r);
        rc = rlp_finish(&r, "receipt", e);
    }
    if (rc != ERR_OK)
        ethreceipt_done(&out);
    else
        *ret = out;
    return rc;
}

void ethreceipt_done(struct ethreceipt *receipt)
{
    free(receipt->logs);
    receipt->logs = NULL;
    receipt->n_logs = 0;
}

/* The three bits of a value: the low 11 bits of the first three pairs of bytes of its hash. */
static void bloom_bits(unsigned ret[3], const void *value, size_t len)
{
    struct hash32 h = keccak_256(value, len);
    for (size_t i = 0; i < 3; i++)
        ret[i] = (unsigned)(h.b[2 * i] << 8 | h.b[2 * i + 1]) % (8 * ETHRECEIPT_BLOOM_LEN);
}

static void bloom_add(uint8_t *bloom, const void *value, size_t len)
{
    unsigned bits[3];
    bloom_bits(bits, value, len);
    for (size_t i = 0; i < 3; i++)
        bloom[ETHRECEIPT_BLOOM_LEN - 1 - bits[i] / 8] |= (uint8_t)(1u << bits[i] % 8);
}

void ethreceipt_bloom(uint8_t ret[static ETHRECEIPT_BLOOM_LEN], const struct ethreceipt_log *logs,
                      size_t n)
{
    memset(ret, 0, ETHRECEIPT_BLOOM_LEN);
    for (size_t i = 0; i < n; i++) {
        bloom_add(ret, logs[i].address.b, sizeof logs[i].address.b);
        for (size_t j = 0; j < logs[i].n_topics; j++)
            bloom_add(ret, logs[i].topics[j].b, sizeof logs[i].topics[j].b);
    }
}

bool ethreceipt_bloom_has(const uint8_t bloom[static ETHRECEIPT_BLOOM_LEN], const void *value,
                          size_t len)
{
    unsigned bits[3];
    bloom_bits(bits, value, len);
    for (size_t i = 0; i < 3; i++)
        if ((bloom[ETHRECEIPT_BLOOM_LEN - 1 - bits[i] / 8] & 1u << bits[i] % 8) == 0)
            return false;
    return true;
}
