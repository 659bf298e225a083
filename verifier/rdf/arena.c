/* Memory of one document: see arena.h. */
#include "verifier/rdf/arena.h"

#include <stdlib.h>
#include <string.h>

#define ALIGN 8
#define CHUNK_MIN ((size_t)32 << 10)
#define CHUNK_MAX ((size_t)1 << 20)

/* Under the address sanitizer unused memory is poisoned and every piece ends in a red zone, so that
 * an overrun inside a chunk is seen like one on the heap. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define RED_ZONE ALIGN
#else
#define RED_ZONE 0
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

struct arena_chunk {
    struct arena_chunk *older;
    size_t size; /* of the bytes behind this header */
};

void arena_init(struct arena *arena, size_t cap)
{
    *arena = (struct arena){.cap = cap};
}

static void use_chunk(struct arena *arena, struct arena_chunk *chunk)
{
    arena->next = (uint8_t *)(chunk + 1);
    arena->end = arena->next + chunk->size;
    ASAN_POISON_MEMORY_REGION(arena->next, chunk->size);
}

/* Chunks double up to CHUNK_MAX, so a small document costs one malloc. */
static bool add_chunk(struct arena *arena, size_t need)
{
    size_t size = arena->chunks == NULL ? CHUNK_MIN : 2 * arena->chunks->size;
    if (size > CHUNK_MAX)
        size = CHUNK_MAX;
    if (size < need)
        size = need;
    struct arena_chunk *chunk = malloc(sizeof *chunk + size);
    if (chunk == NULL)
        return false;
    *chunk = (struct arena_chunk){.older = arena->chunks, .size = size};
    arena->chunks = chunk;
    use_chunk(arena, chunk);
    return true;
}

void *arena_raw(struct arena *arena, size_t size)
{
    size_t need = (size + ALIGN - 1) / ALIGN * ALIGN + RED_ZONE;
    if (arena->failed || size > arena->cap - arena->used) {
        arena->failed = true;
        return NULL;
    }
    if (need > (size_t)(arena->end - arena->next) && !add_chunk(arena, need)) {
        arena->failed = true;
        return NULL;
    }
    void *p = arena->next;
    arena->next += need;
    arena->used += size;
    ASAN_UNPOISON_MEMORY_REGION(p, size);
    return p;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    void *p = arena_raw(arena, size);
    if (p != NULL)
        memset(p, 0, size);
    return p;
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        arena->failed = true;
        return NULL;
    }
    return arena_alloc(arena, bytes);
}

struct slice arena_copy(struct arena *arena, struct slice bytes)
{
    return arena_join(arena, bytes, (struct slice){0});
}

struct slice arena_join(struct arena *arena, struct slice a, struct slice b)
{
    uint8_t *p = arena_raw(arena, a.len + b.len);
    if (p == NULL)
        return (struct slice){0};
    if (a.len > 0)
        memcpy(p, a.data, a.len);
    if (b.len > 0)
        memcpy(p + a.len, b.data, b.len);
    return (struct slice){p, a.len + b.len};
}

enum err_code arena_check(const struct arena *arena, struct err *e)
{
    if (!arena->failed)
        return ERR_OK;
    return err_set(e, ERR_LIMIT, "the document needs more memory than the %zu bytes allowed",
                   arena->cap);
}

static void free_chunks(struct arena_chunk *chunk)
{
    while (chunk != NULL) {
        struct arena_chunk *older = chunk->older;
        ASAN_UNPOISON_MEMORY_REGION(chunk + 1, chunk->size);
        free(chunk);
        chunk = older;
    }
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk *kept = arena->chunks;
    arena->used = 0;
    arena->failed = false;
    if (kept == NULL)
        return;
    free_chunks(kept->older);
    kept->older = NULL;
    use_chunk(arena, kept);
}

void arena_done(struct arena *arena)
{
    free_chunks(arena->chunks);
    arena_init(arena, 0);
}
