/* Dates as credentials really write them, and the period in which a credential is in force. */
#ifndef VERIFIER_FORMATS_DATES_H
#define VERIFIER_FORMATS_DATES_H

#include "verifier/formats/format.h"

/** Read a date of a profile or of an old credential: RFC 3339; also with the offset written "+0000", without
 *  a zone (then UTC), a day alone (then its first second), or 24:00:00 (then the next day's first second). What
 *  lies before 1970 counts as its first second, 0: it is past in any case.
 *  Returns: false if it is none. */
bool dates_read(uint64_t *ret, struct slice text);

/** True if a date is whole and has a zone, as XML Schema writes a dateTimeStamp. */
bool dates_is_stamp(struct slice text);

/** The date of a member. Returns: false if it is absent or none. */
bool dates_of(uint64_t *ret, const struct jdoc *object, const char *key);

/* The members that say from when and until when; each that is there counts. NULL at the end. */
struct dates_names {
    const char *from[4], *until[4];
};

/** Judge the period against c->env->now: adds ensureValidityPeriodStarted and checkExpiresDate.
 *  In:  object  what holds the dates */
void dates_check(struct format_check *c, const struct jdoc *object, const struct dates_names *names);

/** Verifiable Credentials 2.0 want every date to be a dateTimeStamp, also that of each proof: adds
 *  validateDateFormat; nothing for another document.
 *  In:  root  the credential or presentation */
void dates_check_form(struct format_check *c, const struct jdoc *root);

/** With --at: say so if it was recorded only later. In: recorded_at  time of the block. */
void dates_check_recorded(struct format_check *c, uint64_t recorded_at);

#endif
