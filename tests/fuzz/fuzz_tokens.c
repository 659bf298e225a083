/* The file of bearer tokens, and headers that are judged against it. */
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/tokens.h"

static void check_entries(const struct tokens *tokens)
{
    fuzz_assert(tokens->required && tokens->n <= TOKENS_MAX);
    for (size_t i = 0; i < tokens->n; i++) {
        const struct tokens_entry *entry = &tokens->entries[i];
        fuzz_assert(entry->scopes != TOKENS_NONE);
        fuzz_assert((entry->scopes & TOKENS_ADMIN) == 0 || entry->scopes == (TOKENS_ADMIN | TOKENS_SUBMIT | TOKENS_READ));
        fuzz_assert((entry->period_us == 0) == (entry->each_us == 0) && entry->each_us <= entry->period_us);
        fuzz_assert(strlen(entry->name) >= 1 && strlen(entry->name) <= TOKENS_NAME_MAX);
    }
}

/* The input as a header: it cannot be a token whose hash it also is. */
static void check_header(struct tokens *tokens, const uint8_t *data, size_t size)
{
    static const char SCHEME[] = "Bearer ";
    const size_t front = sizeof SCHEME - 1;
    uint64_t wait_s = 0;
    char *header = malloc(front + size + 1);
    fuzz_assert(header != NULL);
    memcpy(header, SCHEME, front);
    memcpy(header + front, data, size);
    header[front + size] = '\0';
    fuzz_assert(tokens_judge(tokens, header, TOKENS_READ, 0, &wait_s) != TOKENS_GRANTED);
    (void)tokens_judge(tokens, header + front, TOKENS_ADMIN, 0, &wait_s);
    fuzz_assert(tokens_judge(tokens, NULL, TOKENS_SUBMIT, 0, &wait_s) == TOKENS_MISSING);
    fuzz_assert(tokens_judge(tokens, header, TOKENS_NONE, 0, &wait_s) == TOKENS_GRANTED);
    free(header);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    struct tokens tokens;
    struct err e;
    if (fd < 0) {
        fd = memfd_create("tokens", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    fuzz_assert(fd >= 0 && ftruncate(fd, 0) == 0);
    fuzz_assert(pwrite(fd, data, size, 0) == (ssize_t)size);
    if (tokens_read(&tokens, path, &e) != ERR_OK)
        return 0;
    check_entries(&tokens);
    if (size > 0)
        check_header(&tokens, data, size);
    tokens_done(&tokens);
    return 0;
}
