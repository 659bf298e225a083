/* jcs-suite [--numbers N] DIR: the public JCS vectors (DIR/testdata/{input,output,outhex}), and the
 * first N numbers of its deterministic sequence against the published SHA-256 of so many lines. */
#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/sha256.h"
#include "tests/suites/suite.h"
#include "verifier/rdf/jcs.h"
#include "verifier/rdf/slice.h"

/* ---- documents ---- */

/* DIR/outhex holds bytes as text: pairs of digits with white space between them. */
static struct slice unhex(struct slice text)
{
    uint8_t *bytes = malloc(text.len / 2 + 1);
    size_t n = 0;
    for (size_t i = 0; bytes != NULL && i + 1 < text.len;) {
        if (hex_decode(&bytes[n], 1, (const char *)text.data + i, 2, true)) {
            n++;
            i += 2;
        } else {
            i++;
        }
    }
    return (struct slice){bytes, n};
}

/* Whether the canonical text equals the file; a JSON file may end in line feeds that do not count. */
static bool matches(struct suite *s, const char *name, struct slice got, bool is_hex)
{
    struct slice file;
    if (!suite_read(s, name, &file))
        return false;
    struct slice expected = is_hex ? unhex(file) : file;
    while (!is_hex && expected.len > got.len && expected.data[expected.len - 1] == '\n')
        expected.len--;
    bool same = suite_expect(s, name, got, expected);
    if (is_hex)
        free((void *)expected.data);
    free((void *)file.data);
    return same;
}

static void run_document(struct suite *s, const char *stem, struct slice input)
{
    struct arena arena;
    const struct jdoc *value;
    struct slice got;
    struct err e;
    char output[512], outhex[512];
    snprintf(output, sizeof output, "testdata/output/%s.json", stem);
    snprintf(outhex, sizeof outhex, "testdata/outhex/%s.txt", stem);
    arena_init(&arena, (size_t)1 << 30);
    if (jdoc_parse(&arena, input, jdoc_limits(), &value, &e) != ERR_OK ||
        jcs_write(&arena, value, JCS_ANY_NUMBER, &got, &e) != ERR_OK)
        suite_fail(s, stem, "%s", e.msg);
    else if (matches(s, output, got, false) && matches(s, outhex, got, true))
        suite_pass(s);
    arena_done(&arena);
}

static int is_json(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return n > 5 && n < 256 && strcmp(entry->d_name + n - 5, ".json") == 0;
}

static void run_documents(struct suite *s)
{
    char path[4096];
    struct dirent **entries;
    snprintf(path, sizeof path, "%s/testdata/input", s->dir);
    int n = scandir(path, &entries, is_json, alphasort);
    if (n < 0) {
        printf("missing %s\n", path);
        s->missing++;
        return;
    }
    for (int i = 0; i < n; i++) {
        struct slice input;
        snprintf(path, sizeof path, "testdata/input/%s", entries[i]->d_name);
        if (suite_read(s, path, &input)) {
            entries[i]->d_name[strlen(entries[i]->d_name) - 5] = '\0';
            run_document(s, entries[i]->d_name, input);
            free((void *)input.data);
        }
        free(entries[i]);
    }
    free(entries);
}

/* ---- the sequence of numbers ---- */

/* The published SHA-256 of the first n lines `bits in hexadecimal,number`. */
static const struct {
    unsigned long n;
    const char *sha256;
} PUBLISHED[] = {
    {1000, "be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687"},
    {10000, "b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892"},
    {100000, "22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7"},
    {1000000, "49415fee2c56c77864931bd3624faad425c3c577d6d74e89a83bc725506dad16"},
    {10000000, "b9f8a44a91d46813b21b9602e72f112613c91408db0b8341fb94603d9db135e0"},
    {100000000, "0f7dda6b0837dde083c5d6b896f7d62340c8a2415b0c7121d83145e08a755272"},
};
#define N_PUBLISHED (sizeof PUBLISHED / sizeof PUBLISHED[0])

/* The sequence begins with chosen values, */
static const uint64_t CHOSEN[] = {
#include "tests/suites/jcs_numbers.inc"
};
#define N_CHOSEN (sizeof CHOSEN / sizeof CHOSEN[0])
#define N_SERIAL 2000 /* then come the smallest normal double and those after it */
#define SERIAL_FIRST UINT64_C(0x0010000000000000)

