/* SPDX-License-Identifier: MIT */
#include "api/imports_api.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/imports_db.h"
#include "http_number.h"
#include "rfc3339.h"

#define PAGE_MAX 1000 /* rows; also the default */
#define BLOCK 65536   /* bytes of a CSV in memory at a time */

static void answer_unreadable(struct request *request) {
    http_answer_problem(&request->answer, MHD_HTTP_INTERNAL_SERVER_ERROR,
                        "The imports could not be read.");
}

/* ---- list ------------------------------------------------------------------------------------ */

/* Reads a number of the query. Leaves *value as it is if the query does not have it. */
static bool query_number(struct MHD_Connection *connection, const char *name, uint64_t min,
                         uint64_t max, uint64_t *value) {
    const char *text = NULL;
    if (MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND, name, strlen(name), &text,
                                      NULL) == MHD_NO)
        return true;
    return http_number(text, min, max, value);
}

static json_t *row_json(const struct import_row *row) {
    char received[RFC3339_CAP];
    rfc3339_format(row->received_ms - row->received_ms % 1000, received);
    return json_pack("{s:I, s:s, s:I, s:s, s:s}", "import", (json_int_t)row->import, "interface",
                     row->interface, "rows", (json_int_t)row->rows, "token_id", row->token_id,
                     "received", received);
}

static json_t *page_json(const struct import_page *page) {
    json_t *list = json_array();
    char next[24];
    for (size_t i = 0; list && i < page->count; i++) {
        if (json_array_append_new(list, row_json(&page->rows[i])) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    if (!list) return NULL;
    if (!page->has_more) return json_pack("{s:o, s:n}", "imports", list, "next");
    snprintf(next, sizeof next, "%" PRIu64, page->rows[page->count - 1].import);
    return json_pack("{s:o, s:s}", "imports", list, "next", next);
}

void imports_answer_list(struct request *request) {
    uint64_t after = 0, limit = PAGE_MAX;
    if (!query_number(request->connection, "cursor", 1, INT64_MAX, &after) ||
        !query_number(request->connection, "limit", 1, PAGE_MAX, &limit)) {
        http_answer_problem(
            &request->answer, MHD_HTTP_BAD_REQUEST,
            "cursor must be the value of next in the previous page, limit a number from 1 to "
            "1000.");
        return;
    }
    struct import_page page = { .rows = malloc((size_t)limit * sizeof *page.rows),
                                .limit = (size_t)limit };
    if (!page.rows ||
        imports_db_list(request->hub->imports, request->verdict.owner, after, &page) != DB_OK)
        answer_unreadable(request);
    else
        http_answer_json(&request->answer, MHD_HTTP_OK, page_json(&page));
    free(page.rows);
}

/* ---- one ------------------------------------------------------------------------------------- */

struct stream {
    struct imports_db *db;
    uint64_t import;
};

static ssize_t read_stream(void *ctx, uint64_t offset, char *bytes, size_t cap) {
    const struct stream *stream = ctx;
    size_t length = 0;
    if (imports_db_read(stream->db, stream->import, offset, bytes, cap, &length) != DB_OK ||
        length == 0)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    return (ssize_t)length;
}

static struct MHD_Response *stream_response(struct imports_db *db, const struct import_row *row) {
    struct stream *stream = malloc(sizeof *stream);
    if (!stream) return NULL;
    *stream = (struct stream){ db, row->import };
    struct MHD_Response *response =
        MHD_create_response_from_callback(row->bytes, BLOCK, read_stream, stream, free);
    if (!response) free(stream);
    return response;
}

static void answer_not_found(struct request *request) {
    http_answer_problem(&request->answer, MHD_HTTP_NOT_FOUND,
                        "You have no import with this number.");
}

static void answer_one(struct request *request) {
    struct import_row row;
    char disposition[64];
    enum db_result result =
        imports_db_get(request->hub->imports, request->verdict.owner, request->route.import, &row);
    if (result == DB_NOT_FOUND) {
        answer_not_found(request);
        return;
    }
    if (result != DB_OK) {
        answer_unreadable(request);
        return;
    }
    snprintf(disposition, sizeof disposition, "attachment; filename=\"import-%" PRIu64 ".csv\"",
             row.import);
    http_answer_response(&request->answer, MHD_HTTP_OK,
                         stream_response(request->hub->imports, &row));
    http_answer_header(&request->answer, MHD_HTTP_HEADER_CONTENT_TYPE,
                       "text/csv; charset=utf-8; header=present");
    http_answer_header(&request->answer, MHD_HTTP_HEADER_CONTENT_DISPOSITION, disposition);
}

/* ---- delete ---------------------------------------------------------------------------------- */

static void delete_one(struct request *request) {
    switch (
        imports_db_delete(request->hub->imports, request->verdict.owner, request->route.import)) {
    case DB_OK:
        http_answer_response(&request->answer, MHD_HTTP_NO_CONTENT,
                             MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT));
        break;
    case DB_NOT_FOUND: answer_not_found(request); break;
    default:
        http_answer_problem(&request->answer, MHD_HTTP_INTERNAL_SERVER_ERROR,
                            "The import could not be deleted.");
    }
}

void imports_answer_import(struct request *request) {
    if (strcmp(request->method, MHD_HTTP_METHOD_DELETE) == 0)
        delete_one(request);
    else
        answer_one(request);
}
