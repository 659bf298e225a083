/* CBOR: what is read is written again byte for byte, because only the shortest form is read; and the
 * derived proofs of ecdsa-sd-2023, which are made of it. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/cbor.h"
#include "verifier/keys/selective.h"

/* All items in a row, arrays and maps by their heads. */
static void check_items(const uint8_t *data, size_t len)
{
    struct bytes_reader r = bytes_reader(data, len);
    uint8_t *copy = malloc(len + 16);
    struct bytes_writer w = bytes_writer(copy, len + 16);
    while (bytes_left(&r) > 0 && !r.failed) {
        enum cbor_type type = cbor_peek(&r);
        size_t at = r.pos;
        if (type == CBOR_OTHER)
            break;
        if (type == CBOR_BYTES || type == CBOR_TEXT) {
            struct slice s = cbor_get_string(&r, type);
            if (r.failed)
                break;
            cbor_put(&w, type, s.len);
            bytes_put(&w, s.data, s.len);
        } else {
            uint64_t value = cbor_get(&r, type);
            if (r.failed)
                break;
            cbor_put(&w, type, value);
        }
        fuzz_assert(r.pos > at && !w.failed && w.len == r.pos && memcmp(copy, data, w.len) == 0);
    }
    free(copy);
}

static void check_integer(const uint8_t *data, size_t len)
{
    struct bytes_reader r = bytes_reader(data, len);
    enum cbor_type type = cbor_peek(&r);
    int64_t value = cbor_get_int(&r);
    if (!r.failed)
        fuzz_assert(type == (value < 0 ? CBOR_NEGATIVE : CBOR_UINT));
}

static void check_proof(const uint8_t *data, size_t len)
{
    static const char DOCUMENT[] = "_:c14n0 <urn:p> _:c14n1 .\n_:c14n1 <urn:p> \"x\" .\n";
    struct selective_proof p;
    struct arena arena;
    struct key key;
    struct hash32 hash = {{0}};
    enum signature_answer answer = SIGNATURE_WRONG;
    arena_init(&arena, (size_t)64 << 20);
    if (selective_read(&arena, (struct slice){data, len}, &p, NULL) == ERR_OK) {
        fuzz_assert(p.n_signatures <= SELECTIVE_MAX_ITEMS && p.key.kind == KEY_P256);
        for (size_t i = 0; i < p.n_labels; i++)
            fuzz_assert(p.labels[i].len == 32);
        key = p.key;
        if (selective_check(&arena, &p, &hash, slice_of(DOCUMENT), &key, &answer, NULL) == ERR_OK)
            fuzz_assert(p.n_signatures + p.n_mandatory == 2);
    }
    arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    check_items(data, len);
    check_integer(data, len);
    check_proof(data, len);
    return 0;
}
