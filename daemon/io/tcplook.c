/* What the kernel knows about a TCP connection: see tcplook.h. */
#include "daemon/io/tcplook.h"

#include <linux/tcp.h> /* glibc's struct tcp_info ends before the byte counters */
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* States of the kernel's net/tcp_states.h; its header is not for user space. */
enum { STATE_ESTABLISHED = 1, STATE_SYN_RECV = 3 };

bool tcplook(int fd, struct tcplook *ret)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
        return false;
    *ret = (struct tcplook){
        .received = info.tcpi_bytes_received,
        .acked = info.tcpi_bytes_acked,
        .has_unsent = info.tcpi_unacked > 0 || info.tcpi_notsent_bytes > 0,
        .peer_has_closed =
            info.tcpi_state != STATE_ESTABLISHED && info.tcpi_state != STATE_SYN_RECV,
    };
    return true;
}

int tcplook_unread(int fd)
{
    int n = 0;
    return ioctl(fd, FIONREAD, &n) == 0 ? n : 0;
}
