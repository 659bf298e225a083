/* Pictures by hash: see hashlink.h. */
#include "verifier/formats/hashlink.h"

#include <ctype.h>

#include "common/cbor.h"
#include "common/multibase.h"
#include "common/sha256.h"

#define LINKS_MAX 16     /* of one credential */
#define PART_MAX 2048    /* characters of one part */
#define METADATA_URLS 15 /* the key of the list of URLs */

struct hashlink {
    struct hash32 hash;
    struct slice url; /* in bytes */
    uint8_t bytes[PART_MAX];
};

/* The letters of a multibase text at the beginning of a text. */
static struct slice part_of(struct slice text)
{
    size_t len = 0;
    while (len < text.len && isalnum(text.data[len]))
        len++;
    return (struct slice){text.data, len};
}

static bool decode(uint8_t bytes[PART_MAX], size_t *ret_len, struct slice part)
{
    return part.len > 0 && part.len <= PART_MAX &&
           multibase_decode(bytes, ret_len, (const char *)part.data, part.len, NULL) == ERR_OK;
}

/* A multihash: 0x12 SHA-256, 0x20 its length. */
static bool read_hash(struct hashlink *ret, struct slice part)
{
    uint8_t bytes[PART_MAX];
    size_t len;
    if (!decode(bytes, &len, part) || len != 34 || bytes[0] != 0x12 || bytes[1] != 0x20)
        return false;
    memcpy(ret->hash.b, bytes + 2, sizeof ret->hash.b);
    return true;
}

static void skip_value(struct bytes_reader *r)
{
    enum cbor_type type = cbor_peek(r);
    if (type == CBOR_UINT || type == CBOR_NEGATIVE)
        cbor_get_int(r);
    else
        cbor_get_string(r, type == CBOR_BYTES ? CBOR_BYTES : CBOR_TEXT);
}

/* A map whose entry 15 is a list of URLs: the first counts. */
static bool read_url(struct hashlink *ret, struct slice part)
{
    size_t len;
    if (!decode(ret->bytes, &len, part))
        return false;
    struct bytes_reader r = bytes_reader(ret->bytes, len);
    uint64_t n = cbor_get(&r, CBOR_MAP);
    for (uint64_t i = 0; i < n && !r.failed && ret->url.len == 0; i++) {
        if (cbor_get_int(&r) != METADATA_URLS)
            skip_value(&r);
        else if (cbor_get(&r, CBOR_ARRAY) > 0)
            ret->url = cbor_get_string(&r, CBOR_TEXT);
    }
    return !r.failed && ret->url.len > 0;
}

static void check(struct format_check *c, const struct hashlink *link)
{
    const struct lookup_reply *reply = lookup_get(c->env->lookup, link->url);
    if (reply->answer != LOOKUP_FOUND) {
        format_say(c, REASON_IMAGE_UNREACHABLE, "%s", reply->why);
        return;
    }
    struct hash32 hash = sha256(reply->body.data, reply->body.len);
    format_say(c, hash32_equal(&hash, &link->hash) ? REASON_IMAGES_HOLD : REASON_IMAGE_DIFFERS, "%.*s",
               SLICE_ARG(link->url));
}

/* Both parts of the link that follows "hl:". Returns: false if it is none, or of another hash. */
static bool read_link(struct hashlink *ret, struct slice text)
{
    struct slice hash = part_of(text), rest = slice_from(text, hash.len);
    *ret = (struct hashlink){0};
    return rest.len > 1 && rest.data[0] == ':' && read_hash(ret, hash) && read_url(ret, part_of(slice_from(rest, 1)));
}

/* By its colon, which is rarer than letters: most of a text is pictures. Returns: its first byte, or NULL. */
static const uint8_t *find_link(struct slice text)
{
    for (size_t at = slice_find(text, ':'); at + 1 < text.len; at += 1 + slice_find(slice_from(text, at + 1), ':'))
        if (at >= 2 && memcmp(text.data + at - 2, "hl:z", 4) == 0)
            return text.data + at - 2;
    return NULL;
}

void hashlink_check(struct format_check *c)
{
    struct slice text;
    if (!jdoc_get_string(jdoc_get(c->root, "display"), "content", &text))
        return;
    for (size_t n = 0; n < LINKS_MAX; n++) {
        struct hashlink link;
        const uint8_t *at = find_link(text);
        if (at == NULL)
            return;
        text = slice_from(text, (size_t)(at - text.data) + 3);
        if (read_link(&link, text))
            check(c, &link);
        else
            format_say(c, REASON_IMAGE_UNREACHABLE, "%s", "a hashlink of a kind that is not read");
    }
}
