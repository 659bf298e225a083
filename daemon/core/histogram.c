/* A histogram as Prometheus counts it: see histogram.h. */
#include "daemon/core/histogram.h"

const struct histogram_bounds histogram_ack = {
    13, {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10}};
const struct histogram_bounds histogram_final = {
    12, {5, 15, 60, 300, 900, 1200, 1800, 3600, 7200, 14400, 43200, 86400}};

void histogram_add(struct histogram *h, const struct histogram_bounds *bounds, double value)
{
    unsigned i = 0;
    if (value < 0)
        value = 0;
    while (i < bounds->n && value > bounds->at[i])
        i++;
    h->in[i]++;
    h->sum += value;
}

uint64_t histogram_up_to(const struct histogram *h, unsigned i)
{
    uint64_t n = 0;
    for (unsigned j = 0; j <= i; j++)
        n += h->in[j];
    return n;
}
