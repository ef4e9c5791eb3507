/* SPDX-License-Identifier: MIT */
#include "list_options.h"

#include <string.h>

#include "clocks.h"
#include "duration.h"
#include "report.h"
#include "token_json.h"

/* Sets 0, which means every state, for "all" and if the option is missing. */
static enum exit_code read_states(const struct command_line *line, uint32_t *ret_states) {
    const char *name = line->value[OPTION_STATE];
    *ret_states = 0;
    if (!name || strcmp(name, "all") == 0) return EXIT_DONE;
    *ret_states = token_state_of_name(name, strlen(name));
    if (*ret_states != 0) return EXIT_DONE;
    return report_usage("--state must be one of all, valid, expired, revoked, suspended, blocked, "
                        "newer");
}

static enum exit_code read_owner(const struct command_line *line, const char **ret_owner) {
    const char *owner = line->value[OPTION_OWNER];
    if (owner && line->value[OPTION_ALL])
        return report_usage("--owner and --all exclude each other: give one of them");
    if (!owner && !line->value[OPTION_ALL])
        return report_usage("'list' needs --owner OWNER, or --all for every owner");
    if (owner && line->value[OPTION_OWNER_PREFIX])
        return report_usage("--owner-prefix needs --all");
    *ret_owner = owner;
    return EXIT_DONE;
}

/* Sets 0 if the option is missing. */
static enum exit_code read_duration(const struct command_line *line, enum option_id id,
                                    int64_t *ret_ms) {
    const char *text = line->value[id];
    *ret_ms = 0;
    if (!text || duration_parse(text, strlen(text), ret_ms)) return EXIT_DONE;
    return report_usage("--%s must be a duration such as 0, 90s, 15m, 12h or 30d",
                        option_forms[id].name);
}

/* The library knows the years from 1970 to 9999; 0 would mean that no instant is given. */
static int64_t instant(int64_t ms) {
    if (ms < 1) return 1;
    return ms > DURATION_MS_MAX ? DURATION_MS_MAX : ms;
}

static enum exit_code read_times(const struct command_line *line, apitoken_filter *filter) {
    const int64_t now_ms = wall_clock_ms();
    int64_t within_ms, unused_ms;
    enum exit_code code = read_duration(line, OPTION_EXPIRES_WITHIN, &within_ms);
    if (code == EXIT_DONE) code = read_duration(line, OPTION_UNUSED_FOR, &unused_ms);
    if (code != EXIT_DONE) return code;
    if (line->value[OPTION_EXPIRES_WITHIN]) filter->expires_before_ms = instant(now_ms + within_ms);
    if (!line->value[OPTION_UNUSED_FOR]) return EXIT_DONE;
    /* a token that is not so old has not been unused for so long */
    filter->unused_since_ms = filter->created_before_ms = instant(now_ms - unused_ms);
    return EXIT_DONE;
}

static enum exit_code read_flags(const struct command_line *line, apitoken_filter *filter) {
    if (line->value[OPTION_NEVER_USED]) filter->flags |= APITOKEN_FILTER_NEVER_USED;
    if (line->value[OPTION_NEVER_EXPIRES]) filter->flags |= APITOKEN_FILTER_NEVER_EXPIRES;
    if (line->value[OPTION_OUTSIDE_POLICY]) filter->flags |= APITOKEN_FILTER_OUTSIDE_POLICY;
    if (line->value[OPTION_NEVER_USED] && line->value[OPTION_UNUSED_FOR])
        return report_usage("--never-used and --unused-for exclude each other: give one of them");
    if (line->value[OPTION_NEVER_EXPIRES] && line->value[OPTION_EXPIRES_WITHIN])
        return report_usage(
            "--never-expires and --expires-within exclude each other: give one of them");
    return EXIT_DONE;
}

static void read_texts(const struct command_line *line, apitoken_filter *filter) {
    filter->name_contains = line->value[OPTION_NAME_CONTAINS];
    filter->name_contains_len = option_len(line, OPTION_NAME_CONTAINS);
    filter->owner_prefix = line->value[OPTION_OWNER_PREFIX];
    filter->owner_prefix_len = option_len(line, OPTION_OWNER_PREFIX);
}

enum exit_code list_options_read(const struct command_line *line, struct list_options *ret) {
    *ret = (struct list_options){ .filter = APITOKEN_FILTER_INIT };
    enum exit_code code = read_owner(line, &ret->owner);
    if (code == EXIT_DONE) code = read_states(line, &ret->states);
    if (code == EXIT_DONE) code = read_flags(line, &ret->filter);
    if (code == EXIT_DONE) code = read_times(line, &ret->filter);
    read_texts(line, &ret->filter);
    return code;
}
