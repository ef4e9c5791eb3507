/* SPDX-License-Identifier: MIT */
/* revoke --texts: ends the tokens whose texts standard input has, and says whose they were. */
#include <apitoken/apitoken.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "open_store.h"
#include "report.h"
#include "revoke_options.h"

#define INPUT_CAP 65536
/* a CR and one byte more than any token has: a longer line is cut there, and is none */
#define TEXT_CAP (APITOKEN_TOKEN_MAX + 2)

/* Standard input without stdio, whose buffers cannot be wiped. */
struct input {
    char bytes[INPUT_CAP];
    size_t at, end;
    bool is_ended;
};

/* The lines of a call. */
struct lines {
    char text[APITOKEN_REVOKE_TEXTS_MAX][TEXT_CAP];
    apitoken_revoke_item item[APITOKEN_REVOKE_TEXTS_MAX];
    apitoken_revoke_item *items[APITOKEN_REVOKE_TEXTS_MAX];
    size_t count;
    uint64_t before; /* lines of the calls before */
};

static struct input input;
static struct lines lines;

/* ---- reading --------------------------------------------------------------------------------- */

/* The next byte, -1 at the end, -2 if it cannot be read. */
static int read_byte(void) {
    if (input.at < input.end) return (unsigned char)input.bytes[input.at++];
    if (input.is_ended) return -1;
    ssize_t got;
    do got = read(STDIN_FILENO, input.bytes, sizeof input.bytes);
    while (got < 0 && errno == EINTR);
    if (got < 0) return -2;
    input.is_ended = got == 0;
    input.at = 0;
    input.end = (size_t)got;
    return read_byte();
}

/* A line without its end, LF or CR LF; the last one needs none. False: there is no other line. */
static bool read_line(char text[TEXT_CAP], uint32_t *ret_len, bool *ret_failed) {
    size_t len = 0;
    int byte = read_byte();
    const bool is_there = byte >= 0;
    for (; byte >= 0 && byte != '\n'; byte = read_byte()) {
        if (len < TEXT_CAP) text[len] = (char)byte;
        len += len < TEXT_CAP;
    }
    *ret_failed = byte == -2;
    if (len > 0 && len < TEXT_CAP && text[len - 1] == '\r') len--;
    *ret_len = (uint32_t)len;
    return is_there;
}

static enum exit_code read_lines(void) {
    bool is_failed = false;
    lines.before += lines.count;
    lines.count = 0;
    while (lines.count < APITOKEN_REVOKE_TEXTS_MAX) {
        apitoken_revoke_item *item = &lines.item[lines.count];
        *item = (apitoken_revoke_item)APITOKEN_REVOKE_ITEM_INIT;
        item->text = lines.text[lines.count];
        lines.items[lines.count] = item;
        if (!read_line(lines.text[lines.count], &item->text_len, &is_failed)) break;
        lines.count++;
        if (is_failed) break;
    }
    if (!is_failed) return EXIT_DONE;
    report("cannot read standard input: %s", strerror(errno));
    return EXIT_UNUSABLE;
}

static void wipe(void) {
    explicit_bzero(&input, sizeof input);
    explicit_bzero(&lines, sizeof lines);
}

/* ---- answers --------------------------------------------------------------------------------- */

static const char *ended_name(uint32_t ended) {
    switch (ended) {
    case APITOKEN_ENDED_TOKEN: return "token";
    case APITOKEN_ENDED_ALREADY: return "already";
    case APITOKEN_ENDED_OLDER_SECRET: return "older-secret";
    default: return "nothing";
    }
}

static json_t *text_or_null(const char *text) { return *text ? json_string(text) : json_null(); }

static bool print_answer(size_t i) {
    const apitoken_revoke_item *item = &lines.item[i];
    json_t *object = json_pack(
        "{s:I, s:s, s:o, s:o, s:o}", "line", (json_int_t)(lines.before + i + 1), "ended",
        ended_name(item->ended), "id", text_or_null(item->id), "owner", text_or_null(item->owner),
        "error", item->code ? json_string(apitoken_error_name(item->code)) : json_null());
    if (!object) return false;
    /* output_finish() detects a failed write. */
    (void)json_dumpf(object, stdout, JSON_COMPACT);
    printf("\n");
    json_decref(object);
    return true;
}

static bool is_denied(const apitoken_revoke_item *item) {
    return apitoken_error_class(item->code) == APITOKEN_CLASS_DENIED;
}

/* ---- the command ----------------------------------------------------------------------------- */

/* Ends those of one call, and prints what has ended even if the call failed. */
static enum exit_code revoke_lines(apitoken_store *store, const apitoken_revoke_opts *opts) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    enum exit_code code = EXIT_DONE;
    int rc = apitoken_revoke_texts(store, lines.items, lines.count, opts, &err);
    for (size_t i = 0; i < lines.count; i++) {
        if (!print_answer(i)) return report_no_memory();
        if (is_denied(&lines.item[i])) code = EXIT_NO;
    }
    return rc == 0 ? code : report_error(NULL, rc, &err);
}

/* A text that is unknown keeps nobody from the others, nor does a damaged token. */
static enum exit_code revoke_input(apitoken_store *store, const apitoken_revoke_opts *opts) {
    enum exit_code code = EXIT_DONE, read_code;
    do {
        read_code = read_lines();
        if (lines.count == 0) break;
        const enum exit_code one = revoke_lines(store, opts);
        if (one > code) code = one;
        if (one == EXIT_USAGE) break;
    } while (read_code == EXIT_DONE && lines.count == APITOKEN_REVOKE_TEXTS_MAX);
    return read_code == EXIT_DONE ? code : read_code;
}

enum exit_code run_revoke_texts(const struct command_line *line) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    apitoken_store *store;
    if (line->operand_count) return report_usage("--texts and ID exclude each other");
    enum exit_code code = revoke_options_read(line, &opts);
    if (code != EXIT_DONE) return code;
    if (!line->value[OPTION_REASON_CODE]) opts.reason_code = APITOKEN_REASON_EXPOSED;
    code = open_store_for_admin(line, &store);
    if (code != EXIT_DONE) return code;
    code = revoke_input(store, &opts);
    wipe();
    apitoken_store_close(store);
    return code;
}
