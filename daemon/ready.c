/* The table of reasons: see ready.h. */
#include "daemon/ready.h"

static const char *const WORDS[READY_N][2] = {
    [READY] = {"", ""},
#define X(name, english, french) [READY_##name] = {english, french},
    READY_REASONS(X)
#undef X
};

const char *ready_english(enum ready_reason reason)
{
    return WORDS[reason][0];
}

const char *ready_french(enum ready_reason reason)
{
    return WORDS[reason][1];
}
