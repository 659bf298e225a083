/* Files of an audit: see outputs.h. */
#include "verifier/audit/outputs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/rfc3339.h"
#include "common/sha256.h"
#include "verifier/audit/reportmd.h"
#include "verifier/command.h"

#define CRLF "\r\n"

static bool is_zero_key(const struct seal_address *key)
{
    static const struct seal_address NONE;
    return keychain_same(key, &NONE);
}

/* ------------------------------------------------------------------ JSON */

static void json_0x(struct text *t, const char *key, const void *bytes, size_t len, bool there)
{
    text_putf(t, ",\"%s\":", key);
    if (!there) {
        text_puts(t, "null");
        return;
    }
    text_puts(t, "\"0x");
    text_put_hex(t, bytes, len);
    text_putc(t, '"');
}

static void json_number(struct text *t, const char *key, uint64_t number, bool there)
{
    text_putf(t, ",\"%s\":", key);
    if (there)
        text_put_u64(t, number);
    else
        text_puts(t, "null");
}

void outputs_finding(struct text *t, const struct finding *finding)
{
    const struct catalogue_row *row = catalogue_row(finding->code);
    bool has_tx = !hash32_is_zero(&finding->tx);
    text_putf(t, "{\"code\":\"%s\",\"name\":\"%s\",\"severity\":\"%s\"", row->code, row->name,
              catalogue_severity_word(row->severity, CATALOGUE_ENGLISH));
    json_number(t, "batch", finding->number, finding->number != 0);
    json_number(t, "block", finding->block, finding->block != 0 || has_tx);
    json_0x(t, "transaction", finding->tx.b, sizeof finding->tx.b, has_tx);
    json_0x(t, "key", finding->key.b, sizeof finding->key.b, !is_zero_key(&finding->key));
    text_puts(t, ",\"message\":");
    text_put_json(t, row->sentence[CATALOGUE_ENGLISH], strlen(row->sentence[CATALOGUE_ENGLISH]));
    text_puts(t, ",\"detail\":");
    text_put_json(t, finding->detail, strlen(finding->detail));
    text_putc(t, '}');
}

static void put_log(struct text *t, const struct ledger *l)
{
    text_puts(t, "\"log\":");
    text_put_json(t, l->name, strlen(l->name));
    text_puts(t, ",\"genesis\":\"");
    text_put_hex(t, l->genesis_bytes, sizeof l->genesis_bytes);
    text_puts(t, "\",\"r0\":\"");
    text_put_hex(t, l->r0.b, sizeof l->r0.b);
    text_putf(t, "\",\"chainId\":%" PRIu64, l->genesis.chain_id);
    json_0x(t, "registry", l->genesis.registry.b, sizeof l->genesis.registry.b, ledger_has_registry(l));
    text_putf(t, ",\"head\":%" PRIu64 ",\"anchored\":\"", l->head);
    text_put_hex(t, l->anchored.b, sizeof l->anchored.b);
    text_puts(t, "\",\"final\":");
    if (!l->final.asked) {
        text_puts(t, "null");
        return;
    }
    text_putf(t, "{\"number\":%" PRIu64 ",\"hash\":\"0x", l->final.number);
    text_put_hex(t, l->final.hash.b, sizeof l->final.hash.b);
    text_puts(t, "\",\"time\":\"");
    text_put_time(t, l->final.time);
    text_puts(t, "\"}");
}

static void put_counts(struct text *t, const struct results *o)
{
    const struct findings *f = &o->judge->findings;
    text_putf(t, "\"batches\":%zu,\"leaves\":%zu,\"transactions\":%zu,\"keys\":%zu", o->ledger->n_batches,
              o->ledger->n_leaves, o->ledger->n_txs, o->ledger->n_keys);
    text_putf(t, ",\"errors\":%zu,\"warnings\":%zu,\"notices\":%zu,\"complete\":%s",
              findings_count(f, CATALOGUE_ERROR), findings_count(f, CATALOGUE_WARNING),
              findings_count(f, CATALOGUE_NOTICE), findings_count(f, CATALOGUE_INCOMPLETE) == 0 ? "true" : "false");
}

