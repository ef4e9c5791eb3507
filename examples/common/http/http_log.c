/* SPDX-License-Identifier: MIT */
#include "http_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "clocks.h"

static const char *program_name = "http";

void http_log_open(const char *program) { program_name = program; }

static size_t put_prefix(char *line, size_t cap) {
    int64_t now_ms = wall_clock_ms();
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    char stamp[32] = "";
    if (gmtime_r(&seconds, &utc)) strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    int length = snprintf(line, cap, "%s.%03dZ %s: ", stamp, (int)(now_ms % 1000), program_name);
    return length < 0 ? 0 : (size_t)length;
}

void http_log(const char *format, ...) {
    char line[1024];
    size_t used = put_prefix(line, sizeof line);
    size_t room = sizeof line - used - 1; /* one byte less: for the line end */
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line + used, room, format, args);
    va_end(args);
    if (length > 0) used += (size_t)length < room ? (size_t)length : room - 1;
    line[used++] = '\n';

    /*
     * One write(), so that lines of several threads do not mix. A failure to write the log cannot
     * be reported anywhere.
     */
    ssize_t ignored = write(STDERR_FILENO, line, used);
    (void)ignored;
}
