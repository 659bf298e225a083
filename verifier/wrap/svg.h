/* Badges baked into SVG files: <openbadges:assertion> (Open Badges 2.0) or <openbadges:credential> (3.0), by
 * their namespaces. Of several none counts: readers would differ in which one they show. Its attribute `verify`
 * holds a compact token or the URL of an assertion, its body a JSON credential; a token goes before a body,
 * which nobody signed. Pure.
 *
 * Read by expat, which fetches nothing and bounds how far entities may grow. */
#ifndef VERIFIER_WRAP_SVG_H
#define VERIFIER_WRAP_SVG_H

#include <stdbool.h>

#include "common/bytes.h"
#include "common/text.h"
#include "verifier/wrap/badge.h"

/** True if it begins like one: what else begins with "<" is something else. */
bool svg_is(struct slice file);

/** Take the badge out. Out: out  the text is appended if there is one */
enum badge_answer svg_badge(struct text *out, struct slice file);

#endif
