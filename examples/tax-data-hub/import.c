/* SPDX-License-Identifier: MIT */
/*
 */
#include "import.h"

#include "access.h"
#include "csv_check.h"
#include "http_log.h"
#include "imports_db.h"
#include "spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

struct upload {
    int spool;
    struct csv_check csv;
};

void import_free(struct upload *upload) {
    if (!upload) return;
    if (upload->spool >= 0) close(upload->spool);
    csv_check_close(&upload->csv);
    free(upload);
}

/* The rest of the body, if any, is swallowed; what came before is of no use. */
static void give_up(struct request *request) {
    import_free(request->upload);
    request->upload = NULL;
}

static void answer_failure(struct request *request, const char *what, int error) {
    if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
        http_answer_problem(&request->answer, MHD_HTTP_INSUFFICIENT_STORAGE,
                            "There is no room left for this import.");
        return;
    }
    http_log("import: %s: %s", what, strerror(error));
    http_answer_problem(&request->answer, MHD_HTTP_INTERNAL_SERVER_ERROR,
                        "The import could not be stored.");
}

static void answer_too_large(struct request *request) {
    http_answer_problem(&request->answer, MHD_HTTP_CONTENT_TOO_LARGE,
                        "The body is larger than this server accepts.");
}

/* ---- begin ----------------------------------------------------------------------------------- */

/*
 * RFC 7111 and RFC 4180 section 3. A body that says of itself that it has no header line is not
 * what is asked for.
 */
static bool csv_param(const char *name, const char *value) {
    if (strcasecmp(name, "charset") == 0) return strcasecmp(value, "utf-8") == 0;
    if (strcasecmp(name, "header") == 0) return strcasecmp(value, "present") == 0;
    return true;
}

static bool is_csv(struct MHD_Connection *connection) {
    const char *encoding = http_header(connection, MHD_HTTP_HEADER_CONTENT_ENCODING);

    if (encoding && strcasecmp(encoding, "identity") != 0) return false;
    if (http_header_count(connection, MHD_HTTP_HEADER_CONTENT_TYPE) != 1) return false;
    return http_media_type_is(http_header(connection, MHD_HTTP_HEADER_CONTENT_TYPE), "text/csv",
                              csv_param);
}

static struct upload *open_upload(struct request *request) {
    struct upload *upload = calloc(1, sizeof *upload);
    if (!upload) {
        answer_failure(request, "begin", ENOMEM);
        return NULL;
    }
    upload->spool = spool_open(request->hub->data_fd);
    if (upload->spool < 0)
        answer_failure(request, "spool", -upload->spool);
    else if (csv_check_open(&upload->csv) != CSV_GOOD)
        answer_failure(request, "begin", ENOMEM);
    else
        return upload;
    import_free(upload);
    return NULL;
}

void import_begin(struct request *request) {
    if (!is_csv(request->connection)) {
        http_answer_problem(
            &request->answer, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
            "The body must be text/csv in UTF-8 with a header line, not compressed.");
        http_answer_header(&request->answer, MHD_HTTP_HEADER_ACCEPT, "text/csv");
        return;
    }
    if (request->body.declared != HTTP_LENGTH_UNKNOWN &&
        request->body.declared > request->hub->max_body) {
        answer_too_large(request);
        return;
    }
    request->upload = open_upload(request);
}

/* ---- the body arrives ------------------------------------------------------------------------ */

static void answer_bad_csv(struct request *request, enum csv_result result) {
    const struct csv_check *csv = &request->upload->csv;
    char detail[192];

    if (result == CSV_NO_MEMORY) {
        answer_failure(request, "CSV", ENOMEM);
        return;
    }
    snprintf(detail, sizeof detail, "Line %llu: %s. Nothing was imported.",
             (unsigned long long)csv->bad_line, csv->bad);
    http_answer_problem_with(&request->answer, MHD_HTTP_UNPROCESSABLE_CONTENT, detail,
                             json_pack("{s:I}", "line", (json_int_t)csv->bad_line));
}

/* request->received already counts these bytes. */
static void take_piece(struct request *request, const char *bytes, size_t length) {
    struct upload *upload = request->upload;

    if (request->received > request->hub->max_body) {
        answer_too_large(request);
        return;
    }
    enum csv_result result = csv_check_feed(&upload->csv, bytes, length);
    if (result != CSV_GOOD) {
        answer_bad_csv(request, result);
        return;
    }
    int rc = spool_write(upload->spool, bytes, length);
    if (rc < 0) answer_failure(request, "spool", -rc);
}

void import_piece(struct request *request, const char *bytes, size_t length) {
    if (!request->upload) return;
    take_piece(request, bytes, length);
    if (request->answer.status != 0) give_up(request);
}

/* ---- the body is complete -------------------------------------------------------------------- */

static bool read_spool(void *ctx, uint64_t offset, void *bytes, size_t length) {
    const struct upload *upload = ctx;

    int rc = spool_read(upload->spool, offset, bytes, length);
    if (rc < 0) http_log("import: spool: %s", strerror(-rc));
    return rc == 0;
}

static bool still_welcome(void *ctx) { return access_check(ctx); }

static int64_t now_ms(void) {
    struct timespec now = { 0, 0 };

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct import_row make_row(const struct request *request, uint64_t import) {
    struct import_row row = { .import = import,
                              .rows = request->upload->csv.rows,
                              .bytes = request->received,
                              .received_ms = now_ms() };

    snprintf(row.interface, sizeof row.interface, "%s", request->route.interface);
    memcpy(row.token_id, request->verdict.id, APITOKEN_ID_LEN);
    memcpy(row.owner, request->verdict.owner, request->verdict.owner_len);
    return row;
}

static void answer_imported(struct request *request, const struct import_row *row) {
    http_answer_json(&request->answer, MHD_HTTP_OK,
                     json_pack("{s:I, s:s, s:I, s:s, s:s}", "import", (json_int_t)row->import,
                               "interface", row->interface, "rows", (json_int_t)row->rows, "owner",
                               row->owner, "token_id", row->token_id));
}

static enum db_result store(struct request *request, struct import_row *ret_row) {
    struct imports_db *db = request->hub->imports;
    uint64_t import = 0;

    enum db_result result = imports_db_begin(db, &import);
    if (result != DB_OK) return result;
    *ret_row = make_row(request, import);
    result = imports_db_load(db, import, request->received, read_spool, request->upload);
    if (result == DB_OK) result = imports_db_publish(db, ret_row, still_welcome, request);
    if (result != DB_OK) imports_db_discard(db, import);
    return result;
}

void import_finish(struct request *request) {
    struct import_row row;

    enum csv_result csv = csv_check_end(&request->upload->csv);
    if (csv != CSV_GOOD) {
        answer_bad_csv(request, csv);
        return;
    }
    enum db_result result = store(request, &row);
    if (result == DB_OK)
        answer_imported(request, &row);
    else if (request->answer.status == 0) /* the token's answer is there already */
        answer_failure(request, "store", result == DB_FULL ? ENOSPC : EIO);
    give_up(request);
}
