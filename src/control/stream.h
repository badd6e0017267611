/* Server-sent events (HTML standard, "Server-sent events") to one client: for handlers that go on
 * telling after the reply has begun. A handler sets reply->stream; the function there gets the
 * stream, follows what it follows, and sends. Control thread only. */
#ifndef SHUNT_CONTROL_STREAM_H
#define SHUNT_CONTROL_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_PENDING_MAX (256 * 1024) /* bytes that may wait for a slow client */

struct api_reply;
struct http_stream;

/* Calls `closed` when the stream has ended: the client left, or was too slow, or http_stream_close
 * or the end of the server came. Exactly once, and never from within another function of this
 * header but http_free; `stream` is gone afterwards. */
void http_stream_on_close(struct http_stream *stream, void (*closed)(void *arg), void *arg);

/* Sends one event: `data` may have several lines. `event` NULL = no name, `id` 0 = none. False when
 * the stream has ended or ends now, since more than STREAM_PENDING_MAX bytes wait already. */
bool http_stream_send(struct http_stream *stream, const char *event, uint64_t id, const char *data);

/* Sends the one reply of a request whose handler said that it comes `later`, instead of events, and
 * ends: `closed` will be called, after this has returned. Takes what the reply holds. */
void http_stream_reply(struct http_stream *stream, struct api_reply *reply);

/* Bytes that were sent and that the client has not taken yet. */
size_t http_stream_waiting(const struct http_stream *stream);

/* Ends the stream once what was sent has been read. `closed` will be called. */
void http_stream_close(struct http_stream *stream);

#endif
