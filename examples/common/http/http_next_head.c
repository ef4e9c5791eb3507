/* SPDX-License-Identifier: MIT */
#include "http_next_head.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "clocks.h"
#include "http_access_log.h"
#include "http_early.h"
#include "http_linger.h"
#include "http_request.h"

#define IDLE_MS (30 * 1000) /* a connection without a next request is then closed */

bool http_head_look(int fd, struct http_head *ret_head, size_t *ret_arrived) {
    char bytes[HTTP_HEAD_MAX + 64];
    ssize_t length = recv(fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    *ret_arrived = length > 0 ? (size_t)length : 0;
    *ret_head = http_head_check(bytes, *ret_arrived);
    return length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR));
}

void http_head_refuse(struct http_connections *all, int fd, const struct http_head *head) {
    static const unsigned statuses[] = { [HTTP_HEAD_PART] = MHD_HTTP_REQUEST_TIMEOUT,
                                         [HTTP_HEAD_GOOD] = MHD_HTTP_OK,
                                         [HTTP_HEAD_BAD] = MHD_HTTP_BAD_REQUEST,
                                         [HTTP_HEAD_LARGE] =
                                             MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                                         [HTTP_HEAD_VERSION] =
                                             MHD_HTTP_HTTP_VERSION_NOT_SUPPORTED };
    struct http_answer answer = { .status = 0 };
    const char *reason = head->reason ? head->reason : "The header did not arrive in time.";
    http_answer_problem(&answer, statuses[head->form], reason);
    bool is_sent = http_early_write(fd, &answer, true);
    http_log_refused_head(&all->by_fd[fd].peer, answer.status, is_sent ? HTTP_SENT : HTTP_CUT_OFF);
    http_answer_clear(&answer);
}

/* How many bytes of the connection have been read. False if they cannot be counted. */
static bool count_read(int fd, uint64_t *ret) {
    for (;;) {
        struct tcp_info before = { .tcpi_bytes_received = 0 }, after = before;
        socklen_t length = sizeof before;
        int unread = 0;
        if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &before, &length) != 0) return false;
        if (ioctl(fd, SIOCINQ, &unread) != 0) return false;
        if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &after, &length) != 0) return false;
        if (before.tcpi_bytes_received != after.tcpi_bytes_received) continue; /* more arrived */
        *ret = (uint64_t)after.tcpi_bytes_received - (uint64_t)unread;
        return true;
    }
}

/* Waits until more than `arrived` bytes are there. */
static void wait_for_more(int fd, size_t arrived, int64_t end_ms) {
    int mark = (int)arrived + 1, one = 1;
    int64_t left_ms = end_ms - monotonic_clock_ms();
    struct pollfd ready = { .fd = fd, .events = POLLIN | POLLRDHUP };
    setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof mark);
    if (left_ms > 0) poll(&ready, 1, (int)left_ms);
    setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof one);
}

/* Returns false if the connection is over. */
static bool await_head(int fd, const atomic_bool *is_stopping, struct http_head *ret_head) {
    size_t arrived = 0, before = 0;
    int64_t end_ms = monotonic_clock_ms() + IDLE_MS;
    for (;;) {
        if (!http_head_look(fd, ret_head, &arrived)) return false;
        if (ret_head->form != HTTP_HEAD_PART) return true;
        if (arrived > 0 && before == 0) end_ms = monotonic_clock_ms() + HTTP_HEAD_MS;
        if (monotonic_clock_ms() >= end_ms) return arrived > 0; /* silence needs no answer */
        if (arrived == 0 && atomic_load(is_stopping)) return false;
        if (arrived > 0 && arrived == before) return false; /* the client sends no more */
        before = arrived;
        wait_for_more(fd, arrived, end_ms);
    }
}

void http_next_head_await(struct http_connections *all, int fd, const atomic_bool *is_stopping) {
    struct http_connection *one = &all->by_fd[fd];
    struct http_head head;
    uint64_t read = 0;
    /*
     * A client may send the next request without waiting for an answer. libmicrohttpd has then
     * read of it already: it checks what it has.
     */
    if (!count_read(fd, &read) || read != one->vetted) return;
    http_connections_mark(all, fd, HTTP_BETWEEN);
    if (await_head(fd, is_stopping, &head)) {
        http_connections_mark(all, fd, HTTP_BODY);
        if (head.form == HTTP_HEAD_GOOD) {
            one->vetted += head.length + head.body;
            return;
        }
        http_head_refuse(all, fd, &head);
        http_linger(fd, is_stopping);
    }
    shutdown(fd, SHUT_RDWR);
}
