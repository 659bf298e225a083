/* The report in two languages: see reportmd.h. */
#include "verifier/audit/reportmd.h"

#include <inttypes.h>
#include <string.h>

#define MAX_SHOWN 200 /* findings of one code; the rest is in findings.json */

/* Every phrase of the report. */
#define PHRASES(X)                                                                                  \
    X(TITLE, "# Audit of the log %s\n\n", "# Audit du registre %s\n\n")                             \
    X(CLEAN, "**Result: clean.** Every batch was rebuilt and is recorded as it should be.\n\n",     \
      "**Résultat : conforme.** Chaque lot a été reconstruit et est inscrit comme il doit l’être.\n\n") \
    X(FOUND, "**Result: findings.** What was found is listed below.\n\n",                           \
      "**Résultat : constats.** Ce qui a été trouvé est listé ci-dessous.\n\n")                     \
    X(INCOMPLETE, "**Result: not complete.** Something could not be read; nothing is said about the rest.\n\n", \
      "**Résultat : incomplet.** Une partie n’a pas pu être lue ; rien n’est dit du reste.\n\n")    \
    X(SUBJECT, "## What was audited\n\n", "## Objet de l’audit\n\n")                                \
    X(GENESIS, "- Genesis: `", "- Genèse : `")                                                      \
    X(R0, "- R_0: `", "- R_0 : `")                                                                  \
    X(FIRST_KEY, "- First key: `0x", "- Première clé : `0x")                                        \
    X(CHAIN, "- Chain: %" PRIu64 "\n", "- Chaîne : %" PRIu64 "\n")                                  \
    X(REGISTRY, "- Registry: `0x", "- Contrat registre : `0x")                                      \
    X(NO_REGISTRY, "- Registry: none, keys record to themselves\n",                                 \
      "- Contrat registre : aucun, les clés inscrivent à leur propre adresse\n")                    \
    X(HEAD, "- Head: batch %" PRIu64 ", value `", "- Dernier lot : %" PRIu64 ", valeur `")          \
    X(FINAL, "- Chain read up to block %" PRIu64 " (", "- Chaîne lue jusqu’au bloc %" PRIu64 " (")  \
    X(COUNTS, "- %zu batches, %zu leaves, %zu transactions of %zu keys\n\n",                        \
      "- %zu lots, %zu feuilles, %zu transactions de %zu clés\n\n")                                 \
    X(FINDINGS, "## Findings\n\n", "## Constats\n\n")                                               \
    X(NONE, "None.\n\n", "Aucun.\n\n")                                                              \
    X(MORE, "- … and %zu more of this kind, in findings.json\n",                                    \
      "- … et %zu autres du même genre, dans findings.json\n")                                      \
    X(SAMPLE, "## Sample for a check by hand\n\nSeed `%s`, %zu asked for, %zu drawn. Ask the issuer for the " \
      "documents behind these leaves and check each with `hallmark verify`.\n\n| batch | leaf | value |\n|---|---|---|\n", \
      "## Échantillon à vérifier à la main\n\nGraine `%s`, %zu demandées, %zu tirées. Demandez à l’émetteur les " \
      "documents de ces feuilles et vérifiez chacun avec `hallmark verify`.\n\n| lot | feuille | valeur |\n|---|---|---|\n") \
    X(LIMITS, "## What this does not say\n\n"                                                       \
      "- A leaf opens nothing: that the documents behind the leaves are true is not shown.\n"       \
      "- The log is complete for the keys in keys.csv. That the issuer has no other key is for the issuer to say.\n" \
      "- The time of sealing is the issuer's word; the recent block and the block of the record bound it.\n" \
      "- Codes are explained in docs/auditing.md.\n\n",                                             \
      "## Ce que cet audit ne dit pas\n\n"                                                          \
      "- Une feuille n’ouvre rien : que les documents derrière les feuilles soient vrais n’est pas montré.\n" \
      "- Le registre est complet pour les clés de keys.csv. Que l’émetteur n’ait pas d’autre clé, à lui de le dire.\n" \
      "- L’heure de scellement est la parole de l’émetteur ; le bloc récent et le bloc d’inscription l’encadrent.\n" \
      "- Les codes sont expliqués dans docs/auditing.md.\n\n")                                      \
    X(BATCH, "batch", "lot")                                                                        \
    X(BLOCK, "block", "bloc")                                                                       \
    X(KEY, "key", "clé")

enum phrase {
#define X(name, en, fr) PHRASE_##name,
    PHRASES(X)
#undef X
};

/* text_putf with a phrase of either language: literals of the table, so that the compiler checks them. */
#define X(name, en, fr)                                                                             \
    __attribute__((unused)) static const char *const EN_##name = en, *const FR_##name = fr;
