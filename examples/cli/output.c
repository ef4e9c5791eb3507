/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

bool output_has_colour(void) {
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (no_color && *no_color) return false;
    if (!term || !*term || strcmp(term, "dumb") == 0) return false;
    return isatty(STDOUT_FILENO);
}

void output_fact(const char *name, const char *format, ...) {
    va_list args;
    printf("%-14s", name);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
}

static enum exit_code report_unwritten(void) {
    report("cannot write to standard output: %s", strerror(errno));
    return EXIT_UNUSABLE;
}

int output_unbuffered(const char *buf, size_t len) {
    size_t done = 0;
    while (done < len) {
        ssize_t written = write(STDOUT_FILENO, buf + done, len - done);
        if (written < 0 && errno != EINTR) return -1;
        if (written > 0) done += (size_t)written;
    }
    return 0;
}

enum exit_code output_secret(char *buf, size_t len) {
    buf[len] = '\n';
    enum exit_code code = output_unbuffered(buf, len + 1) == 0 ? EXIT_DONE : report_unwritten();
    explicit_bzero(buf, len + 1);
    return code;
}

enum exit_code output_finish(enum exit_code code) {
    if (fflush(stdout) != 0 || ferror(stdout)) return report_unwritten();
    /*
     * Some file systems report a full disk only on close. EBADF: standard output was closed from
     * the start, so nothing was lost.
     */
    if (fclose(stdout) != 0 && errno != EBADF) return report_unwritten();
    return code;
}
