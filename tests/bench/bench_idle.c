/* Idle connections held while others are served.
 *
 *   bench_idle [CONNECTIONS] [SECONDS]        10000 and 3 if left out
 *
 * A server in a child process, and here: so many connections, half of them silent, half with the
 * beginning of a request; then one more connection that sends small requests one after the other.
 * Prints their rate and latency with and without the idle ones, and the server's memory. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/io/httpd.h"

#define MAX_SAMPLES 1000000

static size_t on_headers(struct httpd_request *req)
{
    (void)req;
    return 1000;
}

static void on_request(struct httpd_request *req)
{
    const struct httpd_response ok = {
        .status = 202, .body = "ok", .len = 2, .owner = HTTPD_BORROWED};
    httpd_reply(req, &ok);
}

static void serve(unsigned n, int to_parent)
{
    static struct httpd server;
    uv_loop_t loop;
    struct err e = {0};
    const struct httpd_config config = {
        .listen = "127.0.0.1:0",
        .listen_fd = -1,
        .max_connections = n + 10,
        .max_bodies = 1u << 20,
        .request_timeout_ms = 600000,
        .idle_timeout_ms = 600000,
        .user_size = 256,
        .handler = {.on_headers = on_headers, .on_request = on_request}};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    uv_loop_init(&loop);
    if (httpd_open(&server, &loop, &config, &e) != ERR_OK) {
        fprintf(stderr, "bench_idle: %s\n", e.msg);
        _exit(1);
    }
    dprintf(to_parent, "%s\n", httpd_address(&server));
    uv_run(&loop, UV_RUN_DEFAULT);
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof addr) != 0) {
        perror("bench_idle: connect");
        exit(1);
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void ask_for(int fd, double seconds, const char *what)
{
    static const char REQUEST[] = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok";
    static double samples[MAX_SAMPLES];
    size_t n = 0;
    char reply[1024];
    double start = now_us(), before = start;
    while (n < MAX_SAMPLES && before < start + seconds * 1e6) {
        if (send(fd, REQUEST, sizeof REQUEST - 1, MSG_NOSIGNAL) < 0 ||
            recv(fd, reply, sizeof reply, 0) <= 0) {
            fprintf(stderr, "bench_idle: the server has closed\n");
            exit(1);
        }
        double after = now_us();
        samples[n++] = after - before;
        before = after;
    }
    qsort(samples, n, sizeof samples[0], by_size);
    printf("%s: %.0f requests/s on one connection, p50 %.0f us, p99 %.0f us, max %.0f us\n", what,
           (double)n / (before - start) * 1e6, samples[n / 2], samples[n * 99 / 100],
           samples[n - 1]);
}

static long resident_kb(pid_t pid)
{
    char path[64], line[256];
    long kb = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *f = fopen(path, "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            kb = strtol(line + 6, NULL, 10);
    if (f != NULL)
        fclose(f);
    return kb;
}

int main(int argc, char **argv)
{
    unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10000;
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 3;
    struct err e = {0};
    int pipes[2];
    char address[80] = "";
    if (pipe(pipes) != 0 || listener_raise_descriptors(n + 100, &e) != ERR_OK) {
        fprintf(stderr, "bench_idle: %s\n", e.msg);
        return 1;
    }
    pid_t child = fork();
    if (child == 0) {
        serve(n, pipes[1]);
        return 0;
    }
    if (read(pipes[0], address, sizeof address - 1) <= 0)
        return 1;
    uint16_t port = (uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10);
    int asking = connect_to(port);
    ask_for(asking, seconds, "alone");
    long before = resident_kb(child);
    double start = now_us();
    for (unsigned i = 0; i < n; i++) {
        int fd = connect_to(port);
        if (i % 2 == 0 && send(fd, "POST /x HTTP/1.1\r\nHost: slow", 28, 0) < 0)
            perror("bench_idle: send");
    }
    printf("%u connections in %.2f s\n", n, (now_us() - start) / 1e6);
    ask_for(asking, seconds, "beside them");
    printf("resident: %ld KB before, %ld KB with them, %.1f KB each\n", before, resident_kb(child),
           (double)(resident_kb(child) - before) / n);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return 0;
}
