/* SPDX-License-Identifier: MIT */
#include "due.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void due_zero(int rc, const char *what, const char *file, int line) {
    int os_code = errno;
    if (rc == 0) return;
    (void)fprintf(stderr, "%s:%d: %s: %d (%s)\n", file, line, what, rc, strerror(os_code));
    exit(1);
}
