/* hallmarkd.conf with the daemon's own table: what is accepted is printed, and read as the same. */
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/settings.h"

static void check_survives(const struct settings *settings)
{
    struct conf_report report = {0};
    struct settings again = {0};
    char *text = conf_print(&settings_table, settings);
    conf_defaults(&settings_table, &again);
    fuzz_assert(text != NULL);
    if (conf_parse(&settings_table, &again, text, strlen(text), "printed", &report) != ERR_OK)
        fprintf(stderr, "%s", report.text);
    fuzz_assert(report.errors == 0);
    for (size_t i = 0; i < settings_table.n; i++)
        fuzz_assert(conf_same(&settings_table.items[i], settings, &again));
    unsigned restart;
    fuzz_assert(settings_difference(settings, &again, &restart) == NULL && restart == 0);
    conf_report_done(&report);
    free(text);
}

static void check_difference(const struct settings *settings)
{
    struct settings defaults = {0};
    struct conf_report report = {0};
    unsigned restart;
    (void)settings_read(&defaults, NULL, SETTINGS_FOR_CHECK, &report, NULL);
    char *text = settings_difference(&defaults, settings, &restart);
    settings_take_reloadable(&defaults, settings);
    free(text);
    conf_report_done(&report);
}

/* The whole way, with the combinations that cannot be. */
static void check_file(const char *path, enum settings_use use)
{
    struct settings settings;
    struct conf_report report = {0};
    struct err e;
    enum err_code rc = settings_read(&settings, path, use, &report, &e);
    fuzz_assert((rc == ERR_INVALID) == (report.errors > 0));
    if (rc == ERR_OK) {
        check_survives(&settings);
        check_difference(&settings);
    }
    conf_report_done(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    if (fd < 0) {
        fd = memfd_create("hallmarkd.conf", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    fuzz_assert(fd >= 0 && ftruncate(fd, 0) == 0);
    fuzz_assert(pwrite(fd, data, size, 0) == (ssize_t)size);
    check_file(path, SETTINGS_FOR_CHECK);
    check_file(path, SETTINGS_FOR_DAEMON);
    return 0;
}
