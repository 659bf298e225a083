/* The status page: see page.h. */
#include "daemon/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/facts.h"

/* Every sentence: name, English, French. */
#define TEXTS(X)                                                                                                   \
    X(TITLE, "State of the log", "État du journal")                                                               \
    X(OTHER, "Français", "English")                                                                               \
    X(WELL, "In service: hashes are accepted and anchored.", "En service : les empreintes sont acceptées et ancrées.") \
    X(TROUBLE, "Not fully in service:", "Service incomplet :")                                                    \
    X(PAUSED, "Paused by the operator: hashes are accepted, none is sealed.",                                     \
      "En pause : les empreintes sont acceptées, aucune n’est scellée.")                                          \
    X(WORK, "Hashes and batches", "Empreintes et lots")                                                           \
    X(ACCEPTED, "Hashes accepted", "Empreintes acceptées")                                                        \
    X(PENDING, "Waiting for a batch", "En attente d’un lot")                                                      \
    X(OLDEST, "Oldest without a final anchor, since", "La plus ancienne sans ancrage définitif, depuis")           \
    X(BATCHES, "Batches sealed", "Lots scellés")                                                                  \
    X(HEAD, "Newest batch", "Dernier lot")                                                                        \
    X(IN_FLIGHT, "On their way to the chain", "En cours d’ancrage")                                               \
    X(LAST, "Last final anchor", "Dernier ancrage définitif")                                                     \
    X(LAST_AT, "final since", "définitif depuis")                                                                 \
    X(CHAIN, "Chain", "Chaîne")                                                                                   \
    X(CHAIN_ID, "Chain number", "Numéro de la chaîne")                                                            \
    X(REACHABLE, "Reachable", "Joignable")                                                                        \
    X(BLOCK, "Newest block", "Dernier bloc")                                                                      \
    X(SENDER, "Key that anchors", "Clé qui ancre")                                                                \
    X(REGISTRY, "Registry contract", "Contrat du registre")                                                       \
    X(BALANCE, "Balance of the key", "Solde de la clé")                                                           \
    X(RUNWAY, "Enough for (days)", "Suffisant pour (jours)")                                                      \
    X(FEES, "Fees", "Frais")                                                                                      \
    X(FEES_OK, "within the limits", "dans les limites")                                                           \
    X(FEES_HIGH, "above the limit: anchoring waits", "au-dessus de la limite : l’ancrage attend")                 \
    X(FEES_BUDGET, "the budget of the day is used up", "le budget du jour est épuisé")                            \
    X(FEES_FUNDS, "the balance is too low", "le solde est insuffisant")                                           \
    X(UNKNOWN, "not known yet", "pas encore connu")                                                               \
    X(AGREE, "Sources of the chain", "Sources de la chaîne")                                                      \
    X(AGREE_YES, "they agree", "elles concordent")                                                                \
    X(AGREE_BEHIND, "one is behind", "l’une est en retard")                                                       \
    X(AGREE_NO, "they disagree", "elles divergent")                                                               \
    X(AGREE_FEW, "too few answer", "trop peu répondent")                                                          \
    X(LOG, "The log", "Le journal")                                                                               \
    X(VALUE, "Newest anchored value", "Dernière valeur ancrée")                                                   \
    X(GENESIS, "First value (R_0)", "Première valeur (R_0)")                                                      \
    X(VERSION, "Software", "Logiciel")                                                                            \
    X(DATA, "For programs", "Pour les programmes")                                                                \
    X(YES, "yes", "oui")                                                                                          \
    X(NO, "no", "non")                                                                                            \
    X(NONE, "none", "aucun")

enum text_name {
#define X(name, en, fr) T_##name,
    TEXTS(X)
#undef X
};

static const char *const WORDS[][2] = {
#define X(name, en, fr) [T_##name] = {en, fr},
    TEXTS(X)
#undef X
};

static const char *const CODES[] = {[PAGE_EN] = "en", [PAGE_FR] = "fr"};

const char page_style[] =
    ":root{color-scheme:light dark;--ink:#1b1f24;--back:#fff;--line:#c9ced6;--well:#0b6b3a;--bad:#a3200d;--link:#0b4f9e}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--back:#15181c;--line:#444a52;--well:#6fd39b;--bad:#ff9a85;"
    "--link:#8ab8ff}}\n"
    "body{margin:0;background:var(--back);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}\n"
    "main,header{max-width:48rem;margin:0 auto;padding:1rem}\n"
    "header{display:flex;flex-wrap:wrap;gap:.5rem 2rem;justify-content:space-between;align-items:baseline}\n"
    "h1{font-size:1.4rem;margin:0;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:1.5rem 0 .25rem}\n"
    "a{color:var(--link)}.state{font-weight:600;margin:0}.well{color:var(--well)}.bad{color:var(--bad)}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .5rem .35rem 0;border-bottom:1px solid var(--line);font-weight:400}\n"
    "th{width:45%}td{overflow-wrap:anywhere;font-variant-numeric:tabular-nums}ul{padding-left:1.2rem}\n"
    "@media(max-width:30rem){th,td{display:block;width:auto;padding:.1rem 0}th{border-bottom:0;padding-top:.5rem;opacity:.85}}\n";

