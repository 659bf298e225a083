/* An HTTP/1.1 server on a libuv loop, by libmicrohttpd: limits, deadlines, delayed and streamed
 * replies. It knows nothing of what is served.
 *
 * Happy path of a request:
 *  - its headers are there: on_headers() may answer at once, else says how large a body may be;
 *  - its body is there, whole and contiguous: on_request();
 *  - the handler answers with one httpd_reply…() call, at once or at any later time;
 *  - the answer is on its way: on_done(); the request does not exist after that.
 * Failure modes:
 *  - framing that could smuggle, a request not whole in time, a body over its limit, too many bytes
 *    of bodies at once: answered here (enum httpd_fault), the handler is not called;
 *  - over max_connections, or over the share of it that one address may have (peers_share()): the connection is
 *    closed as soon as it is accepted;
 *  - the client leaves before the answer: on_gone() if it is noticed; the request stays valid, still
 *    has to be answered (the answer goes nowhere), then on_done().
 * Known: a client that closes its sending side while its answer is outstanding counts as gone.
 * Thread rule: everything happens on the thread of the loop, callbacks too. A request may wait in
 * the hands of another thread, but only the loop thread calls functions of this file.
 */
#ifndef DAEMON_IO_HTTPD_H
#define DAEMON_IO_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "common/bytes.h"
#include "common/err.h"
#include "daemon/io/softclose.h"
#include "daemon/io/listener.h"
#include "daemon/io/peers.h"
#include "daemon/io/tlscert.h"

struct httpd_request; /* one request; lives from on_headers to the return of on_done */

/* What is answered here, without the handler: name, status, stable code, what is wrong. */
#define HTTPD_FAULTS(X)                                                                            \
    X(FRAMING, 400, "ambiguous-framing", "the framing of the request is ambiguous")                \
    X(MALFORMED, 400, "malformed-header", "the request line or a header is malformed")             \
    X(TIMEOUT, 408, "request-timeout", "the request was not whole in time")                        \
    X(TOO_LARGE, 413, "body-too-large", "the body is over the limit of this resource")             \
    X(OVERLOADED, 503, "overloaded", "too much is in flight, try again in a moment")

enum httpd_fault {
#define X(name, status, code, text) HTTPD_FAULT_##name,
    HTTPD_FAULTS(X)
#undef X
    HTTPD_N_FAULTS
};

/* The table above, for whoever words the error bodies. */
struct httpd_fault_info {
    unsigned status;
    const char *code;
    const char *text;
};
extern const struct httpd_fault_info httpd_fault_info[HTTPD_N_FAULTS];

enum httpd_body_owner {
    HTTPD_BORROWED, /* lives until on_done at least: a constant, or a part of the user area */
    HTTPD_COPIED,   /* copied before the call returns */
    HTTPD_GIVEN     /* from malloc; httpd frees it, whatever happens */
};

#define HTTPD_MAX_HEADERS 6 /* extra headers of one response */

struct httpd_response {
    unsigned status;          /* 200 to 599 */
    const char *content_type; /* NULL: no such header */
    const void *body;         /* may be NULL if len is 0 */
    size_t len;
    enum httpd_body_owner owner;
    struct {
        const char *name, *value; /* copied; the first NULL name ends the list */
    } headers[HTTPD_MAX_HEADERS];
};

struct httpd_handler {
    void *self; /* given back by httpd_self() */

    /** The headers are there, no byte of the body yet. Either answer with httpd_reply() before
     *  returning (the return value is then ignored), or
     *  Returns: the most bytes that the body of this request may have; 0: no body. */
    size_t (*on_headers)(struct httpd_request *req);

    /** The body is there (httpd_body). Must be answered, now or later, exactly once. */
    void (*on_request)(struct httpd_request *req);

    /** The client left (or the server is closed hard) while the answer or a stream is outstanding; it
     *  is noticed within a few seconds. NULL: not interested. Called at most once, before on_done. */
    void (*on_gone)(struct httpd_request *req);

    /** All that was appended to a stream has been taken: more may be written, also from inside of this
     *  call. NULL: not interested. */
    void (*on_drained)(struct httpd_request *req);

