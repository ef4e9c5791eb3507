/* SPDX-License-Identifier: MIT */
#include "api/import_api.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "api/retry_key.h"
#include "body/csv_check.h"
#include "body/spool.h"
#include "clocks.h"
#include "db/imports_db.h"
#include "db/imports_usage.h"
#include "http/access.h"
#include "http_log.h"

struct upload {
    int spool;
    struct csv_check csv;
    struct retry_key key;
    uint64_t room; /* bytes that the owner may still import */
};

void import_free(struct upload *upload) {
    if (!upload) return;
    if (upload->spool >= 0) close(upload->spool);
    csv_check_close(&upload->csv);
    free(upload);
}

/* From here on import_piece() ignores the rest of the body. */
static void end_upload(struct request *request) {
    import_free(request->upload);
    request->upload = NULL;
}

static void answer_failure(struct request *request, const char *action, int error) {
    if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
        http_answer_problem(&request->answer, MHD_HTTP_INSUFFICIENT_STORAGE,
                            "There is not enough space for this import.");
        return;
    }
    http_log("import: %s: %s", action, strerror(error));
    http_answer_problem(&request->answer, MHD_HTTP_INTERNAL_SERVER_ERROR,
                        "The import could not be stored.");
}

static void answer_too_large(struct request *request) {
    http_answer_problem(&request->answer, MHD_HTTP_CONTENT_TOO_LARGE,
                        "The body is larger than the server accepts.");
}

static void answer_over_quota(struct request *request) {
    http_answer_problem(&request->answer, MHD_HTTP_INSUFFICIENT_STORAGE,
                        "You have as many imports, or as large ones, as the server keeps for an "
                        "owner. Delete some of them first.");
}

/* Sets the answer unless the owner may import so many bytes more. *ret_room is then set. */
static bool check_quota(struct request *request, uint64_t bytes, uint64_t *ret_room) {
    struct imports_usage room;
    if (imports_db_room(request->hub->imports, request->verdict.owner, &room) != DB_OK)
        answer_failure(request, "read the quota", EIO);
    else if (room.imports == 0 || bytes > room.bytes)
        answer_over_quota(request);
    else {
        *ret_room = room.bytes;
        return true;
    }
    return false;
}

/* ---- the header has arrived ------------------------------------------------------------------ */

static bool is_any(const char *value, const char *const *names) {
    while (*names && strcasecmp(value, *names) != 0) names++;
    return *names != NULL;
}

/*
 * RFC 7111 and RFC 4180 section 3. Refuses header=absent, since the hub needs the header line, and
 * other separators, since it would read them as text.
 */
static bool accept_csv_param(const char *name, const char *value) {
    static const char *const charsets[] = { "utf-8", "utf8", "us-ascii", NULL };
    static const char *const separators[] = { "delimiter", "separator", "sep", NULL };
    if (strcasecmp(name, "charset") == 0) return is_any(value, charsets);
    if (strcasecmp(name, "header") == 0) return strcasecmp(value, "present") == 0;
    if (is_any(name, separators)) return strcmp(value, ",") == 0;
    return true;
}

/* Without Content-Type or with two of them it is unknown what the body is. */
static bool is_csv(struct MHD_Connection *connection) {
    return http_header_count(connection, MHD_HTTP_HEADER_CONTENT_TYPE) == 1 &&
           http_media_type_is(http_header(connection, MHD_HTTP_HEADER_CONTENT_TYPE), "text/csv",
                              accept_csv_param);
}

static bool is_coded(struct MHD_Connection *connection) {
    const char *coding = http_header(connection, MHD_HTTP_HEADER_CONTENT_ENCODING);
    return http_header_count(connection, MHD_HTTP_HEADER_CONTENT_ENCODING) > 1 ||
           (coding && strcasecmp(coding, "identity") != 0);
}

/* RFC 9110 section 15.5.16: the answer says which types or codings would be accepted. */
static bool check_media_type(struct request *request) {
    const bool coded = is_coded(request->connection);
    if (!coded && is_csv(request->connection)) return true;
    http_answer_problem(&request->answer, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
                        coded ? "The body must not have a Content-Encoding."
                              : "The Content-Type must be text/csv: UTF-8 with a header line, and "
                                "fields separated by commas.");
    if (coded)
        http_answer_header(&request->answer, MHD_HTTP_HEADER_ACCEPT_ENCODING, "identity");
    else
        http_answer_header(&request->answer, MHD_HTTP_HEADER_ACCEPT, "text/csv");
    return false;
}

static struct upload *open_upload(struct request *request) {
    /* the state of the hash wants more than the alignment of malloc() */
    struct upload *upload = aligned_alloc(_Alignof(struct upload), sizeof *upload);
    if (!upload) {
        answer_failure(request, "open the upload", ENOMEM);
        return NULL;
    }
    memset(upload, 0, sizeof *upload);
    upload->spool = spool_open(request->hub->data_fd);
    if (upload->spool < 0)
        answer_failure(request, "open the spool file", -upload->spool);
    else if (csv_check_open(&upload->csv) != CSV_GOOD)
        answer_failure(request, "open the upload", ENOMEM);
    else
        return upload;
    import_free(upload);
    return NULL;
}

