/* What the tests of httpd share: a server with a small set of resources, on the loop of the test. */
#ifndef TESTS_HTTPD_FIXTURE_H
#define TESTS_HTTPD_FIXTURE_H

#include "daemon/io/httpd.h"
#include "tests/harness.h"
#include "tests/rawclient.h"

/* Resources:
 *   /echo    answers with the body
 *   /info    answers with what the accessors say
 *   /later   is kept in held[]; the test answers it
 *   /early   is answered 401 before its body
 *   /short   takes at most 10 bytes of body
 *   /given   answers with a body from malloc
 *   /copied  answers with a body on the stack
 *   /large   answers with LARGE bytes from a reader
 *   /broken  a reader that fails after 100,000 bytes
 *   /events  opens a stream, kept in held[]
 *   all else 404 */
#define HTTPD_FIXTURE_LARGE (8u << 20)

struct httpd_fixture {
    uv_loop_t loop;
    struct httpd server;
    struct httpd_config config; /* for start; preset by httpd_fixture_init */
    struct httpd_request *held[16];
    unsigned n_headers, n_requests, n_gone, n_done, n_reader_done, n_closed;
    bool is_open;
};

void httpd_fixture_init(struct httpd_fixture *f);
void httpd_fixture_start(struct httpd_fixture *f);

/** Run the loop until at least n requests are held. */
void httpd_fixture_hold(struct httpd_fixture *f, unsigned n);

/** Answer a held request with 200 and a text. */
void httpd_fixture_answer(struct httpd_fixture *f, unsigned i, const char *text);

/** Close hard and check that nothing is left: each on_headers had its on_done, no bytes, no streams. */
void httpd_fixture_stop(struct httpd_fixture *f);

/** The body of reply i of /large at position pos. */
char httpd_fixture_large(uint64_t pos);

#endif
