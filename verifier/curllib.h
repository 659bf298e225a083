/* libcurl, loaded when the first request goes out. It brings some twenty libraries along, and they would
 * cost most of the time in which a file is checked that needs nobody to be asked. */
#ifndef VERIFIER_CURLLIB_H
#define VERIFIER_CURLLIB_H

#include <curl/curl.h>

#include "common/err.h"

/* The functions that we use, as curl.h declares them. */
#define CURLLIB_FUNCTIONS(X)                                                                       \
    X(curl_global_init)                                                                            \
    X(curl_easy_init)                                                                              \
    X(curl_easy_reset)                                                                             \
    X(curl_easy_setopt)                                                                            \
    X(curl_easy_perform)                                                                           \
    X(curl_easy_getinfo)                                                                           \
    X(curl_easy_cleanup)                                                                           \
    X(curl_easy_strerror)                                                                          \
    X(curl_slist_append)                                                                           \
    X(curl_slist_free_all)

/* curl.h checks the arguments of these two by macros of their names. */
#undef curl_easy_setopt
#undef curl_easy_getinfo

struct curllib {
#define X(name) __typeof__(name) *name;
    CURLLIB_FUNCTIONS(X)
#undef X
};

/** Load it and start it, once; it stays for the life of the program. One thread.
 *  Out:     *ret  static
 *  Returns: ERR_OK; ERR_IO it is not installed, or not as we know it; ERR_NOMEM. */
enum err_code curllib_load(const struct curllib **ret, struct err *e) __attribute__((warn_unused_result));

#endif
