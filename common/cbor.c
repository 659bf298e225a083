/* CBOR heads: see cbor.h. */
#include "common/cbor.h"

/* The low five bits of a head: below 24 the value, 24 … 27 the number of bytes that hold it. */
enum { IN_1_BYTE = 24, IN_2_BYTES, IN_4_BYTES, IN_8_BYTES };

void cbor_put(struct bytes_writer *w, enum cbor_type type, uint64_t value)
{
    uint8_t major = (uint8_t)(type << 5);
    if (value < IN_1_BYTE) {
        bytes_put_u8(w, (uint8_t)(major | value));
    } else if (value <= UINT8_MAX) {
        bytes_put_u8(w, major | IN_1_BYTE);
        bytes_put_u8(w, (uint8_t)value);
    } else if (value <= UINT16_MAX) {
        bytes_put_u8(w, major | IN_2_BYTES);
        bytes_put_u8(w, (uint8_t)(value >> 8));
        bytes_put_u8(w, (uint8_t)value);
    } else if (value <= UINT32_MAX) {
        bytes_put_u8(w, major | IN_4_BYTES);
        bytes_put_u32(w, (uint32_t)value);
    } else {
        bytes_put_u8(w, major | IN_8_BYTES);
        bytes_put_u64(w, value);
    }
}

enum cbor_type cbor_peek(const struct bytes_reader *r)
{
    if (bytes_left(r) == 0)
        return CBOR_OTHER;
    unsigned major = r->data[r->pos] >> 5;
    return major < CBOR_OTHER ? (enum cbor_type)major : CBOR_OTHER;
}

static uint64_t get_u16(struct bytes_reader *r)
{
    uint64_t high = bytes_get_u8(r);
    return high << 8 | bytes_get_u8(r);
}

uint64_t cbor_get(struct bytes_reader *r, enum cbor_type type)
{
    enum cbor_type found = cbor_peek(r);
    unsigned low = bytes_get_u8(r) & 31u;
    uint64_t value = low, least = 0; /* the least value that needs this form */
    switch (low) {
    case IN_1_BYTE: value = bytes_get_u8(r), least = IN_1_BYTE; break;
    case IN_2_BYTES: value = get_u16(r), least = 1u << 8; break;
    case IN_4_BYTES: value = bytes_get_u32(r), least = 1u << 16; break;
    case IN_8_BYTES: value = bytes_get_u64(r), least = UINT64_C(1) << 32; break;
    }
    if (found != type || found == CBOR_OTHER || low > IN_8_BYTES || value < least)
        r->failed = true;
    return r->failed ? 0 : value;
}

int64_t cbor_get_int(struct bytes_reader *r)
{
    enum cbor_type type = cbor_peek(r) == CBOR_NEGATIVE ? CBOR_NEGATIVE : CBOR_UINT;
    uint64_t value = cbor_get(r, type);
    if (value > INT64_MAX) {
        r->failed = true;
        return 0;
    }
    return type == CBOR_NEGATIVE && !r->failed ? -1 - (int64_t)value : (int64_t)value;
}

struct slice cbor_get_string(struct bytes_reader *r, enum cbor_type type)
{
    uint64_t len = cbor_get(r, type);
    if (len > bytes_left(r))
        r->failed = true;
    return bytes_get_slice(r, r->failed ? 0 : (size_t)len);
}
