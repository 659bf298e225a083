/* A verdict for people and for programs: see report.h. */
#include "verifier/report.h"

#include <inttypes.h>
#include <string.h>

#include "common/rfc3339.h"
#include "common/utf8.h"

/* -- For programs --------------------------------------------------------------------------- */

static void put_string(struct text *out, const char *before, const char *value)
{
    text_puts(out, before);
    text_put_json(out, value, strlen(value));
}

static void put_string_or_null(struct text *out, const char *before, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        put_string(out, before, value);
    } else {
        text_puts(out, before);
        text_puts(out, "null");
    }
}

static void put_message(struct text *out, enum reason reason, const char *detail,
                        enum reasons_language language)
{
    struct text message = {0};
    text_puts(&message, reasons_row(reason)->sentence[language]);
    if (detail[0] != '\0')
        text_putf(&message, " (%s)", detail);
    text_put_json(out, text_string(&message), message.len);
    text_done(&message);
}

static void put_address(struct text *out, const char *before, const struct seal_address *address)
{
    text_puts(out, before);
    text_puts(out, "\"0x");
    text_put_hex(out, address->b, sizeof address->b);
    text_putc(out, '"');
}

static void put_time_or_null(struct text *out, const char *before, bool has, uint64_t at)
{
    text_puts(out, before);
    if (!has) {
        text_puts(out, "null");
        return;
    }
    text_putc(out, '"');
    text_put_time(out, at);
    text_putc(out, '"');
}

/* The log of a Hallmark proof, and its keys. */
static void put_log(struct text *out, const struct check_issuer *issuer)
{
    if (!issuer->has) {
        text_puts(out, ",\"log\":null,\"firstKey\":null,\"key\":null,\"chainId\":null");
        return;
    }
    put_string(out, ",\"log\":", issuer->log);
    put_address(out, ",\"firstKey\":", &issuer->first_key);
    put_address(out, ",\"key\":", &issuer->key);
    text_putf(out, ",\"chainId\":%" PRIu64, issuer->chain_id);
}

/* Only what was proven: of a Hallmark log, or by the proof inside a document. */
static void put_issuer(struct text *out, const struct check_result *result)
{
    const struct check_shown *shown = &result->shown;
    const struct check_issuer *issuer = &result->issuer;
    put_string_or_null(out, "{\"name\":", issuer->has ? issuer->name : shown->issuer_name);
    put_string_or_null(out, ",\"id\":", shown->issuer_id);
    put_log(out, issuer);
    put_string_or_null(out, ",\"account\":", shown->account);
    put_time_or_null(out, ",\"recordedAt\":", issuer->has || shown->recorded,
                     issuer->has ? issuer->recorded_at : shown->recorded_at);
    text_putc(out, '}');
}

static void put_step(struct text *out, const struct verdict_finding *f,
                     enum reasons_language language)
{
    const struct reasons_row *row = reasons_row(f->reason);
    put_string(out, "{\"name\":", row->step);
    put_string(out, ",\"status\":", reasons_status(f->reason));
    put_string(out, ",\"code\":", row->code);
    text_puts(out, ",\"message\":");
    put_message(out, f->reason, f->detail, language);
    text_putc(out, '}');
}

void report_json(struct text *out, const struct check_result *result, enum reasons_language language)
{
    const struct verdict *v = &result->verdict;
    put_string(out, "{\"file\":", result->file);
    put_string_or_null(out, ",\"format\":", result->format);
    put_string(out, ",\"authenticity\":", verdict_authenticity_word(v->authenticity));
    put_string(out, ",\"force\":", verdict_force_word(v->force));
    put_string(out, ",\"code\":", reasons_row(v->reason)->code);
    text_puts(out, ",\"message\":");
    put_message(out, v->reason, v->detail, language);
    text_puts(out, ",\"issuer\":");
    put_issuer(out, result);
    put_string_or_null(out, ",\"holder\":", result->shown.facts.holder);
    text_puts(out, ",\"steps\":[");
    for (size_t i = 0; i < result->findings.n; i++) {
        text_puts(out, i > 0 ? "," : "");
        put_step(out, &result->findings.items[i], language);
    }
    text_puts(out, "]}\n");
}

/* -- For people ----------------------------------------------------------------------------- */

/* The words that lead the first and the third line. */
static const char *const AUTHENTICITY_WORDS[][2] = {
    [VERDICT_GENUINE] = {"AUTHENTIC", "AUTHENTIQUE"},
    [VERDICT_NOT_GENUINE] = {"NOT AUTHENTIC", "PAS AUTHENTIQUE"},
    [VERDICT_UNKNOWN_ISSUER] = {"ISSUER NOT KNOWN HERE", "ÉMETTEUR INCONNU ICI"},
    [VERDICT_COULD_NOT_CHECK] = {"COULD NOT BE CHECKED", "N’A PAS PU ÊTRE VÉRIFIÉ"},
    [VERDICT_PENDING] = {"NOT RECORDED FOR GOOD YET", "PAS ENCORE INSCRIT DÉFINITIVEMENT"},
};

