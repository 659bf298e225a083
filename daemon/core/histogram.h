/* A histogram as Prometheus counts it: how many values were at most each bound, their sum and number. */
#ifndef DAEMON_CORE_HISTOGRAM_H
#define DAEMON_CORE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_MAX_BOUNDS 20

/* Upper bounds, ascending. A constant of its owner. */
struct histogram_bounds {
    unsigned n; /* at most HISTOGRAM_MAX_BOUNDS */
    double at[HISTOGRAM_MAX_BOUNDS];
};

/* {0} is empty. */
struct histogram {
    uint64_t in[HISTOGRAM_MAX_BOUNDS + 1]; /* values in each room; the last is above every bound */
    double sum;
};

/* Of what users wait for: an acknowledgement (0.5 ms to 10 s), finality (5 s to a day). */
extern const struct histogram_bounds histogram_ack, histogram_final;

/** Count a value. A value below zero (a clock that went back) counts as zero. */
void histogram_add(struct histogram *h, const struct histogram_bounds *bounds, double value);

/** How many values were at most bound i; i = bounds->n: all. */
uint64_t histogram_up_to(const struct histogram *h, unsigned i);

#endif
