/* SPDX-License-Identifier: MIT */
#include "http_early.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include "clocks.h"

#define WRITE_MS 5000 /* the buffer of the socket is empty: it takes an answer at once */

/* Headers that all answers here have anyhow. */
static bool is_own(const char *name) {
    return strcasecmp(name, MHD_HTTP_HEADER_CONNECTION) == 0 ||
           strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
}

static enum MHD_Result put_header(void *ctx, enum MHD_ValueKind kind, const char *name,
                                  const char *value) {
    FILE *text = ctx;
    (void)kind;
    if (!is_own(name)) fprintf(text, "%s: %s\r\n", name, value);
    return MHD_YES;
}

static void put_date(FILE *text) {
    time_t now = (time_t)(wall_clock_ms() / 1000);
    struct tm utc;
    char date[64];
    /* the hosts never call setlocale(): the names are English */
    if (gmtime_r(&now, &utc) && strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &utc))
        fprintf(text, "Date: %s\r\n", date);
}

/* Returns the head, to be freed by the caller, or NULL without memory. */
static char *make_head(const struct http_answer *answer, size_t *ret_length) {
    char *head = NULL;
    FILE *text = open_memstream(&head, ret_length);
    if (!text) return NULL;
    fprintf(text, "HTTP/1.1 %u %s\r\n", answer->status, MHD_get_reason_phrase_for(answer->status));
    put_date(text);
    fputs("Connection: close\r\n", text);
    MHD_get_response_headers(answer->response, put_header, text);
    fprintf(text, "Content-Length: %zu\r\n\r\n", strlen(answer->text));
    bool is_good = !ferror(text);
    if (fclose(text) == 0 && is_good) return head;
    free(head);
    return NULL;
}

static bool write_all(int fd, const char *bytes, size_t length, int64_t end_ms) {
    while (length > 0) {
        struct pollfd ready = { .fd = fd, .events = POLLOUT };
        ssize_t written = send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (written >= 0) {
            bytes += written;
            length -= (size_t)written;
            continue;
        }
        int64_t left_ms = end_ms - monotonic_clock_ms();
        if ((errno != EAGAIN && errno != EINTR) || left_ms <= 0) return false;
        poll(&ready, 1, (int)left_ms);
    }
    return true;
}

bool http_early_write(int fd, const struct http_answer *answer, bool has_body) {
    size_t length = 0;
    char *head = answer->response && answer->text ? make_head(answer, &length) : NULL;
    if (!head) return false;
    int64_t end_ms = monotonic_clock_ms() + WRITE_MS;
    bool is_written = write_all(fd, head, length, end_ms) &&
                      (!has_body || write_all(fd, answer->text, strlen(answer->text), end_ms));
    free(head);
    return is_written;
}