static const char *const FORCE_WORDS[][2] = {
    [VERDICT_IN_FORCE] = {"IN FORCE", "EN VIGUEUR"},
    [VERDICT_EXPIRED] = {"EXPIRED", "EXPIRÉ"},
    [VERDICT_NOT_YET] = {"NOT IN FORCE YET", "PAS ENCORE EN VIGUEUR"},
    [VERDICT_SUSPENDED] = {"SUSPENDED", "SUSPENDU"},
    [VERDICT_REVOKED] = {"REVOKED", "RÉVOQUÉ"},
    [VERDICT_REPLACED] = {"REPLACED", "REMPLACÉ"},
    [VERDICT_FORCE_UNKNOWN] = {"FORCE NOT KNOWN", "VALIDITÉ INCONNUE"},
};

/* The same of a presentation without credentials: nobody may take it for the answer on one. */
static const char *const BARE_WORD[] = {"SIGNED, BUT WITHOUT ANY CREDENTIAL", "SIGNÉ, MAIS SANS AUCUNE ATTESTATION"};
static const char *const BARE_FORCE_WORD[] = {"NO CREDENTIAL THAT COULD BE IN FORCE",
                                              "AUCUNE ATTESTATION QUI PUISSE ÊTRE EN VIGUEUR"};

static bool is_bare(const struct verdict *v)
{
    return v->authenticity_reason == REASON_PRESENTATION_BARE;
}

static const char *const COLON[] = {": ", " : "};

