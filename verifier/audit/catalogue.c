/* The table of findings, looked up: see catalogue.h. */
#include "verifier/audit/catalogue.h"

const struct catalogue_row *catalogue_row(enum finding_code code)
{
    static const struct catalogue_row ROWS[] = {
#define X(symbol, code, name, severity, en, fr) {code, name, CATALOGUE_##severity, {en, fr}},
        CATALOGUE(X)
#undef X
    };
    return &ROWS[code];
}

const char *catalogue_severity_word(enum catalogue_severity severity, enum catalogue_language language)
{
    static const char *const WORDS[][2] = {
        [CATALOGUE_NOTICE] = {"notice", "remarque"},
        [CATALOGUE_WARNING] = {"warning", "avertissement"},
        [CATALOGUE_ERROR] = {"error", "erreur"},
        [CATALOGUE_INCOMPLETE] = {"incomplete", "incomplet"},
    };
    return WORDS[severity][language];
}
