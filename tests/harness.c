/* What the unit tests share: see harness.h. */
#include "tests/harness.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/hex.h"

uint8_t *harness_hex(const char *hex, size_t *ret_len)
{
    size_t len = strlen(hex) / 2;
    uint8_t *bytes = malloc(len + 1);
    assert_non_null(bytes);
    assert_true(hex_decode(bytes, len, hex, strlen(hex), true));
    if (ret_len != NULL)
        *ret_len = len;
    return bytes;
}

struct hash32 harness_hash(const char *hex)
{
    struct hash32 h;
    assert_true(hex_decode(h.b, sizeof h.b, hex, strlen(hex), true));
    return h;
}

const char *harness_data(const char *name)
{
    static char path[4096];
    const char *root = getenv("HALLMARK_DATA");
    snprintf(path, sizeof path, "%s/%s", root != NULL ? root : "../../shared/data", name);
    if (access(path, R_OK) == 0)
        return path;
    print_message("absent: %s (the test is skipped)\n", path);
    return NULL;
}

char *harness_read(const char *path, size_t *ret_len)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("cannot open %s", path);
    char *data = NULL;
    size_t len = 0, got;
    do {
        data = realloc(data, len + 65536 + 1);
        assert_non_null(data);
        got = fread(data + len, 1, 65536, f);
        len += got;
    } while (got > 0);
    fclose(f);
    data[len] = '\0';
    if (ret_len != NULL)
        *ret_len = len;
    return data;
}

static char folder[64];

static int on_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void remove_folder(void)
{
    nftw(folder, on_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *harness_folder(void)
{
    if (folder[0] == '\0') {
        snprintf(folder, sizeof folder, "/tmp/hallmark-test-XXXXXX");
        if (mkdtemp(folder) == NULL)
            fail_msg("cannot make a folder in /tmp");
        atexit(remove_folder);
    }
    return folder;
}

int harness_closed_port(char address[HARNESS_ADDRESS_LEN])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    snprintf(address, HARNESS_ADDRESS_LEN, "127.0.0.1:%u", ntohs(at.sin_port));
    return fd;
}

char *harness_path(const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", harness_folder(), name);
    return path;
}

char *harness_put(const char *name, const char *text)
{
    char *path = harness_path(name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    return path;
}

uint64_t harness_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}
