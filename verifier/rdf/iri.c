/* IRI references: see iri.h. */
#include "verifier/rdf/iri.h"

#include "verifier/rdf/slice.h"
#include "verifier/rdf/span.h"

/* The five parts of RFC 3986 section 3; data NULL: the part is absent. A path is never absent. */
struct parts {
    struct slice scheme, authority, path, query, fragment;
};

static struct slice before(struct slice s, size_t end)
{
    return (struct slice){s.data, end};
}

static bool is_alpha(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_scheme_character(uint8_t c)
{
    return is_alpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/* Length of the scheme without its colon, 0 if there is none. */
static size_t scheme_length(struct slice text)
{
    size_t n = 0;
    if (text.len == 0 || !is_alpha(text.data[0]))
        return 0;
    while (n < text.len && is_scheme_character(text.data[n]))
        n++;
    return n < text.len && text.data[n] == ':' ? n : 0;
}

static struct parts split(struct slice text)
{
    struct parts parts = {0};
    size_t scheme = scheme_length(text);
    if (scheme > 0) {
        parts.scheme = before(text, scheme);
        text = slice_from(text, scheme + 1);
    }
    size_t mark = slice_find(text, '#');
    if (mark < text.len)
        parts.fragment = slice_from(text, mark + 1);
    text = before(text, mark);
    mark = slice_find(text, '?');
    if (mark < text.len)
        parts.query = slice_from(text, mark + 1);
    text = before(text, mark);
    if (slice_starts(text, SLICE("//"))) {
        size_t slash = slice_find(slice_from(text, 2), '/');
        parts.authority = before(slice_from(text, 2), slash);
        text = slice_from(text, 2 + slash);
    }
    parts.path = text;
    return parts;
}

/* remove_dot_segments of section 5.2.4; out has room for path.len + 1 bytes. */
static struct slice remove_dots(uint8_t *out, struct slice path)
{
    size_t n = 0;
    while (path.len > 0) {
        if (slice_starts(path, SLICE("../"))) {
            path = slice_from(path, 3);
        } else if (slice_starts(path, SLICE("./"))) {
            path = slice_from(path, 2);
        } else if (slice_starts(path, SLICE("/./"))) {
            path = slice_from(path, 2);
        } else if (slice_is(path, "/.")) {
            path = SLICE("/");
        } else if (slice_starts(path, SLICE("/../")) || slice_is(path, "/..")) {
            path = path.len == 3 ? SLICE("/") : slice_from(path, 3);
            while (n > 0 && out[--n] != '/')
                ;
        } else if (slice_is(path, ".") || slice_is(path, "..")) {
            path.len = 0;
        } else {
            size_t end = 1 + slice_find(slice_from(path, 1), '/');
            memcpy(out + n, path.data, end);
            n += end;
            path = slice_from(path, end);
        }
    }
    return (struct slice){out, n};
}

/* Merge of section 5.2.3: the base path up to its last slash, then the reference. */
static struct slice merge(struct arena *arena, const struct parts *base, struct slice path)
{
    if (base->authority.data != NULL && base->path.len == 0)
        return arena_join(arena, SLICE("/"), path);
    size_t end = base->path.len;
    while (end > 0 && base->path.data[end - 1] != '/')
        end--;
    return arena_join(arena, before(base->path, end), path);
}

static void put(struct bytes_writer *w, const char *prefix, struct slice part, const char *suffix)
{
    if (part.data == NULL)
        return;
    bytes_put(w, prefix, strlen(prefix));
    bytes_put(w, part.data, part.len);
    bytes_put(w, suffix, strlen(suffix));
}

/* Section 5.3. */
static struct slice join(struct arena *arena, const struct parts *p)
{
    size_t room = p->scheme.len + p->authority.len + p->path.len + p->query.len + p->fragment.len + 8;
    uint8_t *text = arena_alloc(arena, room);
    struct bytes_writer w = bytes_writer(text, text == NULL ? 0 : room);
    put(&w, "", p->scheme, ":");
    put(&w, "//", p->authority, "");
    put(&w, "", p->path, "");
    put(&w, "?", p->query, "");
    put(&w, "#", p->fragment, "");
    return (struct slice){text, w.len};
}

struct slice iri_resolve(struct arena *arena, struct slice base, struct slice reference)
{
    if (base.len == 0)
        return reference;
    struct parts b = split(base), r = split(reference), t = r;
    bool has_path = r.path.len > 0;
    if (r.scheme.data == NULL) {
        t.scheme = b.scheme;
        if (r.authority.data == NULL) {
            t.authority = b.authority;
            if (!has_path) {
                t.path = b.path;
                if (r.query.data == NULL)
                    t.query = b.query;
            } else if (r.path.data[0] != '/') {
                t.path = merge(arena, &b, r.path);
            }
        }
    }
    uint8_t *room = arena_alloc(arena, t.path.len + 1);
    if (room == NULL)
        return (struct slice){0};
    if (has_path) /* an empty path takes the base's as it stands */
        t.path = remove_dots(room, t.path);
    return join(arena, &t);
}

enum {
    REFUSED = 1, /* an IRIREF of N-Quads cannot hold it */
    BLANK = 2,   /* a control or a space */
};
static const uint8_t CLASS[256] = {
    [0 ... ' '] = REFUSED | BLANK,
    ['<'] = REFUSED, ['>'] = REFUSED, ['"'] = REFUSED,  ['{'] = REFUSED, ['}'] = REFUSED,
    ['|'] = REFUSED, ['^'] = REFUSED, ['\\'] = REFUSED, ['`'] = REFUSED,
};

bool iri_has_scheme(struct slice text)
{
    return scheme_length(text) > 0 && span_without(text, CLASS, BLANK) == text.len;
}

bool iri_is_blank(struct slice text)
{
    return slice_starts(text, SLICE("_:"));
}

bool iri_is_well_formed(struct slice text)
{
    return scheme_length(text) > 0 && span_without(text, CLASS, REFUSED) == text.len;
}

bool iri_ends_in_delimiter(struct slice text)
{
    return text.len > 0 && memchr(":/?#[]@", text.data[text.len - 1], 7) != NULL;
}
