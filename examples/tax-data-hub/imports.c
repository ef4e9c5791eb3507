/* SPDX-License-Identifier: MIT */
/*
 */
#include "imports.h"

#include "http_number.h"
#include "imports_db.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAGE_MAX 1000 /* rows of a list; also what is given if nothing is asked */
#define BLOCK 65536   /* bytes of a CSV that are in memory at a time */

static void answer_unreadable(struct request *request) {
    http_answer_problem(&request->answer, MHD_HTTP_INTERNAL_SERVER_ERROR,
                        "The imports could not be read.");
}

/* ---- list ------------------------------------------------------------------------------------ */

/* A number of the query; `value` keeps what it has if it is not there. */
static bool query_number(struct MHD_Connection *connection, const char *name, uint64_t min,
                         uint64_t max, uint64_t *value) {
    const char *text = NULL;

    if (MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND, name, strlen(name), &text,
                                      NULL) == MHD_NO)
        return true;
    return http_number(text, min, max, value);
}

/* RFC 3339 in UTC. */
static void format_time(int64_t ms, char *buf, size_t cap) {
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;

    if (!gmtime_r(&seconds, &utc) || strftime(buf, cap, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        buf[0] = '\0';
}

static json_t *row_json(const struct import_row *row) {
    char received[40];

    format_time(row->received_ms, received, sizeof received);
    return json_pack("{s:I, s:s, s:I, s:s, s:s}", "import", (json_int_t)row->import, "interface",
                     row->interface, "rows", (json_int_t)row->rows, "token_id", row->token_id,
                     "received", received);
}

static json_t *page_json(const struct import_row *rows, size_t count, bool more) {
    json_t *list = json_array();
    char next[24];

    for (size_t i = 0; list && i < count; i++) {
        if (json_array_append_new(list, row_json(&rows[i])) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    if (!list) return NULL;
    if (!more) return json_pack("{s:o, s:n}", "imports", list, "next");
    snprintf(next, sizeof next, "%" PRIu64, rows[count - 1].import);
    return json_pack("{s:o, s:s}", "imports", list, "next", next);
}

void imports_answer_list(struct request *request) {
    uint64_t after = 0;
    uint64_t limit = PAGE_MAX;
    size_t count = 0;
    bool more = false;

    if (!query_number(request->connection, "cursor", 1, INT64_MAX, &after) ||
        !query_number(request->connection, "limit", 1, PAGE_MAX, &limit)) {
        http_answer_problem(
            &request->answer, MHD_HTTP_BAD_REQUEST,
            "cursor is what `next` of the page before said, limit a number from 1 to 1000.");
        return;
    }
    struct import_row *rows = calloc((size_t)limit, sizeof *rows);
    const char *owner = request->verdict.owner;
    if (!rows || imports_db_list(request->hub->imports, owner, after, (size_t)limit, rows, &count,
                                 &more) != DB_OK)
        answer_unreadable(request);
    else
        http_answer_json(&request->answer, MHD_HTTP_OK, page_json(rows, count, more));
    free(rows);
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

void imports_answer_one(struct request *request) {
    struct import_row row;
    char disposition[64];

    enum db_result result =
        imports_db_get(request->hub->imports, request->verdict.owner, request->route.import, &row);
    if (result == DB_NOT_FOUND) {
        http_answer_problem(&request->answer, MHD_HTTP_NOT_FOUND, "There is no such import.");
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
