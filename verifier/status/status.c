/* Which mechanism a credential names, and what its list says: see status.h. */
#include "verifier/status/status.h"

#include <ctype.h>
#include <string.h>

#include "common/limits.h"
#include "common/text.h"
#include "verifier/status/bitlist.h"
#include "verifier/status/entry.h"
#include "verifier/status/revocations.h"

#define TTL_DEFAULT (5 * 60 * 1000)

/* True if the time that is judged is not that of the lists. */
static bool is_past(const struct format_check *c)
{
    return c->env->at && !lookup_is_recorded(c->env->lookup);
}

static void say_slice(struct format_check *c, enum reason reason, struct slice detail)
{
    format_say(c, reason, "%.*s", SLICE_ARG(detail));
}

/* -- What a list says, in findings ------------------------------------------------------------ */

static void say_revocation(struct format_check *c, bool revoked, struct slice why)
{
    if (is_past(c))
        say_slice(c, revoked ? REASON_STATUS_SINCE_WHEN : REASON_STATUS_NEVER, why);
    else
        say_slice(c, revoked ? REASON_REVOKED : REASON_NOT_REVOKED, why);
}

static void say_suspension(struct format_check *c, bool suspended, struct slice why)
{
    if (is_past(c))
        say_slice(c, REASON_STATUS_NOT_THEN, why);
    else
        say_slice(c, suspended ? REASON_SUSPENDED : REASON_NOT_SUSPENDED, why);
}

static void say_listed(struct format_check *c, enum revocations_answer answer, struct slice url,
                       struct slice why)
{
    switch (answer) {
    case REVOCATIONS_CLEAR: say_revocation(c, false, url); return;
    case REVOCATIONS_LISTED: say_revocation(c, true, why); return;
    case REVOCATIONS_UNREADABLE: say_slice(c, REASON_LIST_UNREADABLE, url); return;
    case REVOCATIONS_OTHER: say_slice(c, REASON_LIST_OTHER, url); return;
    }
}

static void say_value(struct format_check *c, const struct entry *entry, uint32_t value)
{
    struct slice message = entry_message(entry, value);
    switch (entry->purpose) {
    case ENTRY_REVOCATION: say_revocation(c, value != 0, message); return;
    case ENTRY_SUSPENSION: say_suspension(c, value != 0, message); return;
    case ENTRY_MESSAGE:
        format_say(c, REASON_STATUS_MESSAGE, "value %u: %.*s", value, SLICE_ARG(message));
        return;
    case ENTRY_REFRESH:
        say_slice(c, value != 0 ? REASON_STATUS_REFRESH : REASON_STATUS_MESSAGE, message);
        return;
    case ENTRY_OTHER:
        format_say(c, value != 0 ? REASON_STATUS_CUSTOM : REASON_STATUS_MESSAGE, "%.*s: value %u %.*s",
                   SLICE_ARG(entry->word), value, SLICE_ARG(message));
        return;
    }
}

/* -- Lists that are JSON ---------------------------------------------------------------------- */

/* Names that a list could use, or a finding that there are none. */
static bool has_names(struct format_check *c, struct revocations_ids *ret)
{
    *ret = revocations_ids_of(c->root);
    return ret->n > 0 || format_say(c, REASON_STATUS_INCOMPLETE, "it has no id");
}

static void check_1edtech(struct format_check *c, const struct jdoc *status)
{
    struct revocations_ids ids;
    struct slice url, why;
    if (!jdoc_get_string(status, "id", &url)) {
        format_say(c, REASON_STATUS_INCOMPLETE, "credentialStatus has no id");
        return;
    }
    if (!has_names(c, &ids))
        return;
    const struct lookup_reply *reply = lookup_get_json(c->env->lookup, url);
    if (reply->answer != LOOKUP_FOUND) {
        format_say(c, REASON_REVOCATION_UNKNOWN, "%s", reply->why);
        return;
    }
    enum revocations_answer answer = revocations_of_credentials(reply->json, url, c->issuer, &ids, &why);
    say_listed(c, answer, url, why);
}

/* As encodeURIComponent() of JavaScript, which Blockcerts verifiers ask with. */
static void put_encoded(struct text *out, struct slice id)
{
    for (size_t i = 0; i < id.len; i++) {
        uint8_t byte = id.data[i];
        if (byte < 0x80 && (isalnum(byte) || strchr("-_.!~*'()", byte) != NULL) && byte != 0)
            text_putc(out, (char)byte);
        else
            text_putf(out, "%%%02X", byte);
    }
}

/* First with the name of the document, as Blockcerts asks, so that an issuer may answer for it alone; an
 * issuer that knows no such question gets the plain one. */