/* "22 November 2026, 07:00 UTC" out of the RFC 3339 form. */
static void put_date(struct text *out, uint64_t seconds, enum reasons_language language)
{
    static const char *const MONTHS[][2] = {
        {"January", "janvier"}, {"February", "février"},  {"March", "mars"},
        {"April", "avril"},     {"May", "mai"},           {"June", "juin"},
        {"July", "juillet"},    {"August", "août"},       {"September", "septembre"},
        {"October", "octobre"}, {"November", "novembre"}, {"December", "décembre"},
    };
    char t[RFC3339_LEN + 1];
    if (!rfc3339_write(t, seconds))
        return;
    int month = (t[5] - '0') * 10 + t[6] - '0';
    const char *day = t[8] == '0' ? t + 9 : t + 8;
    bool first = strncmp(t + 8, "01", 2) == 0 && language == REASONS_FRENCH;
    text_putf(out, "%.*s%s %s %.4s%s%.5s UTC", (int)(t + 10 - day), day, first ? "er" : "",
              MONTHS[month - 1][language], t, language == REASONS_FRENCH ? " à " : ", ", t + 11);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* Names come from outside: nothing in them may drive the terminal. */
static void put_plain(struct text *out, const char *text)
{
    text_put_plain(out, text, strlen(text));
}

/* Marks that a text could use to look like the rest of the line, or to turn its direction. */
static bool is_deceptive(uint32_t point)
{
    return point == '"' || point == 0xab || point == 0xbb || (point >= 0x201c && point <= 0x201f) ||
           (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) || point == 0x200e ||
           point == 0x200f || point == 0x61c || point == 0xfeff;
}

/* A text out of a document or a page, between quotation marks that it cannot close itself. */
static void put_quoted(struct text *out, const char *text, enum reasons_language language)
{
    static const char *const OPEN[] = {"“", "« "}, *const CLOSE[] = {"”", " »"};
    struct slice rest = slice_of(text);
    uint32_t point;
    text_puts(out, OPEN[language]);
    for (size_t len; (len = utf8_decode(rest, &point)) > 0; rest = slice_from(rest, len)) {
        if (is_deceptive(point))
            text_putc(out, '\'');
        else
            text_put_plain(out, (const char *)rest.data, len);
    }
    text_puts(out, CLOSE[language]);
}

/* The host of a URL, or the id itself: what a reader can compare with what he knows. */
static void put_owner(struct text *out, const char *id)
{
    const char *host = strstr(id, "://");
    host = host != NULL ? host + 3 : id;
    text_put_plain(out, host, strcspn(host, host == id ? "" : "/?#"));
}

/* Who stands behind a proof inside a document. */
static void put_prover(struct text *out, const struct check_shown *shown, enum reasons_language language)
{
    if (shown->issuer_name[0] != '\0') {
        put_quoted(out, shown->issuer_name, language);
        text_puts(out, " (");
    }
    put_owner(out, shown->issuer_id);
    if (shown->issuer_name[0] != '\0')
        text_putc(out, ')');
}

/* Who keeps the log that a document is registered in. */
static void put_registrar(struct text *out, const struct check_issuer *issuer, enum reasons_language language)
{
    static const char *const CALLED[] = {"somebody who goes by", "quelqu’un qui se présente comme"};
    put_plain(out, issuer->name[0] != '\0' ? issuer->name : CALLED[language]);
    text_putf(out, issuer->name[0] != '\0' ? " (%s)" : " %s", issuer->log);
}

/* From what was proven only. */
static void put_by_whom(struct text *out, const struct check_result *result, enum reasons_language language)
{
    static const char *const NOBODY[] = {"nobody that we can name", "personne que nous puissions nommer"};
    static const char *const ON[] = {"registered on", "enregistré le"};
    const struct check_issuer *issuer = &result->issuer;
    if (!issuer->has && !result->shown.has) {
        text_puts(out, NOBODY[language]);
        return;
    }
    if (issuer->has)
        put_registrar(out, issuer, language);
    else
        put_prover(out, &result->shown, language);
    if (!issuer->has && !result->shown.recorded)
        return;
    text_putf(out, ", %s ", ON[language]);
    put_date(out, issuer->has ? issuer->recorded_at : result->shown.recorded_at, language);
}

static bool found(const struct check_result *result, enum reason reason)
{
    for (size_t i = 0; i < result->findings.n; i++)
        if (result->findings.items[i].reason == reason)
            return true;
    return false;
}

/* What the proofs of old versions leave out is said where the answer is, not only among the steps. */
static void put_authenticity(struct text *out, const struct check_result *result, enum reasons_language language)
{
    const struct verdict *v = &result->verdict;
    const char *word = is_bare(v) ? BARE_WORD[language] : AUTHENTICITY_WORDS[v->authenticity][language];
    text_putf(out, "%s%s%s", word, COLON[language],
              reasons_row(v->authenticity_reason)->sentence[language]);
    if (v->authenticity == VERDICT_GENUINE && found(result, REASON_PARTS_NEVER_COVERED))
        text_putf(out, " %s", reasons_row(REASON_PARTS_NEVER_COVERED)->sentence[language]);
    text_putc(out, '\n');
}

static void put_three_facts(struct text *out, const struct check_result *result, enum reasons_language language)
{
    static const char *const WHAT[] = {"What", "Quoi"}, *const TO[] = {"To", "À qui"},
                             *const BY[] = {"By", "Par qui"};
    static const char *const UNSAID[] = {"see the document", "voir le document"};
    const struct facts *facts = &result->shown.facts;
    const char *colon = COLON[language];
    text_putf(out, "%s%s", WHAT[language], colon);
    if (facts->title[0] != '\0')
        put_quoted(out, facts->title, language);
    else
        put_plain(out, base_name(result->file));
    text_putf(out, " · %s%s", TO[language], colon);
    if (facts->holder[0] != '\0')
        put_quoted(out, facts->holder, language);
    else
        text_puts(out, UNSAID[language]);
    text_putf(out, " · %s%s", BY[language], colon);
    put_by_whom(out, result, language);
    text_putc(out, '\n');
}

static void put_force(struct text *out, const struct check_result *result, enum reasons_language language,
                      uint64_t checked_at, uint64_t judged_at)
{
    static const char *const CHECKED[] = {"checked on", "vérifié le"}, *const ON_DAY[] = {"on", "le"};
    const struct verdict *v = &result->verdict;
    text_puts(out, is_bare(v) ? BARE_FORCE_WORD[language] : FORCE_WORDS[v->force][language]);
    if (judged_at != 0) {
        text_putf(out, " %s ", ON_DAY[language]);
        put_date(out, judged_at, language);
    }
    if (v->force_reason != REASON_GENUINE)
        text_putf(out, "%s%s", COLON[language], reasons_row(v->force_reason)->sentence[language]);
    text_putf(out, " · %s ", CHECKED[language]);
    put_date(out, checked_at, language);
    text_putc(out, '\n');
}

static char mark_of(enum reason reason)
{
    switch (reasons_status(reason)[0]) {
    case 'p': return '+';
    case 'f': return 'x';
    case 'u': return '?';
    }
    return '-';
}

void report_text(struct text *out, const struct check_result *result, enum reasons_language language,
                 uint64_t checked_at, uint64_t judged_at)
{
    put_authenticity(out, result, language);
    put_three_facts(out, result, language);
    put_force(out, result, language, checked_at, judged_at);
    text_putc(out, '\n');
    for (size_t i = 0; i < result->findings.n; i++) {
        const struct verdict_finding *f = &result->findings.items[i];
        const char *mend = reasons_mend(f->reason, language);
        text_putf(out, "  %c %s  %s", mark_of(f->reason), reasons_row(f->reason)->code,
                  reasons_row(f->reason)->sentence[language]);
        if (mend[0] != '\0')
            text_putf(out, " %s", mend);
        text_puts(out, f->detail[0] != '\0' ? " [" : "");
        put_plain(out, f->detail);
        text_puts(out, f->detail[0] != '\0' ? "]\n" : "\n");
    }
}