PHRASES(X)
#undef X
#define SAY(t, language, name) text_puts(t, (language) == CATALOGUE_FRENCH ? FR_##name : EN_##name)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#define SAYF(t, language, name, ...)                                                                \
    text_putf(t, (language) == CATALOGUE_FRENCH ? FR_##name : EN_##name, __VA_ARGS__)

void reportmd_finding(struct text *t, const struct finding *finding, enum catalogue_language language)
{
    static const struct seal_address NO_KEY;
    const struct catalogue_row *row = catalogue_row(finding->code);
    text_putf(t, "%s %s: %s", row->code, catalogue_severity_word(row->severity, language), row->sentence[language]);
    if (finding->number != 0) {
        text_putf(t, " [%s ", language == CATALOGUE_FRENCH ? FR_BATCH : EN_BATCH);
        text_put_u64(t, finding->number);
        text_putc(t, ']');
    }
    if (!hash32_is_zero(&finding->tx)) {
        text_puts(t, " [tx 0x");
        text_put_hex(t, finding->tx.b, sizeof finding->tx.b);
        text_putc(t, ']');
    }
    if (finding->block != 0)
        text_putf(t, " [%s %" PRIu64 "]", language == CATALOGUE_FRENCH ? FR_BLOCK : EN_BLOCK, finding->block);
    if (!keychain_same(&finding->key, &NO_KEY)) {
        text_putf(t, " [%s 0x", language == CATALOGUE_FRENCH ? FR_KEY : EN_KEY);
        text_put_hex(t, finding->key.b, sizeof finding->key.b);
        text_putc(t, ']');
    }
    if (finding->detail[0] != '\0') {
        text_puts(t, " (");
        text_put_plain(t, finding->detail, strlen(finding->detail));
        text_putc(t, ')');
    }
}

static void put_code(struct text *t, const void *bytes, size_t len)
{
    text_put_hex(t, bytes, len);
    text_puts(t, "`\n");
}

static void put_subject(struct text *t, const struct ledger *l, enum catalogue_language language)
{
    SAY(t, language, SUBJECT);
    SAY(t, language, GENESIS);
    put_code(t, l->genesis_bytes, sizeof l->genesis_bytes);
    SAY(t, language, R0);
    put_code(t, l->r0.b, sizeof l->r0.b);
    SAY(t, language, FIRST_KEY);
    put_code(t, l->genesis.issuer.b, sizeof l->genesis.issuer.b);
    SAYF(t, language, CHAIN, l->genesis.chain_id);
    if (ledger_has_registry(l)) {
        SAY(t, language, REGISTRY);
        put_code(t, l->genesis.registry.b, sizeof l->genesis.registry.b);
    } else {
        SAY(t, language, NO_REGISTRY);
    }
    SAYF(t, language, HEAD, l->head);
    put_code(t, l->anchored.b, sizeof l->anchored.b);
    if (l->final.asked) {
        SAYF(t, language, FINAL, l->final.number);
        text_put_time(t, l->final.time);
        text_puts(t, ", `0x");
        text_put_hex(t, l->final.hash.b, sizeof l->final.hash.b);
        text_puts(t, "`)\n");
    }
    SAYF(t, language, COUNTS, l->n_batches, l->n_leaves, l->n_txs, l->n_keys);
}

static void put_findings(struct text *t, const struct findings *f, enum catalogue_language language)
{
    SAY(t, language, FINDINGS);
    if (f->n == 0)
        SAY(t, language, NONE);
    for (size_t i = 0, of_code = 0; i < f->n; i++) {
        bool last = i + 1 == f->n || f->items[i + 1].code != f->items[i].code;
        if (of_code < MAX_SHOWN) {
            text_puts(t, "- ");
            reportmd_finding(t, &f->items[i], language);
            text_putc(t, '\n');
        } else if (last) {
            SAYF(t, language, MORE, of_code + 1 - MAX_SHOWN);
        }
        of_code = last ? 0 : of_code + 1;
    }
    if (f->n > 0)
        text_putc(t, '\n');
}

static void put_sample(struct text *t, const struct results *r, enum catalogue_language language)
{
    if (r->seed == NULL)
        return;
    struct text seed = {0};
    text_put_plain(&seed, r->seed, strlen(r->seed));
    SAYF(t, language, SAMPLE, text_string(&seed), r->sample_n, r->sample->n);
    text_done(&seed);
    for (size_t i = 0; i < r->sample->n; i++) {
        const struct draw_item *item = &r->sample->items[i];
        if (!item->found)
            continue;
        text_putf(t, "| %" PRIu64 " | %" PRIu64 " | `", item->number, item->index);
        text_put_hex(t, item->leaf.b, sizeof item->leaf.b);
        text_puts(t, "` |\n");
    }
    text_putc(t, '\n');
}

static void put_report(struct text *t, const struct results *r, enum catalogue_language language)
{
    const struct findings *f = &r->judge->findings;
    SAYF(t, language, TITLE, r->ledger->name);
    switch (findings_exit(f)) {
    case 0: SAY(t, language, CLEAN); break;
    case 1: SAY(t, language, FOUND); break;
    default: SAY(t, language, INCOMPLETE); break;
    }
    put_subject(t, r->ledger, language);
    put_findings(t, f, language);
    put_sample(t, r, language);
    SAY(t, language, LIMITS);
}
#pragma GCC diagnostic pop

void reportmd_write(struct text *t, const struct results *r)
{
    put_report(t, r, CATALOGUE_ENGLISH);
    text_puts(t, "---\n\n");
    put_report(t, r, CATALOGUE_FRENCH);
}
