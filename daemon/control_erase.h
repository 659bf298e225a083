/* The commands `forget` and `compact` of the control socket. */
#ifndef DAEMON_CONTROL_ERASE_H
#define DAEMON_CONTROL_ERASE_H

#include "daemon/control_base.h"

/** {"command":"forget","hashes":["…"]}: destroy target and salt of one hash. Complete after the next `compact`.
 *  Replies: {"sequence","batch":k or null,"leaf","revokeId","complete":false}; errors gone, not-found, busy. */
void control_erase_forget(struct control *c, struct ctlsock_request *req, const json_t *args);

/** {"command":"compact"}: complete what was forgotten. Replies when it is done:
 *  {"erased","mirrorFiles","before","after"}; errors busy, no-space, … */
void control_erase_compact(struct control *c, struct ctlsock_request *req, const json_t *args);

/** The control socket closes: answer whoever waits for a compaction. */
void control_erase_cancel(struct control *c);

#endif
