/* The HTTP interface of hallmarkd (design.md section 3). It reads the store itself and writes through
 * storeq. What its parts share is in apibase.h, every GET in apiread.c.
 *
 * Thread: the loop's.
 */
#ifndef DAEMON_API_H
#define DAEMON_API_H

#include "daemon/apibase.h"

/** What httpd needs to serve the interface: give it to httpd_open(). */
struct httpd_handler api_handler(struct api *api);

/** Bytes of httpd's user area that the interface needs. */
size_t api_user_size(void);

void api_done(struct api *api);

#endif
