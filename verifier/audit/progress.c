/* The progress line: see progress.h. */
#include "verifier/audit/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define WIDTH 30
#define EVERY_MS 100

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void progress_open(struct progress *p)
{
    *p = (struct progress){.shown = isatty(STDERR_FILENO) == 1};
}

void progress_step(struct progress *p, const char *what, uint64_t done, uint64_t total)
{
    if (p == NULL || !p->shown || (p->dirty && p->what == what && now_ms() - p->shown_at < EVERY_MS))
        return;
    p->what = what;
    p->shown_at = now_ms();
    p->dirty = true;
    if (total == 0) {
        fprintf(stderr, "\r\033[K%s %" PRIu64, what, done);
    } else {
        int filled = (int)(done < total ? WIDTH * done / total : WIDTH);
        fprintf(stderr, "\r\033[K%s [%.*s%*s] %" PRIu64 "/%" PRIu64, what, filled, "##############################",
                WIDTH - filled, "", done, total);
    }
    fflush(stderr);
}

void progress_clear(struct progress *p)
{
    if (p == NULL || !p->dirty)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    p->dirty = false;
}
