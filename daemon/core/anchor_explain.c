/* The story of one anchored value: see anchor_explain.h. */
#include "daemon/core/anchor_explain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/hex.h"

struct story {
    char *text;
    size_t cap;
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void say(struct story *story, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(story->text + story->len, story->cap - story->len, fmt, ap);
    va_end(ap);
    if (n > 0)
        story->len += (size_t)n < story->cap - story->len ? (size_t)n : story->cap - story->len - 1;
}

#define TIME_LEN 80 /* for any 64 bits */

/* Days since 1970 as a date, by Hinnant's era arithmetic: 400 years are 146,097 days. */
static const char *when(char text[TIME_LEN], uint64_t t)
{
    uint64_t day = t / 86400 + 719468, s = t % 86400;
    uint64_t era = day / 146097, doe = day % 146097;
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    uint64_t month = mp < 10 ? mp + 3 : mp - 9, year = yoe + era * 400 + (month <= 2);
    snprintf(text, TIME_LEN,
             "%04" PRIu64 "-%02" PRIu64 "-%02" PRIu64 " %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 " UTC", year,
             month, doy - (153 * mp + 2) / 5 + 1, s / 3600, s / 60 % 60, s % 60);
    return text;
}

static const char *hex(char text[2 + 64 + 1], const struct hash32 *hash)
{
    text[0] = '0';
    text[1] = 'x';
    hex_encode(text + 2, hash->b, sizeof hash->b);
    return text;
}

static void say_past(struct story *story, const struct anchor_job *job)
{
    char t[TIME_LEN], h[67];
    say(story, "Batch %" PRIu64 " was sealed at %s.", job->k, when(t, job->queued_at));
    if (job->n_foreign > 0)
        say(story, " A transaction that is not ours (%s) took its nonce, so a new one was needed.",
            hex(h, &job->stranger));
    if (job->n_reverted > 0)
        say(story, " It was mined without effect %" PRIu32 " time%s.", job->n_reverted,
            job->n_reverted == 1 ? "" : "s");
    if (job->n_reorgs > 0)
        say(story, " The chain took its block back %" PRIu32 " time%s; it was sent again each time.",
            job->n_reorgs, job->n_reorgs == 1 ? "" : "s");
}

static void say_attempts(struct story *story, const struct anchor_job *job)
{
    char t[TIME_LEN], h[67], price[WEI_TEXT_LEN];
    const struct anchor_attempt *last = &job->attempts[job->n_attempts - 1];
    say(story, " Nonce %" PRIu64 " is its own; %" PRIu32 " transaction%s signed for it", job->nonce,
        job->n_attempts, job->n_attempts == 1 ? " was" : "s were");
    if (job->sent_at != 0)
        say(story, ", first accepted by an endpoint at %s", when(t, job->sent_at));
    if (last->imported) {
        say(story, "; the last, %s, was found on the chain.", hex(h, &last->hash));
        return;
    }
    wei_format(price, last->bid.cap);
    say(story, "; the last is %s, made at %s, for at most %s per gas.", hex(h, &last->hash),
        when(t, last->made_at), price);
}

static void say_block(struct story *story, const struct anchor_job *job)
{
    char t[TIME_LEN], h[67], cost[WEI_TEXT_LEN];
    const struct anchor_attempt *attempt = anchor_attempt(job, job->mined.seq);
    wei_format(cost, job->mined.cost);
    say(story, " Transaction %s is in block %" PRIu64 " of %s and cost %s.",
        hex(h, &attempt->hash), job->mined.block, when(t, job->mined.block_time), cost);
}

static void say_now(struct story *story, const struct anchor_job *job, uint64_t now)
{
    char t[TIME_LEN];
    uint64_t minutes = now > job->queued_at ? (now - job->queued_at) / 60 : 0;
    switch (job->state) {
    case ANCHOR_QUEUED:
        say(story, " It waits for its turn to be anchored, for %" PRIu64 " min now.", minutes);
        break;
    case ANCHOR_ASSIGNED:
        say(story, " It has nonce %" PRIu64 " and is being signed.", job->nonce);
        break;
    case ANCHOR_SIGNED:
        say(story, " No endpoint has taken a transaction yet; sending goes on.");
        break;
    case ANCHOR_SENT:
        say(story, " It waits to be mined; it is sent again every few blocks, and its fee is raised in time.");
        break;
    case ANCHOR_FEE_CAPPED:
        say(story, " It waits to be mined; a higher fee is not allowed now, so it is only sent again.");
        break;
    case ANCHOR_SUSPECT:
        say(story, " The chain has used the nonce, and no receipt shows by which transaction; "
                   "nothing is sent until that is known.");
        break;
    case ANCHOR_MINED:
        say(story, " It waits for that block to become final.");
        break;
    case ANCHOR_FINAL:
        say(story, " That block was found final at %s%s.", when(t, job->final_at),
            job->has_evidence ? ", and its evidence is kept" : "");
        break;
    case ANCHOR_FOREIGN:
        say(story, " It waits for a new nonce, or for a later batch that proves it.");
        break;
    case ANCHOR_REVERTED:
        say(story, " It waits for a new nonce%s.", job->n_reverted > 1 ? " and for an operator" : "");
        break;
    case ANCHOR_COVERED:
        say(story, " It is not anchored itself: batch %" PRIu64 " or one before it proves it by its tail.",
            job->covered_by);
        break;
    case ANCHOR_ORPHANED:
        say(story, " It was never anchored, and after a loss the log went on without it; its hashes were "
                   "sealed again in a later batch.");
        break;
    }
}

static void say_alarms(struct story *story, uint32_t alarms)
{
    for (unsigned bit = 0; bit < ANCHOR_N_ALARMS; bit++) {
        if ((alarms >> bit & 1) == 0)
            continue;
        const struct anchor_alarm_info *info = anchor_alarm_info((enum anchor_alarm)(1u << bit));
        say(story, " Attention: %s (%s).", info->text, info->remedy);
    }
}

size_t anchor_explain(const struct anchor_job *job, uint64_t now, char *ret, size_t cap)
{
    struct story story = {.text = ret, .cap = cap};
    say_past(&story, job);
    if (job->n_attempts > 0)
        say_attempts(&story, job);
    if (job->state == ANCHOR_MINED || job->state == ANCHOR_FINAL)
        say_block(&story, job);
    say_now(&story, job, now);
    say_alarms(&story, job->alarms);
    return story.len;
}
