/* The arena: alignment, the cap and its sticky failure, reset; the map: order, many keys, misses. */
#include "tests/harness.h"

#include <stdio.h>

#include "verifier/rdf/arena.h"
#include "verifier/rdf/map.h"
#include "verifier/rdf/slice.h"

static void memory_is_aligned_and_zero(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t size = 1; size < 300; size++) {
        uint8_t *p = arena_alloc(&arena, size);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 8, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, size);
    }
    arena_done(&arena);
}

static void failure_is_sticky(void **state)
{
    (void)state;
    struct arena arena;
    struct err e;
    arena_init(&arena, 100);
    assert_non_null(arena_alloc(&arena, 60));
    assert_ok(arena_check(&arena, &e), e);
    assert_null(arena_alloc(&arena, 60));
    assert_null(arena_alloc(&arena, 1));
    assert_err(arena_check(&arena, &e), ERR_LIMIT);
    arena_reset(&arena);
    assert_non_null(arena_alloc(&arena, 100));
    arena_done(&arena);
}

static void product_overflow_fails(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    assert_null(arena_array(&arena, SIZE_MAX / 2, 4));
    assert_true(arena.failed);
    arena_done(&arena);
}

static void large_pieces_and_reset(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 64 << 20);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 20; i++)
            memset(arena_alloc(&arena, 700000), 1, 700000);
        assert_false(arena.failed);
        arena_reset(&arena);
    }
    arena_done(&arena);
}

static void map_keeps_order_and_finds(void **state)
{
    (void)state;
    struct arena arena;
    struct map map = {0};
    static char keys[5000][16];
    arena_init(&arena, 64 << 20);
    for (size_t i = 0; i < 5000; i++) {
        snprintf(keys[i], sizeof keys[i], "key %zu", i * 7919 % 5000);
        map_put(&arena, &map, slice_of(keys[i]))->value = keys[i];
    }
    assert_int_equal(map.n, 5000);
    size_t i = 0;
    for (const struct map_entry *m = map.first; m != NULL; m = m->next, i++)
        assert_ptr_equal(m->value, keys[i]);
    for (i = 0; i < 5000; i++)
        assert_ptr_equal(map_get(&map, slice_of(keys[i])), keys[i]);
    assert_null(map_get(&map, SLICE("key 5000")));
    assert_null(map_get(&map, SLICE("")));
    arena_done(&arena);
}

static void map_put_twice_is_one_entry(void **state)
{
    (void)state;
    struct arena arena;
    struct map map = {0};
    arena_init(&arena, 1 << 20);
    struct map_entry *first = map_put(&arena, &map, SLICE("a\0b"));
    assert_ptr_equal(map_put(&arena, &map, SLICE("a\0b")), first);
    assert_ptr_not_equal(map_put(&arena, &map, SLICE("a\0c")), first);
    assert_int_equal(map.n, 2);
    arena_done(&arena);
}

/* Guards the tail handling: every byte and the length count. */
static void hash_depends_on_every_byte(void **state)
{
    (void)state;
    uint8_t text[40] = {0};
    for (size_t len = 0; len < sizeof text; len++) {
        uint64_t before = map_hash((struct slice){text, len});
        for (size_t i = 0; i < len; i++) {
            text[i] ^= 1;
            assert_true(map_hash((struct slice){text, len}) != before);
            text[i] ^= 1;
        }
        assert_true(map_hash((struct slice){text, len + 1}) != before);
    }
}

/* Of long keys only the ends are hashed; what is between them is compared. */
static void long_keys_are_told_apart(void **state)
{
    (void)state;
    enum { LEN = 100000 };
    static uint8_t text[4][LEN];
    struct arena arena;
    struct map map = {0};
    arena_init(&arena, 1 << 20);
    memset(text, 'x', sizeof text);
    text[1][LEN / 2] = 'y';
    text[2][LEN / 2] = 'z';
    struct slice keys[] = {{text[0], LEN}, {text[1], LEN}, {text[2], LEN}, {text[0], LEN - 1}};
    enum { N = sizeof keys / sizeof keys[0] };
    assert_true(map_hash(keys[0]) == map_hash(keys[1]) && map_hash(keys[1]) == map_hash(keys[2]));
    assert_true(map_hash(keys[0]) != map_hash(keys[3]));
    for (size_t i = 0; i < N; i++)
        map_put(&arena, &map, keys[i])->value = &keys[i];
    assert_int_equal(map.n, N);
    for (size_t i = 0; i < N; i++)
        assert_ptr_equal(map_get(&map, keys[i]), &keys[i]);
    assert_ptr_equal(map_get(&map, (struct slice){text[3], LEN}), &keys[0]);
    text[3][LEN / 2] = 'z';
    assert_ptr_equal(map_put(&arena, &map, (struct slice){text[3], LEN})->value, &keys[2]);
    text[3][LEN / 2] = '?';
    assert_null(map_get(&map, (struct slice){text[3], LEN}));
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_and_zero),
        cmocka_unit_test(failure_is_sticky),
        cmocka_unit_test(product_overflow_fails),
        cmocka_unit_test(large_pieces_and_reset),
        cmocka_unit_test(map_keeps_order_and_finds),
        cmocka_unit_test(map_put_twice_is_one_entry),
        cmocka_unit_test(hash_depends_on_every_byte),
        cmocka_unit_test(long_keys_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
