/* A scripted JSON-RPC proxy for the tests: it stands between hallmarkd and a node, and misbehaves as told.
 *
 *   fault-rpcproxy UPSTREAM_PORT [--script FILE] [--control SOCKET]
 *
 * It listens on a port of the kernel's choice, says `listening PORT`, and serves until it is killed; --script
 * holds rules from the start, one a line, --control takes commands, one a line, each answered by a line:
 *
 *   ACTION[=ARGUMENT] [METHOD,…|*] [times=N] [skip=N]    a rule: → its number. The newest that fits decides;
 *                                                         `times` runs out, `skip` lets so many pass first
 *   hits NUMBER | end NUMBER | calls METHOD | clear       → how often it was met · → ok · → count · → ok
 *
 * Actions: see ACTIONS. A request that no rule takes is forwarded as it is.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#define MAX_RULES 4096
#define MAX_BODY (64u << 20)
#define MAX_METHODS 64

/* One exchange, as an action sees it. */
struct exchange {
    int client;
    const char *request;
    size_t request_len;
    const char *method;
    json_int_t id;
    struct rule *rule;
    bool hang_up; /* out: close the connection afterwards */
};

struct rule {
    void (*act)(struct exchange *x);
    char argument[1024];
    char methods[512]; /* ",a,b,"; "" for any */
    long left;         /* -1: for ever */
    long skip, hits;
    json_t *seen;      /* freeze: the first answer to each question */
};

