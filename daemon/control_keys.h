/* The commands `key authorize`, `key deauthorize`, `key rotate` and `revoke` of the control socket. All of them
 * reply once what was asked for is durable; the chain is then worked on, and `status` says how far it is. */
#ifndef DAEMON_CONTROL_KEYS_H
#define DAEMON_CONTROL_KEYS_H

#include "daemon/control_base.h"

/** {"command":"key authorize","hashes":["0x…"]}. Replies: {"call":n}; errors unsupported, exists, busy, … */
void control_keys_authorize(struct control *c, struct ctlsock_request *req, const json_t *args);

/** {"command":"key deauthorize","hashes":["0x…"]}. The key in use: the log ends, in order. Replies as above. */
void control_keys_deauthorize(struct control *c, struct ctlsock_request *req, const json_t *args);

/** {"command":"key rotate","hashes":["0x…"] or []}: to the other key that the signer holds, or to this one. */
void control_keys_rotate(struct control *c, struct ctlsock_request *req, const json_t *args);

/** {"command":"revoke","hashes":["<hash>" or "0x<revoke id>"],"genesis":"<hex>" or absent}. A hash that was accepted here
 *  stands for its revoke id; any other 64 digits are taken as a revoke id. Replies: {"call":n,"id":"…","known":bool}. */
void control_keys_revoke(struct control *c, struct ctlsock_request *req, const json_t *args);

/** Members "keys" of `status`: what is in force, what sends, the stage of a change, the calls under way. */
json_t *control_keys_status(const struct control *c);

#endif
