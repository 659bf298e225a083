/* The fee for the space on an L1: see l1fee.h. */
#include "daemon/l1fee.h"

#include <string.h>

#include "common/sha256.h"

#define TX_LEN 181 /* an anchor: 32 bytes of input, full prices, a signature */

static const struct seal_address ORACLE = {
    {0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0f}};
static const uint8_t SELECTOR[4] = {0x49, 0x94, 0x8e, 0x0e}; /* getL1Fee(bytes) */

struct ethrpc_request l1fee_request(const struct hash32 *value, uint8_t call[static L1FEE_CALL_LEN])
{
    uint8_t *tx = call + 68;
    struct hash32 noise = *value;
    memset(call, 0, L1FEE_CALL_LEN);
    memcpy(call, SELECTOR, sizeof SELECTOR);
    call[4 + 31] = 32;       /* the argument begins after one word */
    call[36 + 31] = TX_LEN;  /* its length */
    for (size_t i = 0; i < TX_LEN; i += sizeof noise.b) { /* nothing in it repeats */
        memcpy(tx + i, noise.b, TX_LEN - i < sizeof noise.b ? TX_LEN - i : sizeof noise.b);
        noise = sha256(noise.b, sizeof noise.b);
    }
    return (struct ethrpc_request){.method = ETHRPC_CALL,
                                   .has_to = true,
                                   .to = ORACLE,
                                   .block = ETHRPC_LATEST,
                                   .data = {call, L1FEE_CALL_LEN}};
}

/* A word as an amount; more than 128 bits is no fee. */
static bool read_word(struct slice word, wei *ret)
{
    wei amount = 0;
    for (size_t i = 0; i < 32; i++) {
        if (i < 16 && word.data[i] != 0)
            return false;
        amount = amount << 8 | word.data[i];
    }
    *ret = amount;
    return true;
}

enum l1fee l1fee_read(const struct chain_ask *ask, wei *ret)
{
    enum l1fee found = L1FEE_UNKNOWN;
    wei most = 0, amount;
    for (size_t i = 0; i < ask->n; i++) {
        struct blobs bytes = {0};
        if (ethrpc_get_bytes(&ask->replies[i], &bytes, NULL) == ERR_OK) {
            struct slice word = blobs_get(&bytes, 0);
            if (word.len == 0 && found == L1FEE_UNKNOWN)
                found = L1FEE_NONE;
            if (word.len == 32 && read_word(word, &amount)) {
                found = L1FEE_KNOWN;
                most = amount > most ? amount : most;
            }
        }
        blobs_done(&bytes);
    }
    if (found == L1FEE_KNOWN)
        *ret = most;
    return found;
}