void outputs_summary(struct text *t, const struct results *o, int exit)
{
    text_puts(t, "{\"summary\":{");
    put_log(t, o->ledger);
    text_putc(t, ',');
    put_counts(t, o);
    text_putf(t, ",\"exit\":%d}}\n", exit);
}

void outputs_findings_json(struct text *t, const struct results *o)
{
    const struct findings *f = &o->judge->findings;
    text_puts(t, "{\"version\":1,");
    put_log(t, o->ledger);
    text_puts(t, ",\n");
    put_counts(t, o);
    text_puts(t, ",\n\"findings\":[");
    for (size_t i = 0; i < f->n; i++) {
        text_puts(t, i > 0 ? ",\n" : "\n");
        outputs_finding(t, &f->items[i]);
    }
    text_puts(t, "]}\n");
}

/* ------------------------------------------------------------------ CSV */

static void csv_hash(struct text *t, const struct hash32 *hash)
{
    text_putc(t, ',');
    text_put_hex(t, hash->b, sizeof hash->b);
}

static void csv_0x(struct text *t, const void *bytes, size_t len)
{
    text_puts(t, ",0x");
    text_put_hex(t, bytes, len);
}

static void csv_number(struct text *t, uint64_t number)
{
    text_putc(t, ',');
    text_put_u64(t, number);
}

static void csv_time(struct text *t, uint64_t seconds)
{
    text_putc(t, ',');
    if (seconds <= RFC3339_MAX)
        text_put_time(t, seconds);
}

void outputs_anchors_csv(struct text *t, const struct results *o)
{
    text_puts(t, "block,transaction_index,time,transaction,nonce,from,to,role,batch,value,block_hash" CRLF);
    for (size_t i = 0; i < o->judge->match.n_txs; i++) {
        const struct match_tx *m = &o->judge->match.txs[i];
        const struct ledger_tx *tx = m->tx;
        text_put_u64(t, tx->place.block);
        csv_number(t, tx->place.tx_index);
        csv_time(t, tx->time);
        csv_0x(t, tx->hash.b, sizeof tx->hash.b);
        csv_number(t, tx->nonce);
        csv_0x(t, tx->sender.b, sizeof tx->sender.b);
        csv_0x(t, tx->to.b, sizeof tx->to.b);
        text_putf(t, ",%s,", match_role_word(m->role));
        if (m->number != 0)
            text_put_u64(t, m->number);
        if (tx->kind == LEDGER_ANCHOR)
            csv_hash(t, &tx->value);
        else
            text_putc(t, ',');
        csv_0x(t, tx->block_hash.b, sizeof tx->block_hash.b);
        text_puts(t, CRLF);
    }
}

static void put_batch_row(struct text *t, const struct ledger_batch *batch, const struct ledger_tx *anchor)
{
    text_put_u64(t, batch->number);
    csv_number(t, batch->leaf_count);
    csv_time(t, batch->sealed_at);
    csv_hash(t, &batch->root);
    csv_hash(t, &batch->seal);
    csv_hash(t, &batch->previous);
    csv_hash(t, &batch->anchored);
    if (batch->header_ok) {
        csv_number(t, batch->header.block);
        csv_hash(t, &batch->header.block_hash);
        csv_hash(t, &batch->header.annex_hash);
    } else {
        text_puts(t, ",,,");
    }
    if (anchor != NULL) {
        csv_number(t, anchor->place.block);
        csv_time(t, anchor->time);
        csv_0x(t, anchor->hash.b, sizeof anchor->hash.b);
    } else {
        text_puts(t, ",,,");
    }
    text_puts(t, CRLF);
}

void outputs_batches_csv(struct text *t, const struct results *o)
{
    const struct judge *j = o->judge;
    text_puts(t, "number,leaves,sealed_at,root,seal,previous,anchored,recent_block,recent_block_hash,annex_sha256,"
                 "anchor_block,anchor_time,anchor_transaction" CRLF);
    for (size_t i = 0; i < j->walk.n; i++)
        put_batch_row(t, j->walk.steps[i].batch, j->match.first != NULL ? j->match.first[i] : NULL);
}

