/* The control socket, from both ends. */
#include "tests/harness.h"
#include "tests/looprun.h"

#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/io/ctlsock.h"
#include "daemon/io/ctlsock_client.h"
#include "tests/rawclient.h"

static uv_loop_t loop;
static struct ctlsock server;
static struct rawclient c;
static char path[108];
static struct ctlsock_request *held[4];
static bool check_peer = true; /* the client is this process */
static unsigned n_requests, n_gone, n_closed, n_held;

/* "hold…" is kept; "lines N" gets N lines; anything else is echoed as one line. */
static void on_request(struct ctlsock_request *req)
{
    char line[64];
    n_requests++;
    assert_null(req->user);
    if (check_peer) {
        assert_int_equal(req->peer.uid, getuid());
        assert_int_equal(req->peer.pid, getpid());
    }
    assert_int_equal(strlen(req->line), req->len);
    if (strncmp(req->line, "hold", 4) == 0) {
        held[n_held++] = req;
        return;
    }
    if (strncmp(req->line, "lines ", 6) == 0) {
        for (int i = 0; i < atoi(req->line + 6); i++) {
            int n = snprintf(line, sizeof line, "{\"line\":%d}", i);
            ctlsock_send(req, line, (size_t)n);
        }
    } else {
        ctlsock_send(req, req->line, req->len);
    }
    ctlsock_end(req);
}

static void on_gone(struct ctlsock_request *req)
{
    assert_true(req->is_gone);
    n_gone++;
}

static void on_closed(struct ctlsock *s)
{
    (void)s;
    n_closed++;
}

static const struct ctlsock_handler HANDLER = {NULL, on_request, on_gone};

static int set_up(void **state)
{
    (void)state;
    struct err e;
    uv_loop_init(&loop);
    snprintf(path, sizeof path, "%s/control.sock", harness_folder());
    assert_ok(ctlsock_open(&server, &loop, path, -1, &HANDLER, &e), e);
    rawclient_open(&c, &loop, path);
    n_requests = n_gone = n_closed = n_held = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rawclient_close(&c);
    if (!server.is_closing)
        ctlsock_close(&server, on_closed);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(n_closed, 1);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
    return 0;
}

static void lines_in_and_out(void **state)
{
    (void)state;
    rawclient_say(&c, "{\"cmd\":\"status\"}\nlines 3\n");
    assert_true(rawclient_wait_for(&c, "{\"line\":2}\n\n"));
    assert_string_equal(c.in,
                        "{\"cmd\":\"status\"}\n\n{\"line\":0}\n{\"line\":1}\n{\"line\":2}\n\n");
    rawclient_say(&c, "in ");
    rawclient_say(&c, "parts\n");
    assert_true(rawclient_wait_for(&c, "in parts\n\n"));
}

static void many_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++)
        rawclient_say(&c, "x\n");
    looprun_count(&loop, &n_requests, 20000);
    rawclient_say(&c, "last\n");
    assert_true(rawclient_wait_for(&c, "last\n\n"));
    assert_int_equal(c.in_len, 20000 * 3 + 6);
}

static void answered_later(void **state)
{
    (void)state;
    rawclient_say(&c, "hold\nnext\n");
    looprun_count(&loop, &n_held, 1);
    ctlsock_send(held[0], "{\"step\":1}", 10);
    assert_true(rawclient_wait_for(&c, "{\"step\":1}\n"));
    assert_int_equal(n_requests, 1); /* one at a time */
    ctlsock_send(held[0], "{\"step\":2}", 10);
    ctlsock_end(held[0]);
    assert_true(rawclient_wait_for(&c, "{\"step\":2}\n\nnext\n\n"));
}

