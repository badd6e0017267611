#include "listen/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void output_deinit(struct output *o)
{
    free(o->data);
    *o = (struct output){0};
}

/* Bytes that the socket took, 0 when it is full, ERR_SYSTEM when it is gone. */
static ssize_t send_parts(int fd, const struct iovec *parts, size_t count)
{
    struct iovec copy[OUTPUT_PARTS];
    memcpy(copy, parts, count * sizeof(*parts));
    struct msghdr m = {.msg_iov = copy, .msg_iovlen = count};
    for (;;) {
        ssize_t sent = sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0)
            return sent;
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == ENOMEM)
            return 0;
        return ERR_SYSTEM;
    }
}

static enum err output_keep(struct output *o, const uint8_t *bytes, size_t len)
{
    size_t waiting = o->len - o->at;
    if (len > OUTPUT_MAX - waiting)
        return ERR_LIMIT;
    if (o->at > 0) {
        memmove(o->data, o->data + o->at, waiting);
        o->at = 0;
        o->len = waiting;
    }
    if (waiting + len > o->capacity) {
        size_t capacity = o->capacity ? o->capacity : 4096;
        while (capacity < waiting + len)
            capacity *= 2;
        uint8_t *data = realloc(o->data, capacity);
        if (!data)
            return ERR_NOMEM;
        o->data = data;
        o->capacity = capacity;
    }
    memcpy(o->data + o->len, bytes, len);
    o->len += len;
    return ERR_OK;
}

ssize_t output_write(struct output *o, int fd, const struct iovec *parts, size_t count)
{
    ssize_t sent = 0;
    if (output_is_empty(o)) {
        sent = send_parts(fd, parts, count);
        if (sent < 0)
            return sent;
    }
    size_t skip = (size_t)sent;
    for (size_t i = 0; i < count; i++) {
        size_t done = skip < parts[i].iov_len ? skip : parts[i].iov_len;
        skip -= done;
        if (done == parts[i].iov_len)
            continue;
        const uint8_t *bytes = parts[i].iov_base;
        enum err e = output_keep(o, bytes + done, parts[i].iov_len - done);
        if (e != ERR_OK)
            return e;
    }
    return sent;
}

ssize_t output_flush(struct output *o, int fd)
{
    if (output_is_empty(o))
        return 0;
    struct iovec part = {.iov_base = o->data + o->at, .iov_len = o->len - o->at};
    ssize_t sent = send_parts(fd, &part, 1);
    if (sent < 0)
        return sent;
    o->at += (size_t)sent;
    if (output_is_empty(o))
        output_deinit(o);
    return sent;
}