static const struct lookup_reply *ask_revocations(struct format_check *c, struct slice url, struct slice id)
{
    struct text question = {0};
    text_put(&question, (const char *)url.data, url.len);
    text_puts(&question, slice_find(url, '?') < url.len ? "&assertionId=" : "?assertionId=");
    put_encoded(&question, id);
    const struct lookup_reply *reply = lookup_get_json(c->env->lookup, slice_of(text_string(&question)));
    text_done(&question);
    return reply->answer == LOOKUP_FOUND ? reply : lookup_get_json(c->env->lookup, url);
}

/* In: silence  what is said if it cannot be had */
static void check_named_list(struct format_check *c, struct slice url, enum reason silence)
{
    struct revocations_ids ids;
    struct slice why;
    if (!has_names(c, &ids))
        return;
    const struct lookup_reply *reply = ask_revocations(c, url, ids.items[0]);
    if (reply->answer != LOOKUP_FOUND) {
        format_say(c, silence, "%s", reply->why);
        return;
    }
    enum revocations_answer answer = revocations_of_assertions(reply->json, &ids, &why);
    say_listed(c, answer, url, why);
}

/* -- Lists that are credentials --------------------------------------------------------------- */

/* A list credential that was looked up. */
struct list {
    const struct jdoc *subject;
    struct slice id, issuer;
};

static bool is_subject(const struct jdoc *subject)
{
    return entry_names(subject, "type", SLICE("BitstringStatusList")) ||
           entry_names(subject, "type", SLICE("StatusList2021"));
}

static const struct jdoc *subject_of(const struct jdoc *root)
{
    const struct jdoc *subject = jdoc_get(root, "credentialSubject");
    if (subject != NULL && subject->type == JDOC_ARRAY && subject->array.n == 1)
        subject = subject->array.items[0];
    return subject != NULL && is_subject(subject) ? subject : NULL;
}

static bool is_list_credential(const struct jdoc *root)
{
    return entry_names(root, "type", SLICE("BitstringStatusListCredential")) ||
           entry_names(root, "type", SLICE("StatusList2021Credential"));
}

static enum reason of_verdict(const struct verdict *v)
{
    bool sound = v->authenticity == VERDICT_GENUINE || v->authenticity == VERDICT_UNKNOWN_ISSUER;
    if (!sound)
        return REASON_LIST_NOT_PROVEN;
    return v->force == VERDICT_IN_FORCE ? REASON_GENUINE : REASON_LIST_STALE;
}

/* Prove the list and take it apart. Returns: false after a finding. */
static bool prove_list(struct format_check *c, struct slice body, struct list *ret)
{
    struct verdict verdict;
    const struct jdoc *root = NULL;
    *ret = (struct list){0};
    if (c->nested == NULL || c->depth >= FORMAT_MAX_DEPTH)
        return format_say(c, REASON_LIST_NOT_PROVEN, "lists of lists of lists");
    bool done = c->nested(c, body, &verdict, &root, &ret->issuer);
    if (!done || root == NULL)
        return format_say(c, REASON_LIST_UNREADABLE, "it is no credential");
    enum reason reason = of_verdict(&verdict);
    if (reason != REASON_GENUINE)
        return format_say(c, reason, "%s", reasons_row(verdict.reason)->code);
    ret->subject = subject_of(root);
    if (ret->subject == NULL || !is_list_credential(root))
        return format_say(c, REASON_LIST_UNREADABLE, "it is a credential, but no status list");
    jdoc_get_string(root, "id", &ret->id);
    return true;
}

static struct slice without_scheme(struct slice url)
{
    if (slice_starts(url, SLICE("https://")))
        return slice_from(url, 8);
    return slice_starts(url, SLICE("http://")) ? slice_from(url, 7) : url;
}

/* The issuer keeps it, or the document, whose issuer signed the URL, names it by its id. */
static bool is_the_list(struct format_check *c, const struct list *list, const struct entry *entry)
{
    bool own = list->issuer.len > 0 && slice_equal(list->issuer, c->issuer);
    bool named = list->id.len > 0 && slice_equal(without_scheme(list->id), without_scheme(entry->list));
    if (list->id.len > 0 && !named)
        return format_say(c, REASON_LIST_OTHER, "it calls itself %.*s", SLICE_ARG(list->id));
    if (!own && !named)
        return format_say(c, REASON_LIST_OTHER, "it is kept by %.*s", SLICE_ARG(list->issuer));
    if (!own)
        say_slice(c, REASON_STATUS_BY_OTHER, list->issuer);
    if (!entry_fits(entry, list->subject))
        return format_say(c, REASON_LIST_OTHER, "it is not one for %.*s", SLICE_ARG(entry->word));
    return true;
}