static struct rule rules[MAX_RULES];
static size_t n_rules;
static struct {
    char name[64];
    long calls;
} methods[MAX_METHODS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint16_t upstream_port;

static void die(const char *why)
{
    perror(why);
    exit(EXIT_FAILURE);
}

/* ------------------------------------------------------------------ HTTP, as little of it as is needed */

static bool send_all(int fd, const void *data, size_t len)
{
    for (const char *at = data; len > 0;) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

/* One message: head and body. Returns: the body, NUL-terminated, the caller frees; NULL at the end. */
static char *receive(int fd, size_t *ret_len)
{
    char head[16384];
    size_t got = 0, length = 0;
    char *end = NULL;
    while (end == NULL) {
        ssize_t n = got < sizeof head - 1 ? recv(fd, head + got, sizeof head - 1 - got, 0) : 0;
        if (n <= 0)
            return NULL;
        got += (size_t)n;
        head[got] = '\0';
        end = strstr(head, "\r\n\r\n");
    }
    char *field = strcasestr(head, "\r\ncontent-length:");
    if (field != NULL && field < end)
        length = strtoull(field + 17, NULL, 10);
    if (length > MAX_BODY)
        return NULL;
    size_t have = got - (size_t)(end + 4 - head);
    char *body = malloc(length + 1);
    if (body == NULL)
        die("malloc");
    memcpy(body, end + 4, have < length ? have : length);
    while (have < length) {
        ssize_t n = recv(fd, body + have, length - have, 0);
        if (n <= 0) {
            free(body);
            return NULL;
        }
        have += (size_t)n;
    }
    body[length] = '\0';
    *ret_len = length;
    return body;
}

static void answer_as(struct exchange *x, const char *status, const char *type, const char *body, size_t len,
                      size_t claimed)
{
    char head[512];
    int n = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", status, type,
                     claimed);
    if (!send_all(x->client, head, (size_t)n) || !send_all(x->client, body, len))
        x->hang_up = true;
}

static void answer(struct exchange *x, const char *body, size_t len)
{
    answer_as(x, "200 OK", "application/json", body, len, len);
}

static int connect_upstream(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(upstream_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* What the node answers; NULL if it is gone. The caller frees. */
static char *forward(const struct exchange *x, size_t *ret_len)
{
    char head[256];
    int fd = connect_upstream();
    int n = snprintf(head, sizeof head,
                     "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                     "Connection: close\r\n\r\n", x->request_len);
    char *body = NULL;
    if (fd >= 0 && send_all(fd, head, (size_t)n) && send_all(fd, x->request, x->request_len))
        body = receive(fd, ret_len);
    if (fd >= 0)
        close(fd);
    return body;
}

/* ------------------------------------------------------------------ actions */

static void honest(struct exchange *x)
{
    size_t len;
    char *body = forward(x, &len);
    if (body != NULL)
        answer(x, body, len);
    else
        x->hang_up = true;
    free(body);
}

static void drop(struct exchange *x)
{
    x->hang_up = true;
}

static void lose_reply(struct exchange *x)
{
    size_t len;
    free(forward(x, &len));
    x->hang_up = true;
}

static void duplicate(struct exchange *x)
{
    size_t len;
    free(forward(x, &len));
    honest(x);
}

static void truncate_reply(struct exchange *x)
{
    size_t len;
    char *body = forward(x, &len);
    if (body != NULL)
        answer_as(x, "200 OK", "application/json", body, len / 2, len);
    x->hang_up = true;
    free(body);
}

static void half_json(struct exchange *x)
{
    size_t len;
    char *body = forward(x, &len);
    if (body != NULL)
        answer(x, body, len / 2);
    free(body);
}

static void delay(struct exchange *x)
{
    usleep((useconds_t)strtoul(x->rule->argument, NULL, 10) * 1000);
    honest(x);
}

static void status(struct exchange *x)
{
    static const char BODY[] = "try later";
    answer_as(x, x->rule->argument, "text/plain", BODY, strlen(BODY), strlen(BODY));
}

static void html(struct exchange *x)
{
    static const char BODY[] = "<html><body><h1>Welcome to the hotel network</h1></body></html>";
    answer_as(x, x->rule->argument[0] != '\0' ? x->rule->argument : "200 OK", "text/html", BODY, strlen(BODY), strlen(BODY));
}

static void garbage(struct exchange *x)
{
    char bytes[1024];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    answer(x, bytes, sizeof bytes);
}

static void empty(struct exchange *x)
{
    answer(x, "", 0);
}

static void huge(struct exchange *x)
{
    size_t len = 10u << 20;
    char *body = malloc(len);
    if (body == NULL)
        die("malloc");
    memset(body, '0', len);
    memcpy(body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"", 34);
    memcpy(body + len - 2, "\"}", 2);
    answer(x, body, len);
    free(body);
}

/* Answer this object, which is given up. */
static void answer_object(struct exchange *x, json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    if (text == NULL)
        die("json_dumps");
    answer(x, text, strlen(text));
    free(text);
    json_decref(object);
}

/* The node's answer as an object with our id; NULL if there is none. */
static json_t *forward_object(struct exchange *x)
{
    size_t len;
    char *body = forward(x, &len);
    json_t *object = body != NULL ? json_loadb(body, len, 0, NULL) : NULL;
    free(body);
    if (object == NULL)
        x->hang_up = true;
    return object;
}

static void wrong_id(struct exchange *x)
{
    json_t *object = forward_object(x);
    if (object == NULL)
        return;
    json_object_set_new(object, "id", json_integer(987654321));
    answer_object(x, object);
}

/* result=JSON: this instead of what the node says. */
static void result(struct exchange *x)
{
    json_t *value = json_loads(x->rule->argument, JSON_DECODE_ANY, NULL);
    answer_object(x, json_pack("{s:s, s:I, s:o}", "jsonrpc", "2.0", "id", x->id, "result", value != NULL ? value : json_null()));
}

/* error=CODE:TEXT */
static void error(struct exchange *x)
{
    char *text;
    long code = strtol(x->rule->argument, &text, 10);
    answer_object(x, json_pack("{s:s, s:I, s:{s:I, s:s}}", "jsonrpc", "2.0", "id", x->id, "error", "code", (json_int_t)code,
                               "message", *text == ':' ? text + 1 : text));
}

/* lie=MEMBER:JSON: the node's result with one member changed. */
static void lie(struct exchange *x)
{
    char member[64];
    const char *colon = strchr(x->rule->argument, ':');
    json_t *object = forward_object(x);
    if (object == NULL)
        return;
    json_t *of = json_object_get(object, "result");
    if (colon != NULL && json_is_object(of)) {
        snprintf(member, sizeof member, "%.*s", (int)(colon - x->rule->argument), x->rule->argument);
        json_object_set_new(of, member, json_loads(colon + 1, JSON_DECODE_ANY, NULL));
    }
    answer_object(x, object);
}

/* The first answer to each question, for ever: a node that stands still. */
static void freeze(struct exchange *x)
{
    json_t *question = json_loadb(x->request, x->request_len, 0, NULL);
    json_object_del(question, "id");
    char *key = json_dumps(question, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(question);
    pthread_mutex_lock(&lock);
    json_t *known = json_deep_copy(json_object_get(x->rule->seen, key));
    pthread_mutex_unlock(&lock);
    if (known == NULL && (known = forward_object(x)) != NULL) {
        pthread_mutex_lock(&lock);
        json_object_set_new(x->rule->seen, key, json_deep_copy(known));
        pthread_mutex_unlock(&lock);
    }
    free(key);
    if (known == NULL)
        return;
    json_object_set_new(known, "id", json_integer(x->id));
    answer_object(x, known);
}

static const struct {
    const char *name;
    void (*act)(struct exchange *x);
} ACTIONS[] = {
    {"honest", honest},         /* as it is: ends older rules for these methods */
    {"drop", drop},             /* the request never arrives */
    {"lose-reply", lose_reply}, /* the request arrives, its answer does not */
    {"duplicate", duplicate},   /* the request arrives twice */
    {"truncate", truncate_reply}, /* half of the body, then the connection ends */
    {"half-json", half_json},   /* half of the text, well framed */
    {"delay", delay},           /* =MILLISECONDS */
    {"status", status},         /* ="429 Too Many Requests", and no JSON */
    {"html", html},             /* a page instead, with status 200, or ="502 Bad Gateway" */
    {"garbage", garbage},
    {"empty", empty},
    {"huge", huge},             /* 10 MB */
    {"wrong-id", wrong_id},
    {"result", result},         /* =JSON */
    {"error", error},           /* =CODE:TEXT */
    {"lie", lie},               /* =MEMBER:JSON */
    {"freeze", freeze},
};

/* ------------------------------------------------------------------ rules */

/* A word of the line, quoted or not; NULL at its end. Changes the line. */
static char *next_word(char **line)
{
    char *at = *line + strspn(*line, " "), *out = at, *word = at;
    bool quoted = false;
    if (*at == '\0')
        return NULL;
    for (; *at != '\0' && (quoted || *at != ' '); at++) {
        if (*at == '\'')
            quoted = !quoted;
        else
            *out++ = *at;
    }
    *line = *at != '\0' ? at + 1 : at;
    *out = '\0';
    return word;
}

/* Returns: its number, 0 if the line is none. Called with the lock. */
static size_t add_rule(char *line)
{
    char *word = next_word(&line), *argument = word != NULL ? strchr(word, '=') : NULL;
    struct rule *rule = &rules[n_rules];
    if (word == NULL || n_rules == MAX_RULES)
        return 0;
    *rule = (struct rule){.left = -1, .seen = json_object()};
    if (argument != NULL) {
        *argument++ = '\0';
        snprintf(rule->argument, sizeof rule->argument, "%s", argument);
    }
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++)
        if (strcmp(ACTIONS[i].name, word) == 0)
            rule->act = ACTIONS[i].act;
    while ((word = next_word(&line)) != NULL) {
        if (strncmp(word, "times=", 6) == 0)
            rule->left = strtol(word + 6, NULL, 10);
        else if (strncmp(word, "skip=", 5) == 0)
            rule->skip = strtol(word + 5, NULL, 10);
        else if (strcmp(word, "*") != 0)
            snprintf(rule->methods, sizeof rule->methods, ",%s,", word);
    }
    return rule->act != NULL ? ++n_rules : 0;
}

static bool takes(struct rule *rule, const char *method)
{
    char name[80];
    snprintf(name, sizeof name, ",%s,", method);
    if (rule->left == 0 || (rule->methods[0] != '\0' && strstr(rule->methods, name) == NULL))
        return false;
    if (rule->skip > 0) {
        rule->skip--;
        return false;
    }
    rule->hits++;
    rule->left -= rule->left > 0;
    return true;
}

static long *calls_of(const char *method)
{
    size_t i = 0;
    while (i < MAX_METHODS - 1 && methods[i].name[0] != '\0' && strcmp(methods[i].name, method) != 0)
        i++;
    snprintf(methods[i].name, sizeof methods[i].name, "%s", method);
    return &methods[i].calls;
}

/* Take the rule's place in the exchange. */
static void choose(struct exchange *x)
{
    static struct rule none = {.act = honest};
    pthread_mutex_lock(&lock);
    (*calls_of(x->method))++;
    x->rule = &none;
    for (size_t i = n_rules; i > 0 && x->rule == &none; i--)
        if (takes(&rules[i - 1], x->method))
            x->rule = &rules[i - 1];
    pthread_mutex_unlock(&lock);
}

/* ------------------------------------------------------------------ connections */

static void *serve(void *argument)
{
    struct exchange x = {.client = (int)(intptr_t)argument};
    int one = 1;
    setsockopt(x.client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    char *body;
    while (!x.hang_up && (body = receive(x.client, &x.request_len)) != NULL) {
        json_t *request = json_loadb(body, x.request_len, 0, NULL);
        json_t *method = json_object_get(request, "method");
        x.request = body;
        x.method = json_is_string(method) ? json_string_value(method) : "";
        x.id = json_integer_value(json_object_get(request, "id"));
        choose(&x);
        x.rule->act(&x);
        json_decref(request);
        free(body);
    }
    close(x.client);
    return NULL;
}

/* One command. Out: its answer. */
static void command(char *line, char answer_line[64])
{
    char name[64] = "";
    unsigned long number = 0;
    pthread_mutex_lock(&lock);
    if (strcmp(line, "clear") == 0) {
        for (size_t i = 0; i < n_rules; i++)
            rules[i].left = 0;
        strcpy(answer_line, "ok\n");
    } else if (sscanf(line, "calls %63s", name) == 1) {
        snprintf(answer_line, 64, "%ld\n", *calls_of(name));
    } else if (sscanf(line, "hits %lu", &number) == 1 && number >= 1 && number <= n_rules) {
        snprintf(answer_line, 64, "%ld\n", rules[number - 1].hits);
    } else if (sscanf(line, "end %lu", &number) == 1 && number >= 1 && number <= n_rules) {
        rules[number - 1].left = 0;
        strcpy(answer_line, "ok\n");
    } else {
        number = add_rule(line);
        snprintf(answer_line, 64, number > 0 ? "%lu\n" : "error\n", number);
    }
    pthread_mutex_unlock(&lock);
}

static void *control(void *argument)
{
    int listener = (int)(intptr_t)argument;
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        FILE *in = fd >= 0 ? fdopen(fd, "r") : NULL;
        char line[4096], said[64];
        while (in != NULL && fgets(line, sizeof line, in) != NULL) {
            line[strcspn(line, "\n")] = '\0';
            command(line, said);
            if (!send_all(fd, said, strlen(said)))
                break;
        }
        if (in != NULL)
            fclose(in);
    }
    return NULL;
}

static void read_script(const char *path)
{
    char line[4096];
    FILE *in = fopen(path, "r");
    if (in == NULL)
        die(path);
    while (fgets(line, sizeof line, in) != NULL) {
        line[strcspn(line, "#\n")] = '\0';
        if (line[strspn(line, " ")] != '\0' && add_rule(line) == 0) {
            fprintf(stderr, "%s: no such rule: %s\n", path, line);
            exit(EXIT_FAILURE);
        }
    }
    fclose(in);
}

static void start(void *(*run)(void *), int fd)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, (void *)(intptr_t)fd) != 0)
        die("pthread_create");
    pthread_detach(thread);
}

static void open_control(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 8) != 0)
        die(path);
    start(control, fd);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    if (argc < 2 || argc % 2 != 0) {
        fprintf(stderr, "usage: fault-rpcproxy UPSTREAM_PORT [--script FILE] [--control SOCKET]\n");
        return 64;
    }
    signal(SIGPIPE, SIG_IGN);
    upstream_port = (uint16_t)strtoul(argv[1], NULL, 10);
    for (int i = 2; i < argc; i += 2) {
        if (strcmp(argv[i], "--script") == 0)
            read_script(argv[i + 1]);
        else if (strcmp(argv[i], "--control") == 0)
            open_control(argv[i + 1]);
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &len) != 0)
        die("listen");
    printf("listening %u\n", ntohs(at.sin_port));
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0)
            start(serve, fd);
    }
}
