/* Calldata and events of the registry contract: see registry.h. */
#include "common/registry.h"

/* The Keccak of each signature; tests/unit/test_registry computes them again. */
static const struct hash32 TOPICS[REGISTRY_N_EVENTS] = {
    [REGISTRY_ANCHORED] = {{0xcd, 0xfd, 0x8c, 0x88, 0xd2, 0x5a, 0x86, 0xe1, 0xd4, 0x94, 0x52,
                            0xdc, 0x0a, 0xe5, 0x5d, 0xe5, 0x68, 0x01, 0xc9, 0xcf, 0x37, 0xd5,
                            0xb9, 0x30, 0xdc, 0x38, 0x93, 0xc3, 0x2d, 0x5e, 0x0b, 0x1e}},
    [REGISTRY_KEY_ADDED] = {{0x1c, 0xba, 0x16, 0xf2, 0x93, 0x86, 0x7e, 0x19, 0x25, 0xb7, 0xa2,
                             0x07, 0xaa, 0xb7, 0x37, 0x88, 0x0d, 0xa0, 0x95, 0x03, 0x99, 0x0d,
                             0xae, 0xba, 0x9c, 0x28, 0xc4, 0x9d, 0xd2, 0x81, 0x41, 0x49}},
    [REGISTRY_KEY_REMOVED] = {{0x86, 0x81, 0xf0, 0x43, 0x5e, 0xde, 0x2f, 0x6d, 0x49, 0xfd, 0x1f,
                               0x17, 0x9a, 0x19, 0x75, 0x9e, 0x8d, 0x35, 0x58, 0x84, 0x1a, 0x76,
                               0xda, 0xca, 0x31, 0xbd, 0x3f, 0x59, 0xde, 0x4a, 0x00, 0x10}},
    [REGISTRY_REVOKED] = {{0x5b, 0xc2, 0xba, 0xf8, 0x70, 0xc5, 0xba, 0xf1, 0x89, 0x83, 0x8b,
                           0x5e, 0x0b, 0x0e, 0x3b, 0x04, 0xa3, 0x26, 0x3e, 0x2d, 0xf5, 0xd3,
                           0x05, 0xd1, 0xc1, 0x5f, 0x3e, 0x60, 0x22, 0xf5, 0xdc, 0x45}},
};

#define SELECTOR_LEN 4
static const uint8_t AUTHORIZE[SELECTOR_LEN] = {0xb6, 0xa5, 0xd7, 0xde};
static const uint8_t DEAUTHORIZE[SELECTOR_LEN] = {0x27, 0xc9, 0x7f, 0xa5};
static const uint8_t REVOKE[SELECTOR_LEN] = {0xb7, 0x5c, 0x7d, 0xc6};

#define ADDRESS_AT (sizeof(struct hash32) - sizeof(struct seal_address)) /* zeros stand before it */

struct hash32 registry_topic(enum registry_what what)
{
    return TOPICS[what];
}

struct hash32 registry_word(const struct seal_address *address)
{
    struct hash32 word = {0};
    memcpy(word.b + ADDRESS_AT, address->b, sizeof address->b);
    return word;
}

static bool read_address(struct seal_address *ret, const struct hash32 *word)
{
    memcpy(ret->b, word->b + ADDRESS_AT, sizeof ret->b);
    struct hash32 again = registry_word(ret);
    return hash32_equal(&again, word);
}

/* Take the two indexed arguments apart. */
static bool read_arguments(struct registry_event *ret, const struct hash32 *first,
                           const struct hash32 *second)
{
    switch (ret->what) {
    case REGISTRY_ANCHORED:
    case REGISTRY_REVOKED:
        ret->value = *first;
        return read_address(&ret->issuer, second);
    case REGISTRY_KEY_ADDED:
    case REGISTRY_KEY_REMOVED:
        return read_address(&ret->issuer, first) && read_address(&ret->key, second);
    }
    return false;
}

bool registry_read(struct registry_event *ret, const struct ethreceipt_log *log,
                   const struct seal_address *registry)
{
    if (memcmp(log->address.b, registry->b, sizeof registry->b) != 0 || log->n_topics != 3 ||
        log->data.len != 0)
        return false;
    for (int i = 0; i < REGISTRY_N_EVENTS; i++) {
        if (!hash32_equal(&log->topics[0], &TOPICS[i]))
            continue;
        struct registry_event event = {.what = (enum registry_what)i};
        if (!read_arguments(&event, &log->topics[1], &log->topics[2]))
            return false;
        *ret = event;
        return true;
    }
    return false;
}

bool registry_has_anchored(const struct ethreceipt_log *logs, size_t n,
                           const struct seal_address *registry, const struct hash32 *root,
                           const struct seal_address *sender)
{
    struct registry_event event;
    for (size_t i = 0; i < n; i++)
        if (registry_read(&event, &logs[i], registry) && event.what == REGISTRY_ANCHORED &&
            hash32_equal(&event.value, root) &&
            memcmp(event.issuer.b, sender->b, sizeof sender->b) == 0)
            return true;
    return false;
}

static void put_call(uint8_t *ret, const uint8_t selector[static SELECTOR_LEN],
                     const struct hash32 *argument)
{
    memcpy(ret, selector, SELECTOR_LEN);
    memcpy(ret + SELECTOR_LEN, argument->b, sizeof argument->b);
}

void registry_put_authorize(uint8_t ret[static REGISTRY_CALL_LEN], const struct seal_address *key)
{
    struct hash32 word = registry_word(key);
    put_call(ret, AUTHORIZE, &word);
}

void registry_put_deauthorize(uint8_t ret[static REGISTRY_CALL_LEN], const struct seal_address *key)
{
    struct hash32 word = registry_word(key);
    put_call(ret, DEAUTHORIZE, &word);
}

void registry_put_revoke(uint8_t ret[static REGISTRY_CALL_LEN], const struct hash32 *id)
{
    put_call(ret, REVOKE, id);
}
