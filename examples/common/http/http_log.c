/* SPDX-License-Identifier: MIT */
/*
 */
#include "http_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *program_name = "http";

void http_log_open(const char *program) { program_name = program; }

static size_t put_prefix(char *line, size_t cap) {
    struct timespec now = { 0, 0 };
    struct tm utc;
    char stamp[32] = "";

    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &utc)) strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    int length =
        snprintf(line, cap, "%s.%03dZ %s: ", stamp, (int)(now.tv_nsec / 1000000), program_name);
    return length < 0 ? 0 : (size_t)length;
}

void http_log(const char *format, ...) {
    char line[1024];
    size_t used = put_prefix(line, sizeof line);
    size_t room = sizeof line - used - 1; /* the last byte is kept for the line end */
    va_list args;

    va_start(args, format);
    int length = vsnprintf(line + used, room, format, args);
    va_end(args);
    if (length > 0) used += (size_t)length < room ? (size_t)length : room - 1;
    line[used++] = '\n';

    /*
     * One write, so that lines of several threads do not mix. There is nowhere to report that the
     * log cannot be written.
     */
    ssize_t ignored = write(STDERR_FILENO, line, used);
    (void)ignored;
}
