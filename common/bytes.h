/* A bounded reader and writer over a buffer, with a sticky error: write the straight story, look
 * once at the end. Integers are big-endian, as everywhere in our formats. */
#ifndef COMMON_BYTES_H
#define COMMON_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of somebody else's memory. */
struct slice {
    const uint8_t *data;
    size_t len;
};

struct bytes_reader {
    const uint8_t *data; /* borrowed */
    size_t len;
    size_t pos;
    bool failed; /* something was read past the end; every later read gives zeros */
};

struct bytes_writer {
    uint8_t *data; /* borrowed */
    size_t cap;
    size_t len;
    bool failed; /* something did not fit; every later write is ignored */
};

struct bytes_reader bytes_reader(const void *data, size_t len);
struct bytes_writer bytes_writer(void *data, size_t cap);

/* Reading past the end gives 0, an empty slice or zero bytes, and sets failed. */
uint8_t bytes_get_u8(struct bytes_reader *r);
uint32_t bytes_get_u32(struct bytes_reader *r);
uint64_t bytes_get_u64(struct bytes_reader *r);
unsigned __int128 bytes_get_u128(struct bytes_reader *r);
void bytes_get(struct bytes_reader *r, void *out, size_t len);
struct slice bytes_get_slice(struct bytes_reader *r, size_t len);
size_t bytes_left(const struct bytes_reader *r);

/** True if nothing failed and everything was read. */
bool bytes_done(const struct bytes_reader *r);

void bytes_put_u8(struct bytes_writer *w, uint8_t v);
void bytes_put_u32(struct bytes_writer *w, uint32_t v);
void bytes_put_u64(struct bytes_writer *w, uint64_t v);
void bytes_put_u128(struct bytes_writer *w, unsigned __int128 v);
void bytes_put(struct bytes_writer *w, const void *data, size_t len);

#endif
