/* What happened to a file: see diagnose.h. */
#include "verifier/wrap/diagnose.h"

#include <ctype.h>
#include <string.h>

#include <jansson.h>

#include "common/limits.h"
#include "common/utf8.h"
#include "verifier/rdf/jdoc.h"
#include "verifier/rdf/slice.h"

#define SHORT 4096 /* bytes: a link, or the beginning of a page */

static bool has(struct slice text, const char *what)
{
    return memmem(text.data, text.len, what, strlen(what)) != NULL;
}

static bool has_any(struct slice text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (has(text, *words))
            return true;
    return false;
}

static bool starts_with_any(struct slice text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (text.len >= strlen(*words) &&
            strncasecmp((const char *)text.data, *words, strlen(*words)) == 0)
            return true;
    return false;
}

/* Also the space that word processors put in (U+00A0). */
static struct slice without_space(struct slice s)
{
    for (;;) {
        if (s.len > 0 && memchr(" \t\r\n", s.data[0], 4) != NULL)
            s = slice_from(s, 1);
        else if (slice_starts(s, SLICE("\xc2\xa0")))
            s = slice_from(s, 2);
        else
            break;
    }
    while (s.len > 0 && memchr(" \t\r\n", s.data[s.len - 1], 4) != NULL)
        s.len--;
    return s;
}

/* -- Pictures and papers ---------------------------------------------------------------------- */

static bool is_picture(struct slice file)
{
    static const struct slice HEADS[] = {
        SLICE_INIT("\x89PNG\r\n\x1a\n"), SLICE_INIT("\xff\xd8\xff"), SLICE_INIT("GIF8"),
        SLICE_INIT("BM"), SLICE_INIT("II*\0"), SLICE_INIT("MM\0*"),
    };
    for (size_t i = 0; i < sizeof HEADS / sizeof HEADS[0]; i++)
        if (slice_starts(file, HEADS[i]))
            return file.len > 32;
    if (slice_starts(file, SLICE("RIFF")))
        return file.len > 12 && memcmp(file.data + 8, "WEBP", 4) == 0;
    return file.len > 12 && memcmp(file.data + 4, "ftyp", 4) == 0 &&
           (memcmp(file.data + 8, "heic", 4) == 0 || memcmp(file.data + 8, "avif", 4) == 0 ||
            memcmp(file.data + 8, "mif1", 4) == 0);
}

/* -- Text ------------------------------------------------------------------------------------- */

/* Words that only digital credentials hold. */
static bool is_about_a_credential(struct slice text)
{
    static const char *const WORDS[] = {"@context", "credentialSubject", "VerifiableCredential",
                                        "openbadges", "OpenBadge", "blockcerts", "Blockcerts",
                                        "MerkleProof20", NULL};
    return has_any(text, WORDS);
}

static bool is_base64(uint8_t c)
{
    return isalnum(c) || strchr("+/-_=", c) != NULL;
}

/* A text of base64 characters, dots and white space only, that begins as the base64 of "{" does. */
struct encoded {
    bool is, wrapped; /* white space inside */
    size_t dots;
};

static struct encoded encoded_of(struct slice text)
{
    static const char *const HEADS[] = {"eyJ", "eyA", "ewog", "ewoJ", "ew0K", "ewki", NULL};
    struct encoded e = {.is = text.len > 40 && starts_with_any(text, HEADS)};
    for (size_t i = 0; e.is && i < text.len; i++) {
        uint8_t c = text.data[i];
        if (c == '.')
            e.dots++;
        else if (isspace(c))
            e.wrapped = true;
        else
            e.is = is_base64(c) && c != '\0';
    }
    return e;
}

/* A token with pieces that the holder may leave out, "eyJ….eyJ….…~…~". */
static bool is_selective_token(struct slice text)
{
    size_t first = slice_find(text, '~'), dots = 0;
    for (size_t i = 0; i < first; i++)
        dots += text.data[i] == '.';
    return slice_starts(text, SLICE("eyJ")) && first < text.len && dots == 2 && memchr(text.data, ' ', first) == NULL;
}

