/* Loading libcurl: see curllib.h. */
#include "verifier/curllib.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#define NAME "libcurl.so.4" /* its binary interface since 2006 */

static bool find(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);
    memcpy(function, &symbol, sizeof symbol); /* POSIX: a pointer to a function comes as one to data */
    return symbol != NULL;
}

enum err_code curllib_load(const struct curllib **ret, struct err *e)
{
    static struct curllib lib;
    static bool loaded;
    if (!loaded) {
        void *library = dlopen(NAME, RTLD_LAZY | RTLD_LOCAL);
        bool good = library != NULL;
#define X(name) good = good && find(library, #name, &lib.name);
        CURLLIB_FUNCTIONS(X)
#undef X
        if (!good)
            return err_set(e, ERR_IO, "nobody can be asked: %s is missing; install libcurl4", NAME);
        if (lib.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
            return err_set(e, ERR_NOMEM, "libcurl does not start");
        loaded = true;
    }
    *ret = &lib;
    return ERR_OK;
}