static void leaves_while_waiting(void **state)
{
    (void)state;
    struct rawclient d;
    rawclient_open(&d, &loop, path);
    rawclient_say(&d, "hold\n");
    looprun_count(&loop, &n_held, 1);
    rawclient_close(&d);
    looprun_count(&loop, &n_gone, 1);
    ctlsock_send(held[0], "{}", 2); /* harmless */
    ctlsock_end(held[0]);
    rawclient_say(&c, "still here\n");
    assert_true(rawclient_wait_for(&c, "still here\n\n"));
}

/* `echo status | nc -U socket` sends no more, but listens. */
static void half_closed(void **state)
{
    (void)state;
    rawclient_say(&c, "hold\nmore\n");
    shutdown(c.fd, SHUT_WR);
    looprun_count(&loop, &n_held, 1);
    ctlsock_send(held[0], "{}", 2);
    ctlsock_end(held[0]);
    rawclient_wait_closed(&c);
    assert_string_equal(c.in, "{}\n\nmore\n\n");
    assert_int_equal(n_gone, 0);
}

static void a_line_too_long(void **state)
{
    (void)state;
    static char line[CTLSOCK_MAX_LINE + 2];
    memset(line, 'a', sizeof line);
    line[CTLSOCK_MAX_LINE] = '\n';
    rawclient_send(&c, line, CTLSOCK_MAX_LINE + 1);
    assert_true(rawclient_wait_for(&c, "\n\n"));
    assert_int_equal(c.in_len, CTLSOCK_MAX_LINE + 2);
    line[CTLSOCK_MAX_LINE] = 'a';
    rawclient_send(&c, line, sizeof line);
    rawclient_wait_closed(&c);
    assert_non_null(strstr(c.in, "\n\n{\"ok\":false,\"error\":{\"code\":\"limit\","));
    assert_int_equal(n_requests, 1);
}

static void too_many_clients(void **state)
{
    (void)state;
    struct rawclient d[CTLSOCK_MAX_CLIENTS];
    for (size_t i = 0; i < CTLSOCK_MAX_CLIENTS; i++)
        rawclient_open(&d[i], &loop, path);
    rawclient_wait_closed(&d[CTLSOCK_MAX_CLIENTS - 1]);
    assert_non_null(strstr(d[CTLSOCK_MAX_CLIENTS - 1].in, "{\"ok\":false,\"error\":{\"code\":\"limit\","));
    rawclient_say(&d[0], "fine\n");
    assert_true(rawclient_wait_for(&d[0], "fine\n\n"));
    for (size_t i = 0; i < CTLSOCK_MAX_CLIENTS; i++)
        rawclient_close(&d[i]);
}

static void does_not_read(void **state)
{
    (void)state;
    static char line[60000];
    struct rawclient deaf;
    rawclient_open_deaf(&deaf, &loop, path);
    rawclient_say(&deaf, "hold\n");
    looprun_count(&loop, &n_held, 1);
    memset(line, 'x', sizeof line);
    for (int i = 0; i < 1000 && !held[0]->is_gone; i++)
        ctlsock_send(held[0], line, sizeof line);
    assert_true(held[0]->is_gone);
    assert_int_equal(n_gone, 1);
    ctlsock_end(held[0]);
    rawclient_close(&deaf);
}

static void mode_and_neighbours(void **state)
{
    (void)state;
    struct stat st;
    struct err e;
    struct ctlsock other;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_err(ctlsock_open(&other, &loop, path, -1, &HANDLER, &e), ERR_BUSY);
    char file[200], longer[300];
    snprintf(file, sizeof file, "%s/plain", harness_folder());
    fclose(fopen(file, "w"));
    assert_err(ctlsock_open(&other, &loop, file, -1, &HANDLER, &e), ERR_INVALID);
    assert_int_equal(access(file, F_OK), 0);
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_err(ctlsock_open(&other, &loop, longer, -1, &HANDLER, &e), ERR_INVALID);
    assert_err(ctlsock_open(&other, &loop, "", -1, &HANDLER, &e), ERR_INVALID);
    assert_err(ctlsock_open(&other, &loop, "/no/such/folder/x", -1, &HANDLER, &e), ERR_IO);
    assert_err(ctlsock_open(&other, &loop, NULL, STDIN_FILENO, &HANDLER, &e), ERR_INVALID);
}

