/* credentialSchema: see schema.h. */
#include "verifier/formats/schema.h"

#include "verifier/formats/jsonschema.h"

#define SCHEMAS_MAX 8

static bool is_known(const struct jdoc *named)
{
    return format_has_type(named, "JsonSchema") || format_has_type(named, "JsonSchemaValidator2018") ||
           format_has_type(named, "1EdTechJsonSchemaValidator2019");
}

/* Schemas of 1EdTech are for the whole credential. So is one that has a place for the subject; others are for
 * the subject alone, as Blockcerts has them. */
static bool is_for_whole(const struct jdoc *named, const struct jdoc *schema)
{
    return format_has_type(named, "1EdTechJsonSchemaValidator2019") ||
           jdoc_get(jdoc_get(schema, "properties"), "credentialSubject") != NULL;
}

static enum jsonschema_answer apply(const struct jdoc *root, const struct jdoc *named,
                                    const struct jdoc *schema, char why[static 160])
{
    const struct jdoc *subject = jdoc_get(root, "credentialSubject");
    enum jsonschema_answer answer = JSONSCHEMA_FITS;
    if (is_for_whole(named, schema) || subject == NULL)
        return jsonschema_check(schema, root, why);
    size_t n = subject->type == JDOC_ARRAY ? subject->array.n : 1;
    for (size_t i = 0; i < n && answer != JSONSCHEMA_BREAKS; i++) {
        enum jsonschema_answer one =
            jsonschema_check(schema, subject->type == JDOC_ARRAY ? subject->array.items[i] : subject, why);
        answer = one > answer ? one : answer;
    }
    return answer;
}

static void check_one(struct format_check *c, const struct jdoc *named)
{
    static const enum reason REASON_OF[] = {
        [JSONSCHEMA_FITS] = REASON_SCHEMA_HOLDS,
        [JSONSCHEMA_UNKNOWN] = REASON_SCHEMA_FOREIGN,
        [JSONSCHEMA_BREAKS] = REASON_SCHEMA_BROKEN,
    };
    struct slice url;
    char why[160];
    if (!format_id_of(named, &url) || !is_known(named)) {
        format_say(c, REASON_SCHEMA_FOREIGN, "%s", "");
        return;
    }
    const struct lookup_reply *reply = lookup_get_json(c->env->lookup, url);
    if (reply->answer != LOOKUP_FOUND) {
        format_say(c, REASON_SCHEMA_UNREACHABLE, "%s", reply->why);
        return;
    }
    if (reply->json == NULL) {
        format_say(c, REASON_SCHEMA_UNREACHABLE, "%s", "what is there is not JSON");
        return;
    }
    format_say(c, REASON_OF[apply(c->root, named, reply->json, why)], "%s", why);
}

void schema_check(struct format_check *c)
{
    const struct jdoc *list = jdoc_get(c->root, "credentialSchema");
    size_t n = list == NULL ? 0 : list->type == JDOC_ARRAY ? list->array.n : 1;
    for (size_t i = 0; i < n && i < SCHEMAS_MAX; i++)
        check_one(c, list->type == JDOC_ARRAY ? list->array.items[i] : list);
    if (n > SCHEMAS_MAX)
        format_say(c, REASON_SCHEMA_FOREIGN, "%zu schemas", n);
}
