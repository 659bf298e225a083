/* What looking for a badge inside a picture can end in. */
#ifndef VERIFIER_WRAP_BADGE_H
#define VERIFIER_WRAP_BADGE_H

enum badge_answer {
    BADGE_NONE,     /* a sound picture without one */
    BADGE_FOUND,
    BADGE_TWICE,    /* more than one: it is not said which counts */
    BADGE_DAMAGED,  /* the picture, or the badge in it, is broken or cut off */
    BADGE_TOO_LONG, /* longer than LIMITS_CREDENTIAL_BYTES */
};

#endif
