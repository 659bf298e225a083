/* The contexts of credentials: see contextfiles.h. */
#include "verifier/contextfiles.h"

#include <stdlib.h>
#include <string.h>

#include "verifier/document.h"

void contextfiles_open(struct contextfiles *c)
{
    *c = (struct contextfiles){0};
    canonize_init(&c->canonize);
}

void contextfiles_close(struct contextfiles *c)
{
    canonize_done(&c->canonize);
    for (size_t i = 0; i < c->n; i++)
        free(c->texts[i]);
    c->n = 0;
}

int contextfiles_add(struct contextfiles *c, const struct command *command, const char *option)
{
    const char *equals = strrchr(option, '=');
    struct err e;
    size_t len;
    if (equals == NULL || equals == option || equals[1] == '\0')
        return command_usage(command, "--context must be URL=FILE");
    if (c->n == CONTEXTFILES_MAX)
        return command_usage(command, "--context may be given %d times at most", CONTEXTFILES_MAX);
    struct slice url = {(const uint8_t *)option, (size_t)(equals - option)};
    enum err_code rc = document_load(&c->texts[c->n], &len, equals + 1, CANONIZE_CONTEXT_BYTES, &e);
    if (rc == ERR_OK) {
        struct slice json = {(const uint8_t *)c->texts[c->n++], len};
        rc = canonize_add_context(&c->canonize, url, json, &e);
    }
    if (rc != ERR_OK)
        command_complain("%s", e.msg);
    return (int)command_exit(rc);
}
