/* SPDX-License-Identifier: MIT */
#include "http/body.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/problem.h"

/* No valid request nests. The parser recurses, and the stack of a connection's thread is small. */
#define NESTING_MAX 16

static void wipe_and_free(void *memory) {
    if (memory) explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

void body_init_json(void) { json_set_alloc_funcs(malloc, wipe_and_free); }

static void answer_too_large(struct request *request) {
    problem(request, MHD_HTTP_CONTENT_TOO_LARGE, "TOO_LARGE", "The body is larger than 16 KiB.");
}

static bool accept_json_param(const char *name, const char *value) {
    return strcasecmp(name, "charset") != 0 || strcasecmp(value, "utf-8") == 0;
}

static bool is_json(struct MHD_Connection *connection) {
    const char *encoding = http_header(connection, MHD_HTTP_HEADER_CONTENT_ENCODING);
    if (encoding && strcasecmp(encoding, "identity") != 0) return false;
    if (http_header_count(connection, MHD_HTTP_HEADER_CONTENT_TYPE) != 1) return false;
    return http_media_type_is(http_header(connection, MHD_HTTP_HEADER_CONTENT_TYPE),
                              "application/json", accept_json_param);
}

bool body_check_header(struct request *request) {
    if (request->framing.declared != 0 && !is_json(request->connection)) {
        problem(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "MEDIA_TYPE",
                "The body must be uncompressed application/json.");
        http_answer_header(&request->answer, MHD_HTTP_HEADER_ACCEPT, "application/json");
        return false;
    }
    if (request->framing.declared != HTTP_LENGTH_UNKNOWN && request->framing.declared > BODY_MAX) {
        answer_too_large(request);
        return false;
    }
    return true;
}

void body_append(struct request *request, const char *bytes, size_t length) {
    if (length > BODY_MAX - request->body_length) {
        body_free(request);
        answer_too_large(request);
        return;
    }
    if (!request->body) request->body = malloc(BODY_MAX);
    if (!request->body) {
        problem_internal(request, "out of memory for the body of a request");
        return;
    }
    memcpy(request->body + request->body_length, bytes, length);
    request->body_length += length;
}

static bool is_flat(const char *text, size_t length) {
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        if (in_string && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            in_string = !in_string;
        else if (!in_string && (text[i] == '{' || text[i] == '[') && ++depth > NESTING_MAX)
            return false;
        else if (!in_string && (text[i] == '}' || text[i] == ']') && depth > 0)
            depth--;
    }
    return true;
}

bool body_parse(struct request *request) {
    if (request->body_length == 0) return true;
    if (is_flat(request->body, request->body_length))
        request->input = json_loadb(request->body, request->body_length,
                                    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (json_is_object(request->input)) return true;
    problem(request, MHD_HTTP_BAD_REQUEST, "JSON",
            "The body must be one JSON object, in UTF-8, without duplicate keys.");
    return false;
}

void body_free(struct request *request) {
    if (request->body) explicit_bzero(request->body, BODY_MAX);
    free(request->body);
    json_decref(request->input);
    request->body = NULL;
    request->input = NULL;
    request->body_length = 0;
}
