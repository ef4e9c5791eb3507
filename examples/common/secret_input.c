/* SPDX-License-Identifier: MIT */
#include "secret_input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

size_t secret_input_strip(const char *text, size_t len) {
    if (len == 0 || text[len - 1] != '\n') return len;
    len--;
    return len > 0 && text[len - 1] == '\r' ? len - 1 : len;
}

int secret_input_read(int fd, char *buf, size_t cap, size_t *ret_len) {
    size_t used = 0;
    while (used < cap) {
        ssize_t got = read(fd, buf + used, cap - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            int error = errno;
            explicit_bzero(buf, cap);
            errno = error;
            return -1;
        }
        if (got == 0) break;
        used += (size_t)got;
    }
    *ret_len = used == cap ? used : secret_input_strip(buf, used);
    return 0;
}
