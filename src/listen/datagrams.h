/* Datagrams that go to the kernel together. */
#ifndef SHUNT_LISTEN_DATAGRAMS_H
#define SHUNT_LISTEN_DATAGRAMS_H

#include <sys/socket.h>

/* Sends `count` messages, in order and without waiting; returns how many were lost. A full socket
 * loses the rest: clients ask again, and a worker that waits helps nobody. Any other error belongs
 * to the one datagram at the front. */
unsigned datagrams_send(int fd, struct mmsghdr *messages, unsigned count);

#endif
