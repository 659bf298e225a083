/* The time, as a value that a test can replace: seconds of the calendar and milliseconds that never
 * go back. Nobody else in the daemon asks the kernel for the time. */
#ifndef DAEMON_IO_CLOCK_H
#define DAEMON_IO_CLOCK_H

#include <stdint.h>

struct clock {
    uint64_t (*unix_ms)(const struct clock *c); /* since 1970, UTC; an operator can set it back */
    uint64_t (*mono_ms)(const struct clock *c); /* since an unknown start; never goes back */
};

/* A clock that stands still until a test moves it. clock.clock is what is passed on. */
struct clock_fake {
    struct clock clock;
    uint64_t unix_ms;
    uint64_t mono_ms;
};

/** The clock of the machine. Never NULL; lives for ever. Thread: any. */
const struct clock *clock_system(void);

uint64_t clock_unix_s(const struct clock *c);
uint64_t clock_unix_ms(const struct clock *c);
uint64_t clock_mono_ms(const struct clock *c);

/** Set a fake clock to a calendar second; its monotonic side starts at 1 hour. */
void clock_fake_init(struct clock_fake *f, uint64_t unix_s);

/** Let time pass: both sides move. */
void clock_fake_pass(struct clock_fake *f, uint64_t ms);

/** Set only the calendar, as an operator does (back too); the monotonic side does not move. */
void clock_fake_set(struct clock_fake *f, uint64_t unix_s);

#endif
