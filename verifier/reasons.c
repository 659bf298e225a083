/* The table of reasons: see reasons.h. */
#include "verifier/reasons.h"

static const struct reasons_row ROWS[] = {
#define X(name, code, step, effect, mender, en, fr)                                                \
    {code, step, REASONS_##effect, REASONS_##mender, {en, fr}},
    REASONS(X)
#undef X
};

const struct reasons_row *reasons_row(enum reason reason)
{
    return &ROWS[reason];
}

const char *reasons_status(enum reason reason)
{
    switch (ROWS[reason].effect) {
    case REASONS_PASSED:
    case REASONS_PROVES: return "passed";
    case REASONS_SKIPPED: return "skipped";
    case REASONS_PENDING:
    case REASONS_COULD_NOT_CHECK:
    case REASONS_FORCE_UNKNOWN: return "unknown";
    case REASONS_UNKNOWN_ISSUER:
    case REASONS_MALFORMED:
    case REASONS_NO_DOCUMENT:
    case REASONS_NO_FILE:
    case REASONS_NOT_GENUINE:
    case REASONS_NOT_YET:
    case REASONS_EXPIRED:
    case REASONS_REPLACED:
    case REASONS_SUSPENDED:
    case REASONS_REVOKED: return "failed";
    }
    return "";
}

const char *reasons_mend(enum reason reason, enum reasons_language language)
{
    static const char *const TEXT[][2] = {
        [REASONS_NOBODY] = {"", ""},
        [REASONS_YOU] = {"You can mend this.", "Vous pouvez y remédier."},
        [REASONS_HOLDER] = {"The holder of the document can mend this.",
                            "Le détenteur du document peut y remédier."},
        [REASONS_ISSUER] = {"The issuer can mend this.", "L’émetteur peut y remédier."},
        [REASONS_NODE] = {"The source of the chain data can mend this.",
                          "La source des données de la chaîne peut y remédier."},
    };
    return TEXT[ROWS[reason].mender][language];
}