static enum reason of_encoded(const struct encoded *e)
{
    if (e->dots == 0)
        return REASON_PASTE_BASE64;
    if (e->dots == 1)
        return REASON_PASTE_CUT;
    return e->wrapped ? REASON_PASTE_WRAPPED : REASON_GENUINE;
}

/* “ ” „ ‟ ‘ ’ ‚ ‛ « » ‹ › : how long it is, or 0. */
static size_t typographic_quote(const uint8_t *at, const uint8_t *end)
{
    if (end - at >= 3 && at[0] == 0xe2 && at[1] == 0x80 &&
        ((at[2] >= 0x98 && at[2] <= 0x9f) || at[2] == 0xb9 || at[2] == 0xba))
        return 3;
    return end - at >= 2 && at[0] == 0xc2 && (at[1] == 0xab || at[1] == 0xbb) ? 2 : 0;
}

/* What reading broken JSON character by character meets. */
struct walk {
    bool in_string;
    bool typographic, typographic_in_string, single, foreign_space, line_in_string, markup;
};

static void walk_string(struct walk *w, const uint8_t **at, const uint8_t *end)
{
    uint8_t c = **at;
    size_t len = typographic_quote(*at, end);
    w->typographic_in_string = w->typographic_in_string || len > 0;
    w->line_in_string = w->line_in_string || c == '\n';
    w->in_string = c != '"';
    *at += len > 0 ? len : c == '\\' && end - *at > 1 ? 2 : 1;
}

static void walk_outside(struct walk *w, const uint8_t **at, const uint8_t *end)
{
    uint8_t c = **at;
    size_t len = typographic_quote(*at, end);
    w->typographic = w->typographic || len > 0;
    w->single = w->single || c == '\'';
    w->markup = w->markup || c == '<' || c == '&';
    w->foreign_space = w->foreign_space || (c == 0xc2 && end - *at > 1 && (*at)[1] == 0xa0);
    w->in_string = c == '"';
    *at += len > 0 ? len : 1;
}

static struct walk walk_json(struct slice text)
{
    struct walk w = {0};
    const uint8_t *end = text.data + text.len;
    for (const uint8_t *at = text.data; at < end;) {
        if (w.in_string)
            walk_string(&w, &at, end);
        else
            walk_outside(&w, &at, end);
    }
    return w;
}

static bool parses(struct slice text)
{
    struct jdoc_limits limits = {.bytes = LIMITS_CREDENTIAL_BYTES, .depth = JDOC_MAX_DEPTH};
    struct arena arena;
    const struct jdoc *root;
    arena_init(&arena, (size_t)128 << 20);
    bool good = jdoc_parse(&arena, text, limits, &root, NULL) == ERR_OK;
    arena_done(&arena);
    return good;
}

/* Everything was right up to the point where the text ends. */
static bool is_cut(struct slice text)
{
    json_error_t error;
    json_t *value = json_loadb((const char *)text.data, text.len, 0, &error);
    bool cut = value == NULL && json_error_code(&error) == json_error_premature_end_of_input;
    json_decref(value);
    return cut;
}

static enum reason of_json(struct slice text)
{
    static const char *const OF_MAIL[] = {"=3D", "=\n", "=\r\n", "\n>", NULL};
    if (parses(text))
        return REASON_GENUINE;
    if (is_cut(text))
        return REASON_PASTE_CUT;
    struct walk w = walk_json(text);
    if (w.markup)
        return REASON_PASTE_PAGE;
    if (w.typographic || w.single)
        return REASON_PASTE_QUOTES;
    if (has_any(text, OF_MAIL) || w.line_in_string || w.foreign_space)
        return REASON_PASTE_WRAPPED;
    return w.typographic_in_string ? REASON_PASTE_QUOTES : REASON_GENUINE;
}

static bool is_page(struct slice text)
{
    static const char *const HEADS[] = {"<!doctype html", "<html", "<head", "<body", "<div", "<p>",
                                        "<p ", "<pre", "<span", "<br", "<table", NULL};
    return starts_with_any(text, HEADS);
}