static int listening_socket(const char *where)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(addr.sun_path, sizeof addr.sun_path, "%s", where);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof addr), 0);
    assert_int_equal(listen(fd, 5), 0);
    return fd;
}

static void stale_file_is_replaced(void **state)
{
    (void)state;
    struct err e;
    char where[108];
    struct ctlsock other;
    snprintf(where, sizeof where, "%s/stale.sock", harness_folder());
    close(listening_socket(where)); /* the file stays */
    assert_ok(ctlsock_open(&other, &loop, where, -1, &HANDLER, &e), e);
    unlink(where);
    int foreign = listening_socket(where); /* somebody replaced ours */
    ctlsock_close(&other, on_closed);
    looprun_count(&loop, &n_closed, 1);
    assert_int_equal(access(where, F_OK), 0);
    close(foreign);
    unlink(where);
    n_closed = 0;
}

static void inherited(void **state)
{
    (void)state;
    struct err e;
    char where[108];
    struct ctlsock other;
    struct rawclient d;
    snprintf(where, sizeof where, "%s/inherited.sock", harness_folder());
    int fd = listening_socket(where);
    assert_ok(ctlsock_open(&other, &loop, NULL, fd, &HANDLER, &e), e);
    rawclient_open(&d, &loop, where);
    rawclient_say(&d, "hello\n");
    assert_true(rawclient_wait_for(&d, "hello\n\n"));
    ctlsock_close(&other, on_closed);
    looprun_count(&loop, &n_closed, 1);
    assert_int_equal(access(where, F_OK), 0); /* systemd's, not ours */
    rawclient_close(&d);
    n_closed = 0;
}

static void closed_while_waiting(void **state)
{
    (void)state;
    rawclient_say(&c, "hold\n");
    looprun_count(&loop, &n_held, 1);
    ctlsock_close(&server, on_closed);
    assert_int_equal(n_gone, 1);
    rawclient_wait_closed(&c);
    assert_int_equal(n_closed, 0); /* waits for the answer */
    ctlsock_end(held[0]);
    looprun_count(&loop, &n_closed, 1);
}

/* ---- the blocking client, on a thread of its own ---- */

static unsigned n_threads_over;
static uv_async_t thread_over;

static void on_thread_over(uv_async_t *async)
{
    n_threads_over++;
    uv_close((uv_handle_t *)async, NULL);
}

static void run_thread(void *(*story)(void *))
{
    pthread_t thread;
    void *failed;
    n_threads_over = 0;
    uv_async_init(&loop, &thread_over, on_thread_over);
    assert_int_equal(pthread_create(&thread, NULL, story, NULL), 0);
    looprun_count(&loop, &n_threads_over, 1);
    pthread_join(thread, &failed);
    if (failed != NULL)
        fail_msg("in the thread: %s", (const char *)failed);
}

#define expect(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            uv_async_send(&thread_over);                                                           \
            return #condition;                                                                     \
        }                                                                                          \
    } while (0)

static void *talk(void *arg)
{
    (void)arg;
    struct ctlsock_client k;
    struct err e;
    const char *line;
    expect(ctlsock_client_open(&k, path, 120000, &e) == ERR_OK);
    expect(ctlsock_client_send(&k, "{\"cmd\":\"one\"}", &e) == ERR_OK);
    expect(ctlsock_client_read(&k, &line, &e) == ERR_OK && strcmp(line, "{\"cmd\":\"one\"}") == 0);
    expect(ctlsock_client_read(&k, &line, &e) == ERR_OK && line == NULL);
    expect(ctlsock_client_send(&k, "lines 5000", &e) == ERR_OK);
    for (int i = 0; i < 5000; i++)
        expect(ctlsock_client_read(&k, &line, &e) == ERR_OK && atoi(line + 8) == i);
    expect(ctlsock_client_read(&k, &line, &e) == ERR_OK && line == NULL);
    k.timeout_ms = 20;
    expect(ctlsock_client_send(&k, "hold", &e) == ERR_OK);
    expect(ctlsock_client_read(&k, &line, &e) == ERR_TIMEOUT);
    ctlsock_client_close(&k);
    uv_async_send(&thread_over);
    return NULL;
}

