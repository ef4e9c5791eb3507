/* SPDX-License-Identifier: MIT */
#include "revoke_options.h"

#include <string.h>

#include "actor.h"
#include "reason_code.h"
#include "report.h"

enum exit_code revoke_options_read(const struct command_line *line, apitoken_revoke_opts *opts) {
    if (!reason_code_of_name(line->value[OPTION_REASON_CODE], &opts->reason_code))
        return report_usage("--reason-code must be one of exposed, superseded, owner-gone, admin");
    opts->reason = line->value[OPTION_REASON];
    opts->reason_len = option_len(line, OPTION_REASON);
    if (line->value[OPTION_FINAL]) opts->flags |= APITOKEN_REVOKE_FINAL;
    opts->actor = actor_of(line);
    opts->actor_len = (uint32_t)strlen(opts->actor);
    return EXIT_DONE;
}
