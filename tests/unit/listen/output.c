/* What a TCP client leaves is kept in order and whole, up to a bound. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "listen/output.h"

#define HEAD 3
#define BODY 40000

/* A stream socket that takes little; [0] writes to [1]. */
static void open_pair(int fds[2])
{
    int small = 4096;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
}

/* Byte `at` of the stream that the tests send. */
static uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 31 + at / 251);
}

/* Writes the next HEAD + BODY bytes of the pattern in two parts. */
static ssize_t write_next(struct output *o, int fd, size_t *at)
{
    static uint8_t bytes[HEAD + BODY];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = pattern((*at)++);
    const struct iovec parts[OUTPUT_PARTS] = {
        {.iov_base = bytes, .iov_len = HEAD},
        {.iov_base = bytes + HEAD, .iov_len = BODY},
    };
    return output_write(o, fd, parts, OUTPUT_PARTS);
}

/* Reads all that is there and compares it with the pattern. */
static void read_some(int fd, size_t *at)
{
    uint8_t got[1000];
    ssize_t n;
    while ((n = recv(fd, got, sizeof(got), MSG_DONTWAIT)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            assert_int_equal(got[i], pattern((*at)++));
    }
    assert_int_equal(errno, EAGAIN);
}

static void in_order(void **state)
{
    struct output o = {0};
    size_t written = 0, read = 0;
    int fds[2];
    (void)state;
    open_pair(fds);
    ssize_t sent = write_next(&o, fds[0], &written);
    assert_in_range(sent, HEAD + 1, HEAD + BODY - 1); /* cut in its second part */
    assert_false(output_is_empty(&o));
    assert_int_equal(write_next(&o, fds[0], &written), 0);
    for (unsigned i = 0; i < 1000 && !output_is_empty(&o); i++) {
        read_some(fds[1], &read);
        assert_true(output_flush(&o, fds[0]) > 0);
        if (i == 2)
            assert_int_equal(write_next(&o, fds[0], &written), 0);
    }
    read_some(fds[1], &read);
    assert_int_equal(read, written);
    assert_null(o.data);
    close(fds[0]);
    close(fds[1]);
}

/* The bound is exact, and what waits below it is untouched by what does not fit. */
static void bounded(void **state)
{
    static uint8_t fill[OUTPUT_MAX];
    struct output o = {0};
    size_t written = 0;
    int fds[2];
    (void)state;
    open_pair(fds);
    assert_true(write_next(&o, fds[0], &written) > 0);
    size_t room = OUTPUT_MAX - (o.len - o.at);
    const struct iovec exact = {.iov_base = fill, .iov_len = room};
    const struct iovec one = {.iov_base = fill, .iov_len = 1};
    assert_int_equal(output_write(&o, fds[0], &exact, 1), 0);
    assert_int_equal(o.len - o.at, OUTPUT_MAX);
    assert_int_equal(output_write(&o, fds[0], &one, 1), ERR_LIMIT);
    assert_int_equal(o.len - o.at, OUTPUT_MAX);
    output_deinit(&o);
    close(fds[0]);
    close(fds[1]);
}

static void gone(void **state)
{
    struct output o = {0};
    size_t written = 0;
    int fds[2];
    (void)state;
    open_pair(fds);
    assert_true(write_next(&o, fds[0], &written) > 0);
    close(fds[1]);
    assert_int_equal(output_flush(&o, fds[0]), ERR_SYSTEM);
    output_deinit(&o);
    assert_int_equal(write_next(&o, fds[0], &written), ERR_SYSTEM);
    output_deinit(&o);
    close(fds[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),
        cmocka_unit_test(bounded),
        cmocka_unit_test(gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
