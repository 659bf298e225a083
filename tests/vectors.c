/* Reading public test vectors: see vectors.h. */
#include "tests/vectors.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "tests/harness.h"

#define MAX_BYTES (16u << 20)

json_t *vectors_load(const char *name)
{
    const char *path = harness_data(name);
    if (path == NULL)
        skip();
    gzFile f = gzopen(path, "rb"); /* reads plain files too */
    char *text = malloc(MAX_BYTES);
    assert_non_null(text);
    int len = f != NULL ? gzread(f, text, MAX_BYTES) : -1;
    if (len < 0 || (unsigned)len == MAX_BYTES)
        fail_msg("cannot read %s", path);
    gzclose(f);
    json_error_t error;
    json_t *root = json_loadb(text, (size_t)len, JSON_ALLOW_NUL, &error);
    free(text);
    if (root == NULL)
        fail_msg("%s: %s", path, error.text);
    return root;
}

uint8_t *vectors_bytes(const char *text, size_t *ret_len)
{
    assert_true(strncmp(text, "0x", 2) == 0);
    return harness_hex(text + 2, ret_len);
}

uint8_t *vectors_hex(const json_t *object, const char *key, size_t *ret_len)
{
    return vectors_bytes(vectors_text(object, key), ret_len);
}

const char *vectors_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL)
        fail_msg("no text %s", key);
    return text;
}