static bool holds_markup(struct slice text)
{
    static const char *const MARKS[] = {"&quot;", "&#34;", "&#x22;", "<br>", "<br/>", "<br />", "</span>", NULL};
    return has_any(text, MARKS);
}

static bool is_link(struct slice text)
{
    static const char *const HEADS[] = {"http://", "https://", "[InternetShortcut]", NULL};
    if (text.len > SHORT || !starts_with_any(text, HEADS))
        return false;
    return text.data[0] == '[' || memchr(text.data, '\n', text.len) == NULL;
}

/* Open Badges before 1.1 had no vocabulary: they are told by their members. */
static bool is_old_badge(struct slice text)
{
    return text.data[0] == '{' && !has(text, "@context") && has(text, "\"badge\"") && has(text, "\"recipient\"") &&
           (has(text, "\"verify\"") || has(text, "\"origin\""));
}

/* One that carries a badge was opened before it comes here. */
static bool is_drawing(struct slice text)
{
    static const char *const HEADS[] = {"<svg", "<?xml", NULL};
    return starts_with_any(text, HEADS) && has(text, "<svg");
}

static enum reason of_text(struct slice text)
{
    static const char *const QUOTED[] = {">", "&gt;", NULL};
    struct encoded encoded = encoded_of(text);
    if (is_link(text))
        return REASON_LINK_ONLY;
    if (encoded.is)
        return of_encoded(&encoded);
    if (is_selective_token(text))
        return REASON_PROOF_FOREIGN;
    if (is_drawing(text))
        return REASON_PICTURE_ONLY;
    if (is_page(text))
        return REASON_PASTE_PAGE;
    if (is_old_badge(text))
        return REASON_BADGE_OLD;
    if (!is_about_a_credential(text))
        return REASON_GENUINE;
    if (starts_with_any(text, QUOTED))
        return REASON_PASTE_WRAPPED;
    if (text.data[0] != '{' && text.data[0] != '[')
        return holds_markup(text) ? REASON_PASTE_PAGE : REASON_GENUINE;
    return of_json(text);
}

/* UTF-16, as some programs save "Unicode text": every other byte of a JSON text is zero. */
static bool is_wide_text(struct slice file)
{
    return slice_starts(file, SLICE("\xff\xfe")) || slice_starts(file, SLICE("\xfe\xff")) ||
           (file.len > 4 && ((file.data[0] == '{' && file.data[1] == 0) ||
                             (file.data[0] == 0 && file.data[1] == '{')));
}

/* What is left of a character that was cut through: its first byte and fewer others than it announces. */
static bool is_half_character(struct slice rest)
{
    if (rest.len == 0 || rest.len > 3 || rest.data[0] < 0xc2)
        return false;
    for (size_t i = 1; i < rest.len; i++)
        if ((rest.data[i] & 0xc0) != 0x80)
            return false;
    return rest.len < (rest.data[0] < 0xe0 ? 2 : rest.data[0] < 0xf0 ? 3 : 4);
}

enum reason diagnose_file(struct slice file)
{
    if (slice_starts(file, SLICE("%PDF-")))
        return REASON_PAPER_ONLY;
    if (is_picture(file))
        return REASON_PICTURE_ONLY;
    if (file.len > LIMITS_CREDENTIAL_BYTES)
        return REASON_GENUINE;
    if (is_wide_text(file))
        return REASON_PASTE_ENCODING;
    struct slice text = without_space(file);
    if (slice_starts(text, SLICE("\xef\xbb\xbf")))
        text = without_space(slice_from(text, 3));
    if (text.len == 0)
        return REASON_EMPTY_FILE;
    size_t valid = utf8_check(text);
    if (is_half_character(slice_from(text, valid)))
        text.len = valid;
    if (valid != text.len)
        return is_about_a_credential(text) && text.data[0] == '{' ? REASON_PASTE_ENCODING : REASON_GENUINE;
    return of_text(text);
}
