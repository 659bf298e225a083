/* From facts to findings: see judge.h. What concerns keys is here, the rest in walk.c and match.c. */
#include "verifier/audit/judge.h"

void judge_done(struct judge *j)
{
    walk_done(&j->walk);
    match_done(&j->match);
    findings_done(&j->findings);
}

static bool is_declared(const struct ledger *l, const struct keychain_event *event)
{
    for (size_t i = 0; i < l->n_changes; i++)
        if (l->changes[i].added == event->added && keychain_same(&l->changes[i].key, &event->key))
            return true;
    return false;
}

static bool has_anchored(const struct match *m, const struct seal_address *key)
{
    for (size_t i = 0; i < m->n_txs; i++)
        if (m->txs[i].role == MATCH_BATCH && keychain_same(&m->txs[i].tx->sender, key))
            return true;
    return false;
}

static void check_event(const struct ledger *l, const struct match *m, const struct keychain_event *event,
                        struct findings *out)
{
    struct keychain_moment then = {.place = event->place};
    struct finding where = {.block = event->place.block, .key = event->key};
    const char *what = event->added ? "added" : "removed";
    if (keychain_standing(&l->genesis.issuer, m->events, m->n_events, &event->issuer, &then) == KEYCHAIN_FOREIGN) {
        where.code = FINDING_KEY_EVENT_INVALID;
        findings_add(out, where, "%s", what);
        return;
    }
    where.code = FINDING_KEY_UNDECLARED;
    if (!is_declared(l, event))
        findings_add(out, where, "%s", what);
    where.code = FINDING_KEY_ONE_WAY;
    if (event->added && !has_anchored(m, &event->key))
        findings_add(out, where, "%s", "");
}

static bool is_on_chain(const struct match *m, const struct ledger_change *change)
{
    for (size_t i = 0; i < m->n_events; i++)
        if (m->events[i].added == change->added && keychain_same(&m->events[i].key, &change->key))
            return true;
    return false;
}

static void check_changes(const struct ledger *l, const struct judge *j, struct findings *out)
{
    for (size_t i = 0; i < l->n_changes; i++)
        if (!is_on_chain(&j->match, &l->changes[i]))
            findings_add(out,
                         (struct finding){.code = FINDING_KEY_UNFOUNDED, .number = l->changes[i].number,
                                          .key = l->changes[i].key},
                         "%s", l->changes[i].added ? "added" : "removed");
}

static void check_keys(const struct ledger *l, struct judge *j)
{
    for (size_t i = 0; i < j->match.n_events; i++)
        check_event(l, &j->match, &j->match.events[i], &j->findings);
    check_changes(l, j, &j->findings);
}

static void add_seen(const struct ledger *l, struct findings *out)
{
    for (size_t i = 0; i < l->seen.n; i++)
        findings_add(out, l->seen.items[i], "%s", l->seen.items[i].detail);
    out->dropped += l->seen.dropped;
}

static void finish(struct findings *out)
{
    if (out->dropped > 0) {
        out->n--; /* the last one makes room for this */
        findings_add(out, (struct finding){.code = FINDING_TOO_MANY}, "%zu more", out->dropped + 1);
    }
    findings_sort(out);
}

static enum err_code judge_both(const struct ledger *l, struct judge *j, struct err *e)
{
    enum err_code rc = match_chain(l, &j->walk, &j->match, &j->findings, e);
    if (rc == ERR_OK)
        rc = walk_leaves(l, &j->walk, j->match.proven, &j->findings, e);
    if (rc == ERR_OK)
        check_keys(l, j);
    return rc;
}

enum err_code judge_ledger(const struct ledger *l, struct judge *ret, struct err *e)
{
    struct judge j = {0};
    enum err_code rc = ERR_OK;
    add_seen(l, &j.findings);
    if (l->log_complete)
        rc = walk_log(l, &j.walk, &j.findings, e);
    if (rc == ERR_OK && l->log_complete)
        rc = l->chain_complete ? judge_both(l, &j, e) : walk_leaves(l, &j.walk, NULL, &j.findings, e);
    finish(&j.findings);
    if (rc == ERR_OK && j.findings.failed)
        rc = err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    if (rc == ERR_OK)
        *ret = j;
    else
        judge_done(&j);
    return rc;
}
