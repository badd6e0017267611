#include "listen/datagrams.h"

#include <errno.h>
#include <stdbool.h>

static bool is_full(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM;
}

unsigned datagrams_send(int fd, struct mmsghdr *messages, unsigned count)
{
    unsigned done = 0, lost = 0;
    while (done < count) {
        int sent = sendmmsg(fd, messages + done, count - done, MSG_DONTWAIT);
        if (sent > 0) {
            done += (unsigned)sent;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (is_full(errno))
            return lost + count - done;
        lost++;
        done++;
    }
    return lost;
}
