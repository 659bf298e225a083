/* Chance, time, and words for a simulated world. */
#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct world_run world_run;

void world_broken(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "sim_anchor %s %" PRIu64 " %" PRIu64 ": ", world_run.name, world_run.seed, world_run.crash_at);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(1);
}

void world_trace(const struct world *w, const char *fmt, ...)
{
    if (!world_run.verbose)
        return;
    va_list ap;
    va_start(ap, fmt);
    printf("%8.1f head %" PRIu64 " final %" PRIu64 " nonce %" PRIu64 " base %" PRIu64 " | ",
           (double)(w->now_ms % 100000000) / 1000, w->chain.head, w->chain.finalized, w->chain.n_uses,
           w->chain.base / GWEI);
    vprintf(fmt, ap);
    putchar('\n');
    va_end(ap);
}

uint64_t world_now_s(const struct world *w)
{
    return w->now_ms / 1000;
}

bool world_fault(struct world *w, unsigned per_mille)
{
    return !w->calm && fake_chance(&w->random, per_mille);
}

bool world_dies(struct world *w)
{
    w->points++;
    if (w->points == w->crash_at || world_fault(w, w->weather->crash)) {
        world_trace(w, "CRASH at point %" PRIu64, w->points);
        w->crashed = true;
    }
    return w->crashed;
}
