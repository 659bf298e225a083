/* The status page at /: what `status` says that is public anyway, for people, in English and French.
 *
 * Plain HTML without scripts; its one style sheet comes from here (/style.css). Shown are facts that the
 * public interface, the chain or the metrics tell as well; not: endpoints, the disk, tokens, log lines.
 * Thread: the loop's.
 */
#ifndef DAEMON_PAGE_H
#define DAEMON_PAGE_H

#include "common/text.h"
#include "daemon/control_base.h"
#include "daemon/ready.h"

enum page_language { PAGE_EN, PAGE_FR };

/* Headers of the page: nothing is loaded from elsewhere, nothing is run, nobody may frame it. */
#define PAGE_POLICY "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

extern const char page_style[]; /* the style sheet */

/** The language to answer in: ?lang= if it is one of ours, else the first of ours that Accept-Language gives
 *  the highest weight; English. Both may be NULL. */
enum page_language page_choose(const char *query, const char *accept_language);

const char *page_language_code(enum page_language language);

/** Append text with what HTML would take for markup escaped. */
void page_put_escaped(struct text *out, const char *text);

/** Append the page. In: why  READY, or why the service is not. */
void page_write(const struct control *c, enum page_language language, enum ready_reason why, struct text *out);

#endif
