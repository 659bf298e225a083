/* What the httpd_*.c files share; nobody else includes it.
 *
 * httpd.c         the server: open, accept, run libmicrohttpd, drain, close; what a request says
 * httpd_access.c  the way of a request: headers, body, handler, end
 * httpd_reply.c   answers of known length, and faults
 * httpd_stream.c  open-ended answers
 * httpd_sweep.c   deadlines
 */
#ifndef DAEMON_IO_HTTPD_INTERNAL_H
#define DAEMON_IO_HTTPD_INTERNAL_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/io/framing.h"

#define HTTPD_INLINE_BODY 1024 /* bodies up to this size cost no malloc */
#define HTTPD_UNKNOWN UINT64_MAX

struct httpd;
struct httpd_response;
enum httpd_fault; /* of httpd.h, which is included before this file */


/* In the order of a request's life. */
enum httpd_phase {
    HTTPD_IDLE,     /* no request yet, or not all of its headers */
    HTTPD_BODY,     /* headers seen, the body is coming in (or being thrown away) */
    HTTPD_HANDLER,  /* in the hands of on_request, unanswered */
    HTTPD_REPLYING, /* an answer is queued in libmicrohttpd */
    HTTPD_ORPHAN    /* the connection is gone, the answer is still to come */
};

/* Bytes waiting for a client of a stream. */
struct httpd_stream {
    char *buffer;
    size_t len, cap, max;
    bool is_open;      /* httpd_stream_open was called, on_done not yet */
    bool is_ended;     /* nothing more will be appended */
    bool is_suspended; /* libmicrohttpd is waiting for more */
};

/* A connection, with the one request that it has at present. */
struct httpd_request {
    struct httpd *server;
    struct httpd_request *prev, *next; /* all of the server */
    struct MHD_Connection *mhd;        /* NULL once closed */
    int fd;
    struct peers_address address;
    enum httpd_phase phase;
    bool is_cut;          /* to be closed as soon as libmicrohttpd asks us */
    bool has_leftovers;   /* the client may still be sending: close gently */
    uint64_t quiet_since; /* uv_now: no byte of the present request had come */
    uint64_t deadline;    /* uv_now: whole by then; 0: no byte of it has been seen */
    uint64_t look_at;     /* uv_now: next look at the kernel's counters */
    uint64_t consumed;    /* received bytes of all requests before this one, or HTTPD_UNKNOWN */
    uint64_t acked;       /* what the client had acknowledged at the last look, or HTTPD_UNKNOWN */
    uint64_t read_mark;   /* bytes that libmicrohttpd had read at the last suspicion */

    /* From here to the end it is zeroed for each request. */
    const char *method, *path;
    struct framing framing;
    size_t header_size;
    size_t max_body;
    uint8_t *body; /* the inline one behind the user area, or from malloc */
    size_t body_len, body_cap;
    size_t body_reserved; /* counted in stats.body_bytes */
    bool has_begun;       /* on_headers was called: on_done is owed */
    bool is_answered;
    bool is_discarding; /* refused, but read to its end */
    bool is_suspended;  /* waiting for the handler */
    bool is_gone;
    struct MHD_Response *response; /* made, not queued yet */
    unsigned status;
    struct httpd_stream stream;
    max_align_t user[]; /* config.user_size bytes, the handler's; then the inline body */
};

/* httpd.c */

/** Run libmicrohttpd in this turn of the loop or the next. */
void httpd_wake(struct httpd *h);

/** Take it off the list of connections. */
void httpd_unlink(struct httpd_request *r);

/** Bytes of the user area, rounded up. */
size_t httpd_user_room(const struct httpd *h);

/* httpd_access.c: callbacks of libmicrohttpd, cls is the server. */
enum MHD_Result httpd_access(void *cls, struct MHD_Connection *mhd, const char *url,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_len, void **request);
void httpd_access_completed(void *cls, struct MHD_Connection *mhd, void **request,
                            enum MHD_RequestTerminationCode how);

/** Queue a response: now, when libmicrohttpd comes back to the request, or never (the client is
 *  gone). Takes it over. NULL: there was no memory for it, the connection is closed. */
void httpd_access_answer(struct httpd_request *r, unsigned status, struct MHD_Response *response);

/** on_done, and everything freed that belongs to the request, not to the connection. */
void httpd_access_end(struct httpd_request *r);

/** The client is known to have left: on_gone, once. */
void httpd_access_gone(struct httpd_request *r);

/* httpd_reply.c */

/** Put type and headers on a response. Returns: it, or NULL (it is then destroyed) without memory. */
struct MHD_Response *httpd_reply_headers(struct httpd_request *req, const struct httpd_response *from,
                                         struct MHD_Response *to);

/** Answer with a fault at a moment when libmicrohttpd takes no answer, by the socket itself (nothing
 *  is sent on TLS), and mark the connection to be cut. */
void httpd_reply_raw(struct httpd_request *r, enum httpd_fault fault);

/* httpd_stream.c */

/** Let libmicrohttpd ask a stream again for content. Harmless if it is not waiting. */
void httpd_stream_resume(struct httpd_request *req);

/* httpd_sweep.c */

/** How often to sweep. */
uint64_t httpd_sweep_ms(const struct httpd *h);

/** Look at every connection: cut what is late, idle for too long, or does not read. */
void httpd_sweep(struct httpd *h);

/** libmicrohttpd asks to be run again and again: cut the connections that it is stuck on. */
void httpd_sweep_stuck(struct httpd *h);

/** Make libmicrohttpd close a connection, whatever it is doing. */
void httpd_sweep_cut(struct httpd_request *r);

#endif
