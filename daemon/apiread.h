/* The readers of the HTTP interface: one function for each GET of design.md section 3. Each answers the
 * request before it returns (leaves: as the client takes them). */
#ifndef DAEMON_APIREAD_H
#define DAEMON_APIREAD_H

#include "daemon/apibase.h"

void apiread_hash(struct apibase_request *r);
void apiread_proof(struct apibase_request *r);
void apiread_batches(struct apibase_request *r);
void apiread_batch(struct apibase_request *r);
void apiread_leaves(struct apibase_request *r);
void apiread_annex(struct apibase_request *r);
void apiread_log(struct apibase_request *r);
void apiread_events(struct apibase_request *r); /* a stream: see events.h */
void apiread_page(struct apibase_request *r);
void apiread_style(struct apibase_request *r);
void apiread_healthz(struct apibase_request *r);
void apiread_readyz(struct apibase_request *r);
void apiread_metrics(struct apibase_request *r);

#endif
