/* SPDX-License-Identifier: MIT */
#include "http/query.h"

#include <string.h>

static const char *const of_list[] = { "cursor", "limit", NULL };
static const char *const of_others[] = { NULL };

struct reading {
    const char *const *names;
    unsigned seen; /* a bit for each of them */
    bool is_unknown, is_twice;
};

static enum MHD_Result read_parameter(void *ctx, enum MHD_ValueKind kind, const char *name,
                                      size_t name_length, const char *value, size_t length) {
    struct reading *reading = ctx;
    unsigned at = 0;
    (void)kind;
    (void)value;
    (void)length;
    while (reading->names[at] && (strlen(reading->names[at]) != name_length ||
                                  memcmp(reading->names[at], name, name_length) != 0))
        at++;
    if (!reading->names[at])
        reading->is_unknown = true;
    else if (reading->seen & 1u << at)
        reading->is_twice = true;
    reading->seen |= 1u << at;
    return MHD_YES;
}

/* The answer repeats no parameter: it may hold a token. */
bool query_check(struct request *request) {
    const bool is_list = request->route.kind == ROUTE_IMPORTS;
    struct reading reading = { .names = is_list ? of_list : of_others };
    MHD_get_connection_values_n(request->connection, MHD_GET_ARGUMENT_KIND, read_parameter,
                                &reading);
    if (!reading.is_unknown && !reading.is_twice) return true;
    http_answer_problem(&request->answer, MHD_HTTP_UNPROCESSABLE_CONTENT,
                        !reading.is_unknown ? "The query has a parameter twice."
                        : is_list
                            ? "The query has an unknown parameter; cursor and limit are known."
                            : "The query has an unknown parameter; this address has none.");
    return false;
}