/* ------------------------------------------------------------------ language */

const char *page_language_code(enum page_language language)
{
    return CODES[language];
}

/* The weight of "fr;q=0.8" in thousandths: 0 to 1000. */
static unsigned weight_of(const char *at, size_t len)
{
    const char *q = memmem(at, len, "q=", 2);
    if (q == NULL)
        return 1000;
    double value = strtod(q + 2, NULL);
    return value >= 1 ? 1000 : value > 0 ? (unsigned)(value * 1000) : 0;
}

enum page_language page_choose(const char *query, const char *accept_language)
{
    enum page_language best = PAGE_EN;
    unsigned weight = 0;
    for (int i = PAGE_EN; query != NULL && i <= PAGE_FR; i++)
        if (strcmp(query, CODES[i]) == 0)
            return (enum page_language)i;
    for (const char *at = accept_language; at != NULL && *at != '\0';) {
        at += strspn(at, ", \t");
        size_t len = strcspn(at, ",");
        for (int i = PAGE_EN; i <= PAGE_FR; i++)
            if (len >= 2 && strncasecmp(at, CODES[i], 2) == 0 && strchr("-;, \t", at[2]) != NULL && weight_of(at, len) > weight) {
                best = (enum page_language)i;
                weight = weight_of(at, len);
            }
        at += len;
    }
    return best;
}

/* ------------------------------------------------------------------ pieces */

struct page {
    struct text *out;
    enum page_language language;
};

void page_put_escaped(struct text *out, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '&':
            text_puts(out, "&amp;");
            break;
        case '<':
            text_puts(out, "&lt;");
            break;
        case '>':
            text_puts(out, "&gt;");
            break;
        case '"':
            text_puts(out, "&quot;");
            break;
        case '\'':
            text_puts(out, "&#39;");
            break;
        default:
            text_putc(out, *text);
        }
}

static const char *word(const struct page *p, enum text_name name)
{
    return WORDS[name][p->language];
}

static void begin_table(struct page *p, enum text_name title)
{
    text_putf(p->out, "<h2>%s</h2>\n<table>\n", word(p, title));
}

static void row(struct page *p, enum text_name name, const char *value)
{
    text_putf(p->out, "<tr><th scope=\"row\">%s</th><td>", word(p, name));
    page_put_escaped(p->out, value);
    text_puts(p->out, "</td></tr>\n");
}

static void row_number(struct page *p, enum text_name name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    row(p, name, text);
}

static void row_time(struct page *p, enum text_name name, uint64_t at)
{
    struct text t = {0};
    if (at != 0)
        text_put_time(&t, at);
    row(p, name, at != 0 ? text_string(&t) : word(p, T_NONE));
    text_done(&t);
}

static void row_bytes(struct page *p, enum text_name name, const char *prefix, const void *bytes, size_t len)
{
    struct text t = {0};
    text_puts(&t, prefix);
    text_put_hex(&t, bytes, len);
    row(p, name, text_string(&t));
    text_done(&t);
}

/* ------------------------------------------------------------------ the parts of the page */

static void put_head(struct page *p, const char *log)
{
    enum page_language other = p->language == PAGE_EN ? PAGE_FR : PAGE_EN;
    text_putf(p->out,
              "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>%s – ",
              CODES[p->language], word(p, T_TITLE));
    page_put_escaped(p->out, log);
    text_puts(p->out, "</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n<header>\n<h1>");
    page_put_escaped(p->out, log);
    text_putf(p->out, "</h1>\n<a href=\"/?lang=%s\" hreflang=\"%s\" lang=\"%s\">%s</a>\n</header>\n<main>\n", CODES[other],
              CODES[other], CODES[other], word(p, T_OTHER));
}

static void put_state(struct page *p, bool paused, enum ready_reason why)
{
    text_putf(p->out, "<p class=\"state %s\" role=\"status\">", why == READY && !paused ? "well" : "bad");
    if (why != READY)
        text_putf(p->out, "%s %s.", word(p, T_TROUBLE), p->language == PAGE_FR ? ready_french(why) : ready_english(why));
    else
        text_puts(p->out, word(p, paused ? T_PAUSED : T_WELL));
    text_puts(p->out, "</p>\n");
}

