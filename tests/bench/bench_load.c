/* A load generator for hallmarkd, with one thread: so many connections kept alive, each with one request under
 * way; every answer is checked. All hashes of a run are different, and those of two seeds too.
 *
 *   bench_load single|bulk|ndjson|proofs HOST:PORT [-c CONNECTIONS] [-s SECONDS] [-n HASHES] [-S SEED]
 *              [-r RATE] [-F FIRST] [-N KNOWN] [-q REQUESTS] [-k]
 *
 *   single   POST one hash a request as JSON
 *   bulk     POST -n raw hashes a request (10,000)
 *   ndjson   POST -n hashes a request, one a line
 *   proofs   GET proofs of random hashes among the first -N of the seed, all known to the node; with -q of each of
 *            them once, in order
 *   -r       requests a second in all, evenly spaced (0: as fast as answers come)
 *   -F       number of the first hash of the seed
 *   -q       stop after so many requests
 *   -k       keep on when the node goes away: connect again and send again what was not answered
 *
 * Ends with one JSON object: requests, hashes, seconds, rate, latency in milliseconds (from the moment when a
 * request was due), CPU seconds of the generator, and the number after the last hash sent. Exit 1 if an answer was wrong. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_SAMPLES 20000000
#define REPLY_MAX 65536

enum mode { SINGLE, BULK, NDJSON, PROOFS, MODES };

static const char *const MODE_NAMES[MODES] = {"single", "bulk", "ndjson", "proofs"};

static struct {
    enum mode mode;
    const char *host;
    uint16_t port;
    size_t connections, hashes;
    double seconds, rate;
    uint64_t seed, first, known, requests;
    bool keep;
} o = {.connections = 64, .hashes = 10000, .seconds = 5};

struct client {
    int fd;
    char *out;        /* the request: head, then body */
    size_t out_len, out_at, out_from;
    char in[REPLY_MAX];
    size_t in_len;
    size_t skip;      /* bytes of a body that are still to come */
    double due;       /* when its request was due */
    bool busy;
    bool away;        /* the node closed or refused; -k */
};

static struct client *clients;
static int poller;
static float *sample;
static size_t n_samples;
static uint64_t next_hash, started, answered;
static double start, end;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench_load: %s%s%s\n", what, errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
    exit(1);
}

/* ------------------------------------------------------------------ hashes */

/* Hash number i of the seed: as random as a hash, and cheap (splitmix64). */
static void put_hash(uint64_t i, uint8_t out[32])
{
    for (uint64_t w = 0; w < 4; w++) {
        uint64_t z = (o.seed << 40 ^ (i * 4 + w)) * 0x9e3779b97f4a7c15u + o.seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        z ^= z >> 31;
        memcpy(out + 8 * w, &z, sizeof z);
    }
}

static char *put_hex(uint64_t i, char *out)
{
    static const char DIGITS[] = "0123456789abcdef";
    uint8_t h[32];
    put_hash(i, h);
    for (size_t n = 0; n < sizeof h; n++) {
        *out++ = DIGITS[h[n] >> 4];
        *out++ = DIGITS[h[n] & 15];
    }
    return out;
}

static uint64_t random_below(uint64_t n)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

/* ------------------------------------------------------------------ requests */

static size_t body_room(void)
{
    return o.mode == BULK ? 32 * o.hashes : o.mode == NDJSON ? 65 * o.hashes : 128;
}

static void write_post(struct client *c, const char *type, size_t body_len)
{
    char head[256];
    int n = snprintf(head, sizeof head, "POST /v1/hashes HTTP/1.1\r\nHost: %s:%u\r\nContent-Type: %s\r\n"
                     "Content-Length: %zu\r\n\r\n", o.host, o.port, type, body_len);
    /* The body was written behind a gap of 256 bytes: the head goes right in front of it. */
    c->out_at = 256 - (size_t)n;
    memcpy(c->out + c->out_at, head, (size_t)n);
    c->out_len = 256 + body_len;
}

static void write_request(struct client *c)
{
    char *body = c->out + 256, *p = body;
    switch (o.mode) {
    case SINGLE:
        p = memcpy(p, "{\"hash\":\"", 9), p = put_hex(next_hash++, p + 9);
        memcpy(p, "\"}", 2);
        write_post(c, "application/json", (size_t)(p + 2 - body));
        break;
    case BULK:
        for (size_t i = 0; i < o.hashes; i++)
            put_hash(next_hash++, (uint8_t *)body + 32 * i);
        write_post(c, "application/octet-stream", 32 * o.hashes);
        break;
    case NDJSON:
        for (size_t i = 0; i < o.hashes; i++)
            p = put_hex(next_hash++, p), *p++ = '\n';
        write_post(c, "application/x-ndjson", (size_t)(p - body));
        break;
    case PROOFS:
        p = memcpy(c->out, "GET /v1/proofs/", 15), p = put_hex(o.first + (o.requests > 0 ? started : random_below(o.known)), p + 15);
        p += snprintf(p, 128, " HTTP/1.1\r\nHost: %s:%u\r\n\r\n", o.host, o.port);
        c->out_at = 0;
        c->out_len = (size_t)(p - c->out);
        break;
    case MODES:
        break;
    }
}

