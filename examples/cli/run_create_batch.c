/* SPDX-License-Identifier: MIT */
#include "run_create_batch.h"

#include <apitoken/apitoken.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actor.h"
#include "batch_input.h"
#include "clocks.h"
#include "command.h"
#include "open_store.h"
#include "output.h"
#include "progress.h"
#include "report.h"

#define BUFFER_CAP 65536
/* id, token, and the JSON around them */
#define LINE_CAP (APITOKEN_ID_MAX + APITOKEN_FORMAT_MAX + 32)

/* Id and token consist of letters, digits and underscores, so nothing needs escaping. */
static int format_line(const apitoken_batch *batch, size_t i, char *line, size_t *ret_len) {
    char text[APITOKEN_FORMAT_MAX];
    size_t len = 0;
    int rc =
        apitoken_batch_format(batch, i, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len, NULL);
    if (rc == 0)
        *ret_len = (size_t)snprintf(line, LINE_CAP, "{\"id\":\"%s\",\"token\":\"%s\"}\n",
                                    apitoken_batch_id(batch, i), text);
    explicit_bzero(text, sizeof text);
    return rc;
}

/* All tokens are valid, even those that could not be printed. */
static enum exit_code report_unprinted(size_t first, size_t count, const char *why) {
    report("all %zu tokens were created, but those from line %zu on may not have been printed: %s; "
           "find them with 'apitoken list' and revoke them",
           count, first + 1, why);
    return EXIT_UNUSABLE;
}

static enum exit_code print_tokens(const apitoken_batch *batch) {
    static char buffer[BUFFER_CAP];
    size_t count = apitoken_batch_count(batch), used = 0, written = 0;
    enum exit_code code = EXIT_DONE;
    for (size_t i = 0; i < count && code == EXIT_DONE; i++) {
        size_t len = 0;
        if (format_line(batch, i, buffer + used, &len) != 0)
            code = report_unprinted(written, count, "a token cannot be formatted");
        used += len;
        if (code != EXIT_DONE || (BUFFER_CAP - used >= LINE_CAP && i + 1 < count)) continue;
        if (output_unbuffered(buffer, used) != 0)
            code = report_unprinted(written, count, strerror(errno));
        written = i + 1;
        used = 0;
    }
    explicit_bzero(buffer, sizeof buffer);
    return code;
}

static enum exit_code report_batch_error(int rc, const apitoken_error *err) {
    if (err->code != rc || err->item == UINT32_MAX) return report_error(NULL, rc, err);
    report("line %lu: %s; no token was created [%s]", (unsigned long)err->item + 1, err->text,
           apitoken_error_name(rc));
    return exit_code_of(rc);
}

static enum exit_code create_batch(apitoken_store *store, const struct command_line *line,
                                   const struct batch_input *input) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_batch_opts opts = APITOKEN_BATCH_OPTS_INIT;
    apitoken_batch *batch;
    struct progress progress;
    progress_begin(&progress, 2 * (uint64_t)input->count);
    opts.progress = &progress.done;
    opts.actor = actor_of(line);
    opts.actor_len = (uint32_t)strlen(opts.actor);
    int rc = apitoken_create_batch(store, input->pointers, input->count, &opts, &batch, &err);
    progress_end(&progress);
    if (rc != 0) return report_batch_error(rc, &err);
    enum exit_code code = print_tokens(batch);
    if (code == EXIT_DONE) report("created %zu tokens", input->count);
    apitoken_batch_free(batch);
    return code;
}

static enum exit_code read_and_create(const struct command_line *line, struct batch_input *input) {
    apitoken_store *store;
    enum exit_code code = batch_input_read(stdin, wall_clock_ms(), input);
    if (code == EXIT_DONE) code = open_store(line, APITOKEN_MODE_READ_WRITE, &store);
    if (code != EXIT_DONE) return code;
    code = create_batch(store, line, input);
    apitoken_store_close(store);
    return code;
}

enum exit_code run_create_batch(const struct command_line *line) {
    struct batch_input input;
    (void)signal(SIGPIPE, SIG_IGN); /* to report which tokens could not be printed */
    if (fcntl(STDOUT_FILENO, F_GETFD) < 0) {
        report("standard output is closed; no token was created");
        return EXIT_UNUSABLE;
    }
    enum exit_code code = read_and_create(line, &input);
    batch_input_free(&input);
    return code;
}