static void read_bit(struct format_check *c, const struct list *list, const struct entry *entry)
{
    struct bitlist bits;
    struct slice encoded = {0};
    struct err e;
    uint32_t value;
    jdoc_get_string(list->subject, "encodedList", &encoded);
    if (bitlist_open(&bits, encoded, &e) != ERR_OK) {
        format_say(c, REASON_LIST_UNREADABLE, "%s", e.msg);
        return;
    }
    if (bitlist_get(&bits, entry->index, entry->bits, &value))
        say_value(c, entry, value);
    else
        format_say(c, REASON_LIST_OTHER, "it ends before entry %llu", (unsigned long long)entry->index);
    bitlist_close(&bits);
}

/* How old a list may be when it is relied on, in milliseconds: five minutes unless it says otherwise (Bitstring
 * Status List, "ttl"). */
static uint64_t life_of(const struct list *list)
{
    const struct jdoc *ttl = jdoc_get(list->subject, "ttl");
    if (ttl == NULL || ttl->type != JDOC_NUMBER || !(ttl->number.value >= 0 && ttl->number.value < 1e15))
        return TTL_DEFAULT;
    return (uint64_t)ttl->number.value;
}

/* Proves the list; in a run so long that it has outlived itself, a new copy of it. */
static bool get_list(struct format_check *c, const struct entry *entry, struct list *ret)
{
    const struct lookup_reply *reply = lookup_get(c->env->lookup, entry->list), *fresh;
    if (reply->answer == LOOKUP_FOUND && !prove_list(c, reply->body, ret))
        return false;
    fresh = lookup_get_fresh(c->env->lookup, entry->list, reply->answer == LOOKUP_FOUND ? life_of(ret) : TTL_DEFAULT);
    if (fresh->answer != LOOKUP_FOUND)
        return format_say(c, REASON_REVOCATION_UNKNOWN, "%s", fresh->why);
    return fresh == reply || prove_list(c, fresh->body, ret);
}

static void check_bit(struct format_check *c, const struct jdoc *status)
{
    struct entry entry;
    struct list list;
    struct err e;
    if (entry_read(&entry, status, &e) != ERR_OK) {
        format_say(c, REASON_STATUS_INCOMPLETE, "%s", e.msg);
        return;
    }
    if (get_list(c, &entry, &list) && is_the_list(c, &list, &entry))
        read_bit(c, &list, &entry);
}

/* -- Which mechanism -------------------------------------------------------------------------- */

static void check_entry(struct format_check *c, const struct jdoc *status)
{
    struct slice type = {0};
    if (entry_is_bit(status)) {
        check_bit(c, status);
    } else if (entry_names(status, "type", SLICE("1EdTechRevocationList"))) {
        check_1edtech(c, status);
    } else {
        jdoc_get_string(status, "type", &type);
        say_slice(c, REASON_STATUS_KIND, type);
    }
}

static void check_entries(struct format_check *c, const struct jdoc *status)
{
    if (status->type != JDOC_ARRAY) {
        check_entry(c, status);
        return;
    }
    if (status->array.n > LIMITS_STATUS_ENTRIES)
        format_say(c, REASON_STATUS_KIND, "more than %d entries", LIMITS_STATUS_ENTRIES);
    for (size_t i = 0; i < status->array.n && i < LIMITS_STATUS_ENTRIES; i++)
        check_entry(c, status->array.items[i]);
    if (status->array.n == 0)
        format_say(c, REASON_NO_STATUS, "%s", "");
}

/* A profile names its list by URL, alone or as the id of an object. */
static bool list_of_profile(const struct jdoc *profile, struct slice *ret)
{
    return jdoc_get_string(profile, "revocationList", ret) ||
           jdoc_get_string(jdoc_get(profile, "revocationList"), "id", ret);
}

/* What a document writes of its issuer may name a list too. The issuer's page goes first: it can be mended. */
static bool list_of_document(const struct jdoc *root, struct slice *ret)
{
    return list_of_profile(jdoc_get(jdoc_get(root, "badge"), "issuer"), ret) ||
           list_of_profile(jdoc_get(root, "issuer"), ret);
}

void status_check(struct format_check *c)
{
    const struct jdoc *status = jdoc_get(c->root, "credentialStatus");
    struct slice url;
    if (status != NULL && status->type != JDOC_NULL)
        check_entries(c, status);
    else if (list_of_profile(c->profile, &url))
        check_named_list(c, url, REASON_REVOCATION_UNKNOWN);
    else if (list_of_document(c->root, &url))
        check_named_list(c, url, REASON_LIST_NOT_ASKED);
    else
        format_say(c, REASON_NO_STATUS, "%s", "");
}