/* A repeat is not refused for the quota: its import is there already. */
static bool begin_upload(struct request *request) {
    struct upload *upload = request->upload;
    const uint64_t declared =
        request->body.declared == HTTP_LENGTH_UNKNOWN ? 0 : request->body.declared;
    upload->room = UINT64_MAX;
    if (!retry_key_begin(request, &upload->key)) return false;
    return *upload->key.text || check_quota(request, declared, &upload->room);
}

void import_begin(struct request *request) {
    if (!check_media_type(request)) return;
    if (request->body.declared != HTTP_LENGTH_UNKNOWN &&
        request->body.declared > request->hub->max_body) {
        answer_too_large(request);
        return;
    }
    request->upload = open_upload(request);
    if (request->upload && !begin_upload(request)) end_upload(request);
}

/* ---- the body arrives ------------------------------------------------------------------------ */

static void answer_bad_csv(struct request *request, enum csv_result result) {
    const struct csv_check *csv = &request->upload->csv;
    char detail[256];
    if (result == CSV_NO_MEMORY) {
        answer_failure(request, "check the CSV", ENOMEM);
        return;
    }
    snprintf(detail, sizeof detail, "Line %llu: %s. Nothing was imported.",
             (unsigned long long)csv->error_line, csv->error);
    http_answer_problem_with(&request->answer, MHD_HTTP_UNPROCESSABLE_CONTENT, detail,
                             json_pack("{s:I}", "line", (json_int_t)csv->error_line));
}

/* request->received includes these bytes. */
static void take_piece(struct request *request, const char *bytes, size_t length) {
    struct upload *upload = request->upload;
    if (request->received > request->hub->max_body) {
        answer_too_large(request);
        return;
    }
    if (request->received > upload->room) {
        answer_over_quota(request);
        return;
    }
    enum csv_result result = csv_check_feed(&upload->csv, bytes, length);
    if (result != CSV_GOOD) {
        answer_bad_csv(request, result);
        return;
    }
    retry_key_take(&upload->key, bytes, length);
    int rc = spool_write(upload->spool, bytes, length);
    if (rc < 0) answer_failure(request, "write the spool file", -rc);
}

void import_piece(struct request *request, const char *bytes, size_t length) {
    if (!request->upload) return;
    take_piece(request, bytes, length);
    if (request->answer.status != 0) end_upload(request);
}

/* ---- the body is complete -------------------------------------------------------------------- */

static bool read_spool(void *ctx, uint64_t offset, void *bytes, size_t length) {
    const struct upload *upload = ctx;
    int rc = spool_read(upload->spool, offset, bytes, length);
    if (rc < 0) http_log("import: read the spool file: %s", strerror(-rc));
    return rc == 0;
}

static bool check_token_again(void *ctx) { return access_check(ctx); }

static struct import_row make_row(const struct request *request, uint64_t import) {
    struct import_row row = { .import = import,
                              .rows = request->upload->csv.rows,
                              .bytes = request->received,
                              .received_ms = wall_clock_ms() };
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

static enum db_result store_import(struct request *request, const struct import_key *key,
                                   struct import_row *ret_row) {
    struct imports_db *db = request->hub->imports;
    uint64_t import = 0;
    enum db_result result = imports_db_begin(db, &import);
    if (result != DB_OK) return result;
    *ret_row = make_row(request, import);
    result = imports_db_load(db, import, request->received, read_spool, request->upload);
    if (result == DB_OK) result = imports_db_publish(db, ret_row, key, check_token_again, request);
    if (result != DB_OK) imports_db_discard(db, import);
    return result;
}

/* True if the request is answered: its key has made an import before. */
static bool answer_repeated(struct request *request, const struct import_key *key) {
    struct import_row row;
    if (!key) return false;
    enum retry_outcome outcome = retry_key_find(request, key, &row);
    if (outcome == RETRY_NEW) return false;
    if (outcome != RETRY_REPEATED || !access_check(request)) return true;
    answer_imported(request, &row);
    http_answer_header(&request->answer, "Idempotency-Replayed", "true");
    return true;
}

/* Another request with the same key, or of the same owner, may have been faster. */
static void answer_not_stored(struct request *request, const struct import_key *key,
                              enum db_result result) {
    if (request->answer.status != 0) return; /* by the second check of the token */
    if (result == DB_EXISTS && answer_repeated(request, key)) return;
    if (result == DB_FULL && !check_quota(request, request->received, &request->upload->room))
        return;
    answer_failure(request, "store the import", result == DB_FULL ? ENOSPC : EIO);
}

static void import_or_repeat(struct request *request) {
    struct import_row row;
    const struct import_key *key = retry_key_end(request, &request->upload->key);
    if (answer_repeated(request, key)) return;
    if (!check_quota(request, request->received, &request->upload->room)) return;
    enum db_result result = store_import(request, key, &row);
    if (result == DB_OK)
        answer_imported(request, &row);
    else
        answer_not_stored(request, key, result);
}

void import_finish(struct request *request) {
    enum csv_result csv = csv_check_end(&request->upload->csv);
    if (csv == CSV_GOOD)
        import_or_repeat(request);
    else
        answer_bad_csv(request, csv);
    end_upload(request);
}
