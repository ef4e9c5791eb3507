/* SPDX-License-Identifier: MIT */
#include "token_options.h"

#include <apitoken/apitoken.h>
#include <stdbool.h>
#include <string.h>

#include "clocks.h"
#include "report.h"

enum exit_code read_expires(const struct command_line *line, struct expiry *ret_expiry) {
    const char *when = line->value[OPTION_EXPIRES];
    *ret_expiry = (struct expiry){ APITOKEN_EXPIRY_DEFAULT, 0, 0 };
    int rc = when ? expiry_parse(when, strlen(when), wall_clock_ms(), ret_expiry) : 0;
    if (rc == APITOKEN_E_DAY)
        return report_usage(
            "--expires: the calendar has no such day: give YYYY-MM-DD in the years 1970 to 9999");
    if (rc != 0)
        return report_usage(
            "--expires must be YYYY-MM-DD, an instant such as 2026-12-31T18:00:00Z, "
            "days from now such as 90d, or never, up to the year 9999");
    return EXIT_DONE;
}

const char *list_text(const char *text, size_t len, const char *word, uint32_t *ret_len) {
    const bool is_word = text && len == strlen(word) && memcmp(text, word, len) == 0;
    *ret_len = is_word ? 1 : (uint32_t)len;
    return is_word ? "*" : text;
}