    /** The last word on a request: its answer was handed over or could not be, or it never came as
     *  far as on_request. Called exactly once for each on_headers; never before a request that was
     *  given to on_request has been answered; never from inside httpd_reply. NULL: not interested. */
    void (*on_done)(struct httpd_request *req);

    /** Word a body for a fault, at most cap bytes. Returns: its length. NULL: bodies are empty.
     *  Also called without any request (408 on a request whose headers never came). */
    size_t (*make_error)(void *self, enum httpd_fault fault, char *body, size_t cap);
    const char *error_type; /* content type of what make_error wrote; a constant */
};

struct httpd_config {
    const char *listen;           /* "HOST:PORT", "[IPV6]:PORT"; port 0: the kernel picks one */
    int listen_fd;                /* inherited listening socket, then listen is ignored; -1: none */
    const char *tls_cert;         /* PEM file, the chain; NULL: plain HTTP */
    const char *tls_key;          /* PEM file; NULL exactly if tls_cert is */
    unsigned max_connections;     /* at least 1 */
    unsigned max_streams;         /* open httpd_stream_…() at once; over it: OVERLOADED */
    size_t max_bodies;            /* bytes of all bodies in memory at once; over it: OVERLOADED */
    size_t max_header;            /* about the bytes of request line and headers; 0: 8 KiB */
    uint64_t request_timeout_ms;  /* from first byte to last; in effect 1 to 1.25 times this */
    uint64_t idle_timeout_ms;     /* without a request for so long: closed */
    size_t user_size;             /* bytes of httpd_user() */
    struct httpd_handler handler; /* copied */
};

struct httpd_stats {
    unsigned connections; /* open now */
    unsigned streams;     /* open now */
    size_t body_bytes;    /* held now */
    uint64_t accepted;    /* connections since the start */
    uint64_t refused;     /* connections closed at once: too many, in all or from one address */
    uint64_t requests;    /* answered, by the handler or here */
    uint64_t by_class[6]; /* the same by first digit of the status; [0] is unused */
    uint64_t faults[HTTPD_N_FAULTS];
    uint64_t idle_closed; /* closed because nothing came, or the client did not read */
};

struct httpd {
    struct httpd_config config; /* strings of it are not kept, but for handler.error_type */
    struct listener listener;
    struct peers peers;
    struct httpd_stats stats;
    uv_loop_t *loop;
    void *daemon;   /* struct MHD_Daemon */
    struct tlscert *cert; /* in force; NULL without TLS */
    uv_poll_t poll; /* of its epoll descriptor */
    uv_check_t check;
    uv_idle_t idle;
    uv_timer_t sweep; /* deadlines */
    struct softclose softclose;
    struct httpd_request *connections; /* all, newest first; also orphans: gone, but unanswered */
    struct httpd_request *answered_orphans; /* to be freed in the next turn */
    unsigned n_parts;                       /* handles and modules not yet closed */
    unsigned n_spins; /* turns in a row in which libmicrohttpd wanted another at once */
    bool is_tls, is_draining, is_stopped, is_runnable;
    char start_message[160]; /* libmicrohttpd's reason for not starting */
    void (*on_closed)(struct httpd *h);
};

/** Listen and serve.
 *
 *  In:      config  kept by value; listen, tls_cert and tls_key are read before this returns
 *  Returns: ERR_INVALID (address, or a setting out of range), ERR_IO (bind, files, TLS material),
 *           ERR_LIMIT (max_connections needs more descriptors than RLIMIT_NOFILE's hard limit: the
 *           soft limit is raised as needed), ERR_NOMEM. On error nothing is left open, listen_fd
 *           stays the caller's.
 *  Owner:   h is the caller's and must not move until on_closed.
 */
enum err_code httpd_open(struct httpd *h, uv_loop_t *loop, const struct httpd_config *config,
                         struct err *e) __attribute__((warn_unused_result));

/** Read certificate and key again, from these files; new connections get them. Nothing happens without TLS.
 *  Returns: ERR_OK; those of tlscert_load, the old pair stays. */
