/* Lists of revoked documents: see revocations.h. */
#include "verifier/status/revocations.h"

#include "verifier/rdf/slice.h"

static void add_id(struct revocations_ids *ids, const struct jdoc *object, const char *member)
{
    struct slice id;
    if (jdoc_get_string(object, member, &id) && id.len > 0 && ids->n < REVOCATIONS_MAX_IDS)
        ids->items[ids->n++] = id;
}

struct revocations_ids revocations_ids_of(const struct jdoc *root)
{
    struct revocations_ids ids = {0};
    const struct jdoc *v1 = jdoc_get(jdoc_get(root, "document"), "assertion");
    add_id(&ids, root, "id");
    add_id(&ids, root, "uid");
    add_id(&ids, v1, "id");
    add_id(&ids, v1, "uid");
    return ids;
}

static bool is_one_of(const struct revocations_ids *ids, struct slice id)
{
    for (size_t i = 0; i < ids->n; i++)
        if (slice_equal(ids->items[i], id))
            return true;
    return false;
}

static bool member_is_one_of(const struct revocations_ids *ids, const struct jdoc *item, const char *member)
{
    struct slice id;
    return jdoc_get_string(item, member, &id) && is_one_of(ids, id);
}

static void read_reason(struct slice *ret, const struct jdoc *item)
{
    struct slice reason;
    *ret = jdoc_get_string(item, "revocationReason", &reason) ? reason : (struct slice){0};
}

enum revocations_answer revocations_of_assertions(const struct jdoc *list,
                                                  const struct revocations_ids *ids,
                                                  struct slice *ret_reason)
{
    const struct jdoc *revoked = jdoc_get(list, "revokedAssertions");
    *ret_reason = (struct slice){0};
    if (revoked == NULL || revoked->type != JDOC_ARRAY)
        return REVOCATIONS_UNREADABLE;
    for (size_t i = 0; i < revoked->array.n; i++) {
        const struct jdoc *item = revoked->array.items[i];
        if ((item->type == JDOC_STRING && is_one_of(ids, item->string)) ||
            member_is_one_of(ids, item, "id") || member_is_one_of(ids, item, "uid")) {
            read_reason(ret_reason, item);
            return REVOCATIONS_LISTED;
        }
    }
    return REVOCATIONS_CLEAR;
}

/* A member that is absent says nothing; an issuer may be an object with an id. */
static bool contradicts(const struct jdoc *list, const char *member, struct slice expected)
{
    struct slice found;
    const struct jdoc *v = jdoc_get(list, member);
    if (v == NULL || expected.len == 0)
        return false;
    if (v->type == JDOC_STRING)
        return !slice_equal(v->string, expected);
    return !jdoc_get_string(v, "id", &found) || !slice_equal(found, expected);
}

enum revocations_answer revocations_of_credentials(const struct jdoc *list, struct slice url,
                                                   struct slice issuer,
                                                   const struct revocations_ids *ids,
                                                   struct slice *ret_reason)
{
    const struct jdoc *revoked = jdoc_get(list, "revokedCredential");
    *ret_reason = (struct slice){0};
    if (revoked == NULL || revoked->type != JDOC_ARRAY)
        return REVOCATIONS_UNREADABLE;
    if (contradicts(list, "id", url) || contradicts(list, "issuer", issuer))
        return REVOCATIONS_OTHER;
    for (size_t i = 0; i < revoked->array.n; i++) {
        const struct jdoc *item = revoked->array.items[i], *value = jdoc_get(item, "revoked");
        if (!member_is_one_of(ids, item, "id"))
            continue;
        if (value != NULL && value->type == JDOC_BOOL && !value->boolean)
            continue;
        read_reason(ret_reason, item);
        return REVOCATIONS_LISTED;
    }
    return REVOCATIONS_CLEAR;
}
