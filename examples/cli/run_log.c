/* SPDX-License-Identifier: MIT */
/* log: prints the audit, and with --follow what is added to it. */
#include <apitoken/apitoken.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "audit_text.h"
#include "command.h"
#include "open_store.h"
#include "report.h"
#include "when.h"

#define PAGE_RECORDS 1000

/* Where the next page begins, and how records are printed. */
struct reading {
    apitoken_store *store;
    apitoken_audit_opts opts;
    char cursor[APITOKEN_CURSOR_MAX + 1];
    bool (*print)(const apitoken_audit_record *record);
};

/* ---- options --------------------------------------------------------------------------------- */

static enum exit_code read_options(const struct command_line *line, struct reading *r) {
    const char *since = line->value[OPTION_SINCE];
    r->opts = (apitoken_audit_opts)APITOKEN_AUDIT_OPTS_INIT;
    r->opts.limit = PAGE_RECORDS;
    r->opts.owner = line->value[OPTION_OWNER];
    r->opts.owner_len = option_len(line, OPTION_OWNER);
    r->opts.id = line->value[OPTION_ID];
    r->opts.id_len = option_len(line, OPTION_ID);
    r->print = line->value[OPTION_JSON] ? audit_print_json : audit_print_text;
    if (since && !when_parse(since, &r->opts.since_ms))
        return report_usage("--since must be " WHEN_FORMS);
    return EXIT_DONE;
}

/* ---- pages ----------------------------------------------------------------------------------- */

static bool print_page(const struct reading *r, const apitoken_audit_page *page) {
    for (size_t i = 0; i < apitoken_audit_page_count(page); i++)
        if (!r->print(apitoken_audit_page_at(page, i))) return false;
    return true;
}

static void keep_cursor(struct reading *r, const apitoken_audit_page *page) {
    (void)snprintf(r->cursor, sizeof r->cursor, "%s", apitoken_audit_page_cursor(page));
    r->opts.cursor = r->cursor;
    r->opts.cursor_len = (uint32_t)strlen(r->cursor);
}

/* Prints all that there is now. */
static enum exit_code print_records(struct reading *r) {
    for (bool has_more = true; has_more;) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_audit_page *page;
        int rc = apitoken_audit(r->store, &r->opts, &page, &err);
        if (rc != 0) return report_error(NULL, rc, &err);
        const bool is_printed = print_page(r, page);
        has_more = apitoken_audit_page_has_more(page);
        keep_cursor(r, page);
        apitoken_audit_page_free(page);
        if (!is_printed) return report_no_memory();
    }
    return EXIT_DONE;
}

/* ---- following ------------------------------------------------------------------------------- */

static volatile sig_atomic_t is_ended;

static void end(int number) {
    (void)number;
    is_ended = 1;
}

/* Looks once a second until a signal ends it. */
static enum exit_code follow(struct reading *r) {
    const struct sigaction action = { .sa_handler = end };
    const struct timespec second = { 1, 0 };
    enum exit_code code = EXIT_DONE;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    while (code == EXIT_DONE && !is_ended) {
        code = print_records(r);
        /* output_finish() reports it */
        if (fflush(stdout) != 0) break;
        if (!is_ended) (void)nanosleep(&second, NULL);
    }
    return code;
}

enum exit_code run_log(const struct command_line *line) {
    struct reading r = { .store = NULL };
    enum exit_code code = read_options(line, &r);
    if (code != EXIT_DONE) return code;
    code = r.opts.owner ? open_store(line, APITOKEN_MODE_VERIFY_ONLY, &r.store)
                        : open_store_for_admin(line, &r.store);
    if (code != EXIT_DONE) return code;
    code = line->value[OPTION_FOLLOW] ? follow(&r) : print_records(&r);
    apitoken_store_close(r.store);
    return code;
}