static void blocking_client(void **state)
{
    (void)state;
    run_thread(talk);
    looprun_count(&loop, &n_gone, 1);
    ctlsock_end(held[0]);
}

static void *fail_to_connect(void *arg)
{
    (void)arg;
    struct ctlsock_client k = {.fd = -1};
    struct err e;
    char where[108], longer[300];
    const char *line;
    snprintf(where, sizeof where, "%s/none.sock", harness_folder());
    expect(ctlsock_client_open(&k, where, 1000, &e) == ERR_NOT_FOUND);
    int fd = listening_socket(where);
    close(fd);
    expect(ctlsock_client_open(&k, where, 1000, &e) == ERR_BUSY);
    unlink(where);
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    expect(ctlsock_client_open(&k, longer, 1000, &e) == ERR_INVALID);
    fd = listening_socket(where);
    expect(ctlsock_client_open(&k, where, 120000, &e) == ERR_OK);
    close(accept(fd, NULL, NULL));
    expect(ctlsock_client_read(&k, &line, &e) == ERR_IO);
    ctlsock_client_close(&k);
    ctlsock_client_close(&k);
    close(fd);
    unlink(where);
    uv_async_send(&thread_over);
    return NULL;
}

static void nobody_to_talk_to(void **state)
{
    (void)state;
    run_thread(fail_to_connect);
}

/* In a child: give up root for nobody, with one group or none, and ask. Exit status: what came. */
static void ask_as_nobody(gid_t group, size_t n_groups)
{
    struct ctlsock_client k = {.fd = -1};
    struct err e;
    const char *line = "";
    if (setgroups(n_groups, &group) != 0 || setgid(65534) != 0 || setuid(65534) != 0)
        _exit(3);
    if (ctlsock_client_open(&k, path, 120000, &e) != ERR_OK)
        _exit(4);
    if (ctlsock_client_send(&k, "{\"x\":1}", &e) != ERR_OK) { /* it may have closed already; its word is there */
    }
    if (ctlsock_client_read(&k, &line, &e) != ERR_OK || line == NULL)
        _exit(5);
    _exit(strstr(line, "\"denied\"") != NULL ? 1 : strcmp(line, "{\"x\":1}") == 0 ? 0 : 6);
}

static int status_of(gid_t group, size_t n_groups)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        ask_as_nobody(group, n_groups);
    while (waitpid(child, &status, WNOHANG) == 0)
        uv_run(&loop, UV_RUN_NOWAIT);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Even if somebody opened the mode of the file: only root, our user and the group of the file may ask. */
static void strangers_are_refused(void **state)
{
    (void)state;
    struct stat st;
    if (geteuid() != 0)
        skip(); /* only root can become somebody else */
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(chmod(harness_folder(), 0755), 0);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(status_of(65533, 1), 1);
    assert_int_equal(status_of(0, 0), 1);
    assert_int_equal(n_requests, 0);
    check_peer = false;
    assert_int_equal(status_of(st.st_gid, 1), 0);
    check_peer = true;
    assert_int_equal(n_requests, 1);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* as in the daemon: a client may be gone before its answer */
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(lines_in_and_out),       T(many_at_once),      T(answered_later),
        T(leaves_while_waiting),   T(half_closed),       T(a_line_too_long),
        T(too_many_clients),       T(does_not_read),     T(mode_and_neighbours),
        T(stale_file_is_replaced), T(inherited),         T(closed_while_waiting),
        T(blocking_client),        T(nobody_to_talk_to), T(strangers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
