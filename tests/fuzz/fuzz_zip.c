/* Archives: what a member's CRC confirms has the stated length; the whole is bounded and ends. */
#include "tests/fuzz/fuzz.h"

#include <zlib.h>

#include "common/limits.h"
#include "verifier/rdf/slice.h"
#include "verifier/wrap/unwrap.h"
#include "verifier/wrap/zip.h"

#define MAX_MEMBER ((size_t)1 << 20)

static size_t n_given;

static void on_document(void *self, const struct unwrap_document *document)
{
    (void)self;
    fuzz_assert(document->name != NULL && document->bytes.len <= LIMITS_CREDENTIAL_BYTES + MAX_MEMBER);
    n_given++;
}

static void on_trouble(void *self, const char *name, enum reason reason, const char *detail)
{
    (void)self;
    fuzz_assert(name != NULL && detail != NULL && reason != REASON_GENUINE);
    n_given++;
}

static void read_members(struct zip zip)
{
    struct zip_member member;
    while (zip_next(&zip, &member, NULL) == ERR_OK) {
        struct text out = {0};
        if (zip_read(&zip, &member, MAX_MEMBER, &out, NULL) == ERR_OK) {
            fuzz_assert(out.len == member.len);
            fuzz_assert(crc32(crc32(0, NULL, 0), (const Bytef *)text_string(&out), (uInt)out.len) == member.crc);
        }
        text_done(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct unwrap_sink SINK = {on_document, on_trouble, NULL};
    struct slice file = {data, len};
    struct zip zip;
    if (zip_open(&zip, file, NULL) == ERR_OK)
        read_members(zip);
    n_given = 0;
    unwrap_bytes(&SINK, "input", file);
    fuzz_assert(n_given > 0); /* there is always an answer */
    return 0;
}
