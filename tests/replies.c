/* The replies of a real anvil: see replies.h. */
#include "tests/replies.h"

#include <stdlib.h>

#include "tests/harness.h"

json_t *replies_all;

int replies_load(void **state)
{
    (void)state;
    replies_all = json_load_file("data/anvil.json", 0, NULL);
    return replies_all == NULL;
}

int replies_free(void **state)
{
    (void)state;
    json_decref(replies_all);
    return 0;
}

json_t *replies_named(const char *name)
{
    json_t *reply = json_object_get(replies_all, name);
    if (reply == NULL)
        fail_msg("no reply \"%s\"", name);
    return reply;
}

struct ethrpc_reply replies_open_json(enum ethrpc_method method, const json_t *reply)
{
    char *text = json_dumps(reply, 0);
    struct ethrpc_reply r;
    struct err e;
    assert_ok(ethrpc_open(&r, method, REPLIES_ID, text, strlen(text), &e), e);
    free(text);
    return r;
}

struct ethrpc_reply replies_open(enum ethrpc_method method, const char *name)
{
    return replies_open_json(method, replies_named(name));
}

struct ethrpc_reply replies_open_result(enum ethrpc_method method, const char *result)
{
    char text[4096];
    struct ethrpc_reply r;
    struct err e;
    int len = snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":%s}", result);
    assert_in_range(len, 1, sizeof text - 1);
    assert_ok(ethrpc_open(&r, method, REPLIES_ID, text, (size_t)len, &e), e);
    return r;
}
