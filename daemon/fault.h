/* Crash points for the tests: with HALLMARK_FAULT=point or point:n in the environment, a test build
 * kills itself with SIGKILL the first (n-th) time it passes that point. A release has none of it.
 *
 * Points, each just after something became durable or left the process:
 *   sealed assigned signed sent mined final (of an anchor, and of a registry call)
 *   forgotten compact-scrubbed compact-copied compacted backup-copied restore-copied
 *   rotation-STAGE: see core/rotation.h
 */
#ifndef DAEMON_FAULT_H
#define DAEMON_FAULT_H

#ifdef HALLMARK_FAULTS
void fault_point(const char *name);
#else
static inline void fault_point(const char *name)
{
    (void)name;
}
#endif

#endif