static bool is_over(double t)
{
    return t >= end || (o.requests > 0 && started >= o.requests);
}

static void watch(struct client *c, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &ev) != 0)
        die("epoll");
}

/* Without -k a lost connection is an end. With it, the request is sent again on a new one, see return_clients(). */
static void lose(struct client *c, const char *what)
{
    if (!o.keep)
        die(what);
    close(c->fd);
    c->fd = -1;
    c->away = true;
}

static void push(struct client *c)
{
    while (c->out_at < c->out_len) {
        ssize_t n = send(c->fd, c->out + c->out_at, c->out_len - c->out_at, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            watch(c, EPOLLIN | EPOLLOUT);
            return;
        }
        if (n < 0) {
            lose(c, "send");
            return;
        }
        c->out_at += (size_t)n;
        if (c->out_at == c->out_len && o.mode != SINGLE && o.mode != PROOFS)
            watch(c, EPOLLIN);
    }
}

static void begin(struct client *c, double due)
{
    write_request(c);
    c->out_from = c->out_at;
    c->due = due;
    c->busy = true;
    c->in_len = 0;
    started++;
    if (!c->away)
        push(c);
}

/* ------------------------------------------------------------------ answers */

static void finish(struct client *c)
{
    double t = now();
    if (n_samples < MAX_SAMPLES)
        sample[n_samples++] = (float)((t - c->due) * 1e3);
    answered++;
    c->busy = false;
    if (o.rate <= 0 && !is_over(t))
        begin(c, t);
}

/* The head of an answer is whole: judge it, and see how much body is to come. */
static void read_head(struct client *c, char *head_end)
{
    const char *wanted = o.mode == PROOFS ? "HTTP/1.1 200" : "HTTP/1.1 202";
    *head_end = '\0';
    const char *field = strcasestr(c->in, "\r\nContent-Length:");
    bool again = o.keep && strncmp(c->in, "HTTP/1.1 200", 12) == 0; /* it had come through after all */
    if (o.keep && strncmp(c->in, "HTTP/1.1 503", 12) == 0) {
        lose(c, "");
        return;
    }
    if ((strncmp(c->in, wanted, 12) != 0 && !again) || field == NULL) {
        errno = 0;
        fprintf(stderr, "bench_load: got this for %s:\n%s\n", wanted, c->in);
        die("an answer that is not as it should be");
    }
    size_t len = strtoul(field + 17, NULL, 10), here = c->in_len - (size_t)(head_end + 4 - c->in);
    c->skip = len > here ? len - here : 0;
}

static void pull(struct client *c)
{
    for (;;) {
        if (c->in_len == REPLY_MAX - 1)
            c->in_len = 0; /* a long body: only its length counts */
        ssize_t n = recv(c->fd, c->in + c->in_len, REPLY_MAX - 1 - c->in_len, 0);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            errno = n == 0 ? 0 : errno;
            lose(c, "the node closed a connection");
            return;
        }
        c->in_len += (size_t)n;
        if (c->skip > 0) {
            c->skip -= (size_t)n < c->skip ? (size_t)n : c->skip;
        } else {
            c->in[c->in_len] = '\0';
            char *head_end = strstr(c->in, "\r\n\r\n");
            if (head_end == NULL)
                continue;
            read_head(c, head_end);
            if (c->away)
                return;
        }
        if (c->skip == 0) {
            finish(c);
            return;
        }
    }
}

/* ------------------------------------------------------------------ the run */

/* Returns: false if the node refuses. */
static bool open_client(struct client *c)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(o.port)};
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
    int one = 1;
    if (inet_pton(AF_INET, o.host, &to.sin_addr) != 1)
        die("HOST must be an IPv4 address");
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0)
        die("socket");
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0) {
        close(c->fd);
        return false;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0 || epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &ev) != 0)
        die("epoll");
    return true;
}

static void open_clients(void)
{
    poller = epoll_create1(0);
    clients = calloc(o.connections, sizeof *clients);
    for (size_t i = 0; i < o.connections; i++) {
        clients[i].out = malloc(256 + body_room());
        clients[i].away = !open_client(&clients[i]);
        if (clients[i].away && !o.keep)
            die("connect");
    }
}

