/* SPDX-License-Identifier: MIT */
/* A command of the model test: a verb and fields NAME=VALUE, with tabs between them. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stddef.h>
#include <stdint.h>

enum { FIELDS_MAX = 40, BYTES_MAX = 256 };

struct request {
    const char *verb;
    size_t count;
    const char *name[FIELDS_MAX], *value[FIELDS_MAX];
};

/* Splits a line in place; its line end goes. Ends the program if it has too many fields. */
void request_split(char *line, struct request *ret);

/* NULL if the command has no such field. */
const char *request_text(const struct request *request, const char *name);
/* Its length; 0 without the field. */
uint32_t request_len(const struct request *request, const char *name);
/* 0 without the field. */
int64_t request_number(const struct request *request, const char *name);
/* Bytes given as hexadecimal digits. Returns how many; *ret is NULL without the field. */
uint32_t request_bytes(const struct request *request, const char *name, uint8_t out[BYTES_MAX],
                       const void **ret);

#endif
