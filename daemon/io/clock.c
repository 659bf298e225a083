/* The time: see clock.h. */
#include "daemon/io/clock.h"

#include <stddef.h>
#include <time.h>

static uint64_t kernel_ms(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t system_unix_ms(const struct clock *c)
{
    (void)c;
    return kernel_ms(CLOCK_REALTIME);
}

static uint64_t system_mono_ms(const struct clock *c)
{
    (void)c;
    return kernel_ms(CLOCK_MONOTONIC);
}

static const struct clock SYSTEM = {system_unix_ms, system_mono_ms};

const struct clock *clock_system(void)
{
    return &SYSTEM;
}

uint64_t clock_unix_s(const struct clock *c)
{
    return c->unix_ms(c) / 1000;
}

uint64_t clock_unix_ms(const struct clock *c)
{
    return c->unix_ms(c);
}

uint64_t clock_mono_ms(const struct clock *c)
{
    return c->mono_ms(c);
}

static const struct clock_fake *fake_of(const struct clock *c)
{
    return (const struct clock_fake *)(const void *)((const char *)c -
                                                     offsetof(struct clock_fake, clock));
}

static uint64_t fake_unix_ms(const struct clock *c)
{
    return fake_of(c)->unix_ms;
}

static uint64_t fake_mono_ms(const struct clock *c)
{
    return fake_of(c)->mono_ms;
}

void clock_fake_init(struct clock_fake *f, uint64_t unix_s)
{
    *f = (struct clock_fake){
        .clock = {fake_unix_ms, fake_mono_ms}, .unix_ms = unix_s * 1000, .mono_ms = 3600 * 1000};
}

void clock_fake_pass(struct clock_fake *f, uint64_t ms)
{
    f->unix_ms += ms;
    f->mono_ms += ms;
}

void clock_fake_set(struct clock_fake *f, uint64_t unix_s)
{
    f->unix_ms = unix_s * 1000;
}