enum err_code httpd_set_certificate(struct httpd *h, const char *cert_path, const char *key_path, struct err *e)
    __attribute__((warn_unused_result));

/** The address really bound, "127.0.0.1:8420" or "[::1]:8420". Lives as long as h. */
const char *httpd_address(const struct httpd *h);

/** Stop listening, close idle connections, end streams, finish what is in flight with
 *  "Connection: close", then call on_closed once. Nothing is served after that. */
void httpd_drain(struct httpd *h, void (*on_closed)(struct httpd *h));

/** As httpd_drain, but connections are cut at once: unanswered requests get on_gone. on_closed still
 *  waits until each of them is answered. May follow httpd_drain (same on_closed then). */
void httpd_close(struct httpd *h, void (*on_closed)(struct httpd *h));

/* What a request says. Strings live until on_done, but not once httpd_is_gone. Names are matched
 * without regard to case. */
void *httpd_self(const struct httpd_request *req); /* handler.self */
const char *httpd_method(const struct httpd_request *req);
const char *httpd_path(const struct httpd_request *req); /* as sent, not decoded; no query */
struct slice httpd_body(const struct httpd_request *req);
bool httpd_is_head(const struct httpd_request *req);

/** The handler's own bytes: config.user_size, zeroed before on_headers, aligned for anything. */
void *httpd_user(struct httpd_request *req);

/** The value of a header or a query argument (not decoded). NULL if absent; "" if without value.
 *  Returns the first if it is repeated. */
const char *httpd_header(struct httpd_request *req, const char *name);
const char *httpd_query(struct httpd_request *req, const char *name);

/** How often a header or a query argument is given. */
unsigned httpd_count_header(struct httpd_request *req, const char *name);
unsigned httpd_count_query(struct httpd_request *req, const char *name);

/** The address of the client, without port, into text. Returns: text. */
#define HTTPD_REMOTE_LEN 64
const char *httpd_remote(struct httpd_request *req, char text[HTTPD_REMOTE_LEN]);

/** True once the client is known to have left: working for the answer is then in vain. */
bool httpd_is_gone(const struct httpd_request *req);

/** Answer. HEAD: give the same response, only its headers are sent.
 *  Never fails for the caller: if the client left or memory is short, the connection is closed. */
void httpd_reply(struct httpd_request *req, const struct httpd_response *response);

/** Answer with one of the faults above, worded by make_error. Adds Retry-After to a 503. */
void httpd_reply_fault(struct httpd_request *req, enum httpd_fault fault);

/** Answer with `len` bytes that are read piece by piece as the client takes them.
 *
 *  In:  head  status, type and headers; its body is ignored
 *       read  fill buf with 1 to max bytes from position pos of the body and return how many, or a
 *             negative number: the client sees a broken transfer. Called on the loop thread.
 *       done  called exactly once, after the last read; may be NULL
 */
void httpd_reply_reader(struct httpd_request *req, const struct httpd_response *head, uint64_t len,
                        ssize_t (*read)(void *ctx, uint64_t pos, char *buf, size_t max),
                        void (*done)(void *ctx), void *ctx);

/** Answer with an open-ended stream (server-sent events). The request lives until on_done, which
 *  comes after httpd_stream_end or when the client leaves.
 *
 *  In:      max_buffer  bytes that may wait for a slow client
 *  Returns: false if max_streams are open: then the request was answered with OVERLOADED. */
bool httpd_stream_open(struct httpd_request *req, const struct httpd_response *head,
                       size_t max_buffer);

/** Append to a stream. Returns: false if the client left or its buffer is full; the stream is then
 *  ended, nothing of data is sent, on_done follows. */
bool httpd_stream_write(struct httpd_request *req, const void *data, size_t len);

/** Bytes that httpd_stream_write() would take now; 0 if the stream was ended. */
size_t httpd_stream_room(const struct httpd_request *req);

/** Send what is buffered, then end the answer. Harmless if it was ended. */
void httpd_stream_end(struct httpd_request *req);

#endif
