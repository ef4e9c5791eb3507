/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void fail(const char *what) {
    (void)fprintf(stderr, "driver: %s\n", what);
    exit(3);
}

/* Ends the text at the next `end` and returns what is behind it; NULL if there is none. */
static char *split_at(char *text, char end) {
    char *at = strchr(text, end);
    if (!at) return NULL;
    *at = '\0';
    return at + 1;
}

void request_split(char *line, struct request *ret) {
    line[strcspn(line, "\n")] = '\0';
    ret->count = 0;
    ret->verb = line;
    for (char *field = split_at(line, '\t'), *next; field; field = next, ret->count++) {
        if (ret->count == FIELDS_MAX) fail("too many fields");
        next = split_at(field, '\t');
        ret->name[ret->count] = field;
        ret->value[ret->count] = split_at(field, '=');
        if (!ret->value[ret->count]) fail("a field without a value");
    }
}

const char *request_text(const struct request *request, const char *name) {
    for (size_t i = 0; i < request->count; i++)
        if (strcmp(request->name[i], name) == 0) return request->value[i];
    return NULL;
}

uint32_t request_len(const struct request *request, const char *name) {
    const char *text = request_text(request, name);
    return text ? (uint32_t)strlen(text) : 0;
}

int64_t request_number(const struct request *request, const char *name) {
    const char *text = request_text(request, name);
    return text ? strtoll(text, NULL, 10) : 0;
}

static unsigned digit_of(char c) {
    const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;
    if (!at) fail("not hexadecimal digits");
    return (unsigned)(at - digits);
}

uint32_t request_bytes(const struct request *request, const char *name, uint8_t out[BYTES_MAX],
                       const void **ret) {
    const char *text = request_text(request, name);
    *ret = NULL;
    if (!text) return 0;
    const size_t len = strlen(text) / 2;
    if (len > BYTES_MAX) fail("too many bytes");
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(digit_of(text[2 * i]) << 4 | digit_of(text[2 * i + 1]));
    *ret = out;
    return (uint32_t)len;
}