/* Those that the node sent away come back and say the same again. */
static void return_clients(void)
{
    for (size_t i = 0; i < o.connections; i++) {
        struct client *c = &clients[i];
        if (!c->away || !open_client(c))
            continue;
        c->away = false;
        c->in_len = c->skip = 0;
        c->out_at = c->out_from;
        if (c->busy)
            push(c);
    }
}

/* With a rate: start what is due, on whoever is free. A request that found nobody free is late, and its latency
 * counts from when it was due. */
static double start_due(double t)
{
    static size_t turn;
    double next = start + (double)started / o.rate;
    while (next <= t && !is_over(t)) {
        size_t tried = 0;
        while (tried < o.connections && clients[turn].busy)
            turn = (turn + 1) % o.connections, tried++;
        if (tried == o.connections)
            return t + 0.0005;
        begin(&clients[turn], next);
        next = start + (double)started / o.rate;
    }
    return next;
}

/* To the nanosecond: to turn round until a request is due would take a core away from the node. */
static int wait_for_events(struct epoll_event *events, int max, double seconds)
{
    struct timespec t = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    return epoll_pwait2(poller, events, max, &t, NULL);
}

static void run(void)
{
    struct epoll_event events[256];
    start = now();
    end = start + o.seconds;
    if (o.rate <= 0)
        for (size_t i = 0; i < o.connections && !is_over(start); i++)
            begin(&clients[i], start);
    for (;;) {
        double t = now(), wait = 0.1;
        if (o.rate > 0) {
            double next = start_due(t);
            wait = next <= t ? 0 : next - t;
        }
        if (is_over(t) && answered == started)
            return;
        if (o.keep) {
            return_clients();
            wait = wait > 0.01 ? 0.01 : wait;
        }
        int n = wait_for_events(events, 256, wait);
        for (int i = 0; i < n; i++) {
            struct client *c = events[i].data.ptr;
            if (c->away)
                continue;
            if (events[i].events & EPOLLOUT)
                push(c);
            if (!c->away && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                pull(c);
        }
    }
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double quantile(double q)
{
    return n_samples > 0 ? (double)sample[(size_t)((double)(n_samples - 1) * q)] : 0;
}

static void report(double seconds)
{
    struct timespec cpu;
    size_t per = o.mode == SINGLE || o.mode == PROOFS ? 1 : o.hashes;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    qsort(sample, n_samples, sizeof *sample, by_size);
    printf("{\"mode\":\"%s\",\"connections\":%zu,\"requests\":%llu,\"hashes\":%llu,\"seconds\":%.3f,\"rate\":%.0f,"
           "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"cpu_s\":%.3f,\"next\":%llu}\n",
           MODE_NAMES[o.mode], o.connections, (unsigned long long)answered, (unsigned long long)answered * per,
           seconds, (double)answered * (double)per / seconds, quantile(0.5), quantile(0.99), quantile(1),
           (double)cpu.tv_sec + (double)cpu.tv_nsec * 1e-9, (unsigned long long)next_hash);
}

static void read_address(char *address)
{
    char *colon = strrchr(address, ':');
    if (colon == NULL)
        die("HOST:PORT is missing");
    *colon = '\0';
    o.host = address;
    o.port = (uint16_t)strtoul(colon + 1, NULL, 10);
}

static void read_options(int argc, char **argv)
{
    if (argc < 3)
        die("usage: bench_load single|bulk|ndjson|proofs HOST:PORT [options]");
    for (o.mode = SINGLE; o.mode < MODES && strcmp(MODE_NAMES[o.mode], argv[1]) != 0; o.mode++)
        ;
    if (o.mode == MODES)
        die("the first argument is single, bulk, ndjson or proofs");
    read_address(argv[2]);
    optind = 3;
    for (int opt; (opt = getopt(argc, argv, "c:s:n:S:r:F:N:q:k")) != -1;) {
        switch (opt) {
        case 'c': o.connections = strtoul(optarg, NULL, 10); break;
        case 's': o.seconds = strtod(optarg, NULL); break;
        case 'n': o.hashes = strtoul(optarg, NULL, 10); break;
        case 'S': o.seed = strtoull(optarg, NULL, 10); break;
        case 'r': o.rate = strtod(optarg, NULL); break;
        case 'F': o.first = strtoull(optarg, NULL, 10); break;
        case 'N': o.known = strtoull(optarg, NULL, 10); break;
        case 'q': o.requests = strtoull(optarg, NULL, 10); break;
        case 'k': o.keep = true; break;
        default: die("an unknown option");
        }
    }
    if (o.mode == PROOFS && o.known == 0)
        die("proofs needs -N");
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    next_hash = o.first;
    sample = malloc(MAX_SAMPLES * sizeof *sample);
    open_clients();
    run();
    report(now() - start);
    return 0;
}