/* and then SHA-256 of 32 zero bytes, of that hash, and so on: four doubles each, little-endian. */
struct sequence {
    size_t index;
    struct hash32 block;
    size_t used; /* doubles taken from the block; 4: none left */
};

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t next_of_block(struct sequence *q)
{
    if (q->used == 4) {
        q->block = sha256(q->block.b, sizeof q->block.b);
        q->used = 0;
    }
    uint64_t bits = 0;
    for (size_t i = 8; i-- > 0;)
        bits = bits << 8 | q->block.b[8 * q->used + i];
    q->used++;
    return bits;
}

static uint64_t next_bits(struct sequence *q)
{
    size_t i = q->index++;
    if (i < N_CHOSEN)
        return CHOSEN[i];
    if (i < N_CHOSEN + N_SERIAL)
        return SERIAL_FIRST + (i - N_CHOSEN);
    uint64_t bits;
    do
        bits = next_of_block(q);
    while (from_bits(bits) == 0 || !isfinite(from_bits(bits)));
    return bits;
}

static void check_lines(struct suite *s, const struct sha256_stream *lines, size_t which)
{
    struct sha256_stream copy = *lines;
    struct hash32 hash = sha256_final(&copy);
    char id[32], got[65];
    snprintf(id, sizeof id, "%lu numbers", PUBLISHED[which].n);
    hex_encode(got, hash.b, sizeof hash.b);
    if (strcmp(got, PUBLISHED[which].sha256) == 0)
        suite_pass(s);
    else
        suite_fail(s, id, "SHA-256 %s, published %s", got, PUBLISHED[which].sha256);
}

static void run_numbers(struct suite *s, unsigned long n)
{
    struct sequence q = {.used = 4};
    struct sha256_stream lines;
    sha256_init(&lines);
    for (size_t i = 1, which = 0; i <= n && which < N_PUBLISHED; i++) {
        uint64_t bits = next_bits(&q);
        char line[20 + JCS_NUMBER_MAX + 1];
        size_t len = (size_t)snprintf(line, 20, "%" PRIx64 ",", bits);
        len += jcs_number(line + len, from_bits(bits));
        line[len++] = '\n';
        sha256_update(&lines, line, len);
        if (i == PUBLISHED[which].n)
            check_lines(s, &lines, which++);
    }
}

/* ---- a file of numbers ---- */

/* DIR/es6-numbers-*.txt: lines `bits,number`, in the same form. */
static void run_file(struct suite *s, const char *name)
{
    struct slice text;
    if (!suite_read(s, name, &text))
        return;
    unsigned bad = 0;
    char *end = (char *)text.data + text.len;
    for (char *line = (char *)text.data, *next; line < end; line = next) {
        next = memchr(line, '\n', (size_t)(end - line));
        next = next == NULL ? end : next + 1;
        char *comma, got[JCS_NUMBER_MAX];
        size_t len = jcs_number(got, from_bits(strtoull(line, &comma, 16)));
        struct slice expected = {(const uint8_t *)comma + 1, (size_t)(next - comma) - 2};
        if (*comma != ',' || !slice_equal((struct slice){(const uint8_t *)got, len}, expected)) {
            suite_fail(s, name, "%.*s: got %.*s", (int)(next - line) - 1, line, (int)len, got);
            bad++;
        }
    }
    if (bad == 0)
        suite_pass(s);
    free((void *)text.data);
}

static int is_number_file(const struct dirent *entry)
{
    return strncmp(entry->d_name, "es6-numbers", 11) == 0;
}

static void run_files(struct suite *s)
{
    struct dirent **entries;
    int n = scandir(s->dir, &entries, is_number_file, alphasort);
    for (int i = 0; i < n; i++) {
        run_file(s, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

int main(int argc, char **argv)
{
    unsigned long n = 1000000;
    if (argc > 2 && strcmp(argv[1], "--numbers") == 0) {
        n = strtoul(argv[2], NULL, 10);
        argc -= 2;
        argv += 2;
    }
    if (argc != 2) {
        fprintf(stderr, "usage: jcs-suite [--numbers N] DIR\n"
                        "DIR holds testdata/{input,output,outhex}; N generated numbers, by default a million\n");
        return 64;
    }
    struct suite s = {.dir = argv[1]};
    run_documents(&s);
    run_files(&s);
    run_numbers(&s, n);
    return suite_end(&s);
}
