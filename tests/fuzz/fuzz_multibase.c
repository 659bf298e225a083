/* Multibase: base58btc is written again as it was read; and the keys and addresses that travel in it. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/multibase.h"
#include "verifier/keys/account.h"
#include "verifier/keys/keytext.h"
#include "verifier/rdf/slice.h"

static void check_text(const char *text, size_t len)
{
    uint8_t *bytes = malloc(MULTIBASE_BYTES_ROOM(len) + 1);
    char *again = malloc(MULTIBASE_BASE58_ROOM(len));
    size_t n;
    if (multibase_decode(bytes, &n, text, len, NULL) == ERR_OK) {
        fuzz_assert(n < len);
        if (text[0] == 'z' && n <= MULTIBASE_MAX_BASE58)
            fuzz_assert(multibase_base58(again, bytes, n) == len && memcmp(again, text, len) == 0);
    }
    if (multibase_base64url(bytes, &n, text, len, NULL) == ERR_OK)
        fuzz_assert(n == len * 3 / 4);
    free(again);
    free(bytes);
}

static void check_key(struct slice text)
{
    char again[KEYTEXT_MULTIBASE_ROOM];
    struct key key;
    if (keytext_multibase(&key, text, NULL) != ERR_OK || key.kind == KEY_RSA || text.data[0] != 'z')
        return;
    keytext_write(again, &key);
    fuzz_assert(slice_is(text, again));
}

/* An address that is read is written in its one form, which reads as the same account. */
static void check_account(struct slice text)
{
    char again[ACCOUNT_ROOM];
    struct key account, same;
    if (account_read(&account, text, NULL) != ERR_OK)
        return;
    account_write(again, &account);
    fuzz_assert(account_read(&same, slice_of(again), NULL) == ERR_OK && key_equal(&account, &same));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    check_text((const char *)data, len);
    if (len > 0) {
        check_key((struct slice){data, len});
        check_account((struct slice){data, len});
    }
    return 0;
}