static void put_work(struct page *p, const struct facts *f)
{
    char last[64];
    begin_table(p, T_WORK);
    row_number(p, T_ACCEPTED, f->store.targets);
    row_number(p, T_PENDING, f->pending.count);
    row_time(p, T_OLDEST, f->oldest_unanchored_at);
    row_number(p, T_BATCHES, f->store.batches);
    row_number(p, T_HEAD, f->head);
    row_number(p, T_IN_FLIGHT, f->in_flight);
    snprintf(last, sizeof last, "%" PRIu64, f->last_final);
    row(p, T_LAST, f->last_final != 0 ? last : word(p, T_NONE));
    if (f->last_final != 0)
        row_time(p, T_LAST_AT, f->last_final_at);
    text_puts(p->out, "</table>\n");
}

static enum text_name fee_words(enum facts_fee fee)
{
    switch (fee) {
    case FACTS_FEE_OK:
        return T_FEES_OK;
    case FACTS_FEE_ABOVE_CAP:
        return T_FEES_HIGH;
    case FACTS_FEE_NO_BUDGET:
        return T_FEES_BUDGET;
    case FACTS_FEE_NO_FUNDS:
        return T_FEES_FUNDS;
    case FACTS_FEE_UNKNOWN:
    case FACTS_N_FEES:
        break;
    }
    return T_UNKNOWN;
}

static enum text_name agreement_words(enum facts_agreement agreement)
{
    switch (agreement) {
    case FACTS_ENDPOINTS_AGREE:
        return T_AGREE_YES;
    case FACTS_ENDPOINTS_BEHIND:
        return T_AGREE_BEHIND;
    case FACTS_ENDPOINTS_DISAGREE:
        return T_AGREE_NO;
    case FACTS_ENDPOINTS_TOO_FEW:
        return T_AGREE_FEW;
    case FACTS_ENDPOINTS_UNKNOWN:
    case FACTS_N_AGREEMENTS:
        break;
    }
    return T_UNKNOWN;
}

static void put_chain(struct page *p, const struct control *c, const struct facts *f)
{
    static const struct seal_address NONE;
    const struct chainview *view = &c->anchorer->view;
    char amount[WEI_TEXT_LEN], balance[WEI_TEXT_LEN + 1];
    begin_table(p, T_CHAIN);
    row_number(p, T_CHAIN_ID, c->log->chain_id);
    row(p, T_REACHABLE, word(p, view->lane.rpc_ok ? T_YES : T_NO));
    row(p, T_AGREE, word(p, agreement_words(f->agreement)));
    if (view->ever) {
        row_number(p, T_BLOCK, view->head.number);
        wei_format(amount, view->lane.balance);
        size_t digits = strspn(amount, "0123456789.");
        snprintf(balance, sizeof balance, "%.*s %s", (int)digits, amount, amount + digits);
        row(p, T_BALANCE, balance);
    }
    if (f->runway_days != FACTS_UNKNOWN)
        row_number(p, T_RUNWAY, f->runway_days);
    row(p, T_FEES, word(p, fee_words(f->fee)));
    row_bytes(p, T_SENDER, "0x", c->anchorer->env.sender.b, sizeof c->anchorer->env.sender.b);
    if (memcmp(&c->log->genesis.registry, &NONE, sizeof NONE) != 0)
        row_bytes(p, T_REGISTRY, "0x", c->log->genesis.registry.b, sizeof NONE.b);
    text_puts(p->out, "</table>\n");
}

static void put_log(struct page *p, const struct control *c, const struct facts *f)
{
    static const char *const PATHS[] = {"/v1/log", "/v1/batches", "/v1/events", "/readyz"};
    begin_table(p, T_LOG);
    row_bytes(p, T_VALUE, "", f->anchored.b, sizeof f->anchored.b);
    row_bytes(p, T_GENESIS, "", c->log->r0.b, sizeof c->log->r0.b);
    row(p, T_VERSION, "hallmarkd " HALLMARK_VERSION);
    text_putf(p->out, "</table>\n<h2>%s</h2>\n<ul>\n", word(p, T_DATA));
    for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++)
        text_putf(p->out, "<li><a href=\"%s\"><code>%s</code></a></li>\n", PATHS[i], PATHS[i]);
    text_puts(p->out, "</ul>\n</main>\n</body>\n</html>\n");
}

void page_write(const struct control *c, enum page_language language, enum ready_reason why, struct text *out)
{
    struct page page = {.out = out, .language = language};
    struct facts f;
    struct err e;
    if (facts_gather(c, &f, &e) != ERR_OK && why == READY)
        why = READY_STORE;
    put_head(&page, c->log->name);
    put_state(&page, c->sealer->paused, why);
    put_work(&page, &f);
    put_chain(&page, c, &f);
    put_log(&page, c, &f);
}