/* The event that let a key in (added) or put it out, the first by a key in force; NULL. */
static const struct keychain_event *find_event(const struct results *o, const struct seal_address *key, bool added)
{
    const struct match *m = &o->judge->match;
    for (size_t i = 0; i < m->n_events; i++) {
        const struct keychain_event *event = &m->events[i];
        struct keychain_moment then = {.place = event->place};
        if (event->added == added && keychain_same(&event->key, key) &&
            keychain_standing(&o->ledger->genesis.issuer, m->events, m->n_events, &event->issuer, &then) !=
                KEYCHAIN_FOREIGN)
            return event;
    }
    return NULL;
}

static void put_event(struct text *t, const struct keychain_event *event)
{
    if (event == NULL) {
        text_puts(t, ",,,");
        return;
    }
    csv_number(t, event->place.block);
    csv_time(t, event->time);
    csv_0x(t, event->issuer.b, sizeof event->issuer.b);
}

void outputs_keys_csv(struct text *t, const struct results *o)
{
    const struct ledger *l = o->ledger;
    text_puts(t, "key,of_genesis,added_block,added_time,added_by,removed_block,removed_time,removed_by,"
                 "transactions,anchors" CRLF);
    for (size_t i = 0; i < l->n_keys; i++) {
        const struct ledger_key *key = &l->keys[i];
        uint64_t anchors = 0;
        for (size_t k = 0; k < o->judge->match.n_txs; k++)
            anchors += o->judge->match.txs[k].role == MATCH_BATCH &&
                       keychain_same(&o->judge->match.txs[k].tx->sender, &key->key);
        text_puts(t, "0x");
        text_put_hex(t, key->key.b, sizeof key->key.b);
        text_puts(t, keychain_same(&key->key, &l->genesis.issuer) ? ",yes" : ",no");
        put_event(t, find_event(o, &key->key, true));
        put_event(t, find_event(o, &key->key, false));
        csv_number(t, key->n_transactions);
        csv_number(t, anchors);
        text_puts(t, CRLF);
    }
}

void outputs_sample_csv(struct text *t, const struct results *o)
{
    text_puts(t, "batch,leaf_index,leaf" CRLF);
    for (size_t i = 0; i < o->sample->n; i++) {
        const struct draw_item *item = &o->sample->items[i];
        if (!item->found)
            continue;
        text_put_u64(t, item->number);
        csv_number(t, item->index);
        csv_hash(t, &item->leaf);
        text_puts(t, CRLF);
    }
}

/* ------------------------------------------------------------------ files */

static enum err_code write_file(const char *folder, const char *name, struct text *t, struct text *manifest,
                                struct err *e)
{
    char path[4096];
    if (t->failed || manifest->failed)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return err_set(e, ERR_INVALID, "%s: the name is too long", folder);
    enum err_code rc = command_write_file(path, text_string(t), t->len, e);
    if (rc == ERR_OK && t != manifest) {
        struct hash32 hash = sha256(text_string(t), t->len);
        text_put_hex(manifest, hash.b, sizeof hash.b);
        text_putf(manifest, "  %s\n", name);
    }
    return rc;
}

enum err_code outputs_write(const struct results *o, const char *folder, struct err *e)
{
    static const struct {
        const char *name;
        void (*write)(struct text *t, const struct results *o);
    } FILES[] = {
        {"anchors.csv", outputs_anchors_csv},         {"batches.csv", outputs_batches_csv},
        {"findings.json", outputs_findings_json},     {"keys.csv", outputs_keys_csv},
        {"report.md", reportmd_write},                {"sample.csv", outputs_sample_csv},
    };
    struct text manifest = {0};
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0] && rc == ERR_OK; i++) {
        struct text t = {0};
        if (FILES[i].write == outputs_sample_csv && o->seed == NULL)
            continue;
        FILES[i].write(&t, o);
        rc = write_file(folder, FILES[i].name, &t, &manifest, e);
        text_done(&t);
    }
    if (rc == ERR_OK)
        rc = write_file(folder, "manifest.sha256", &manifest, &manifest, e);
    text_done(&manifest);
    return rc;
}
