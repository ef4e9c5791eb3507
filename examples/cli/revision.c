/* SPDX-License-Identifier: MIT */
#include "revision.h"

#include "report.h"

/* From 1 on; returns 0 for a text that is none. */
static uint32_t parse_revision(const char *text) {
    uint64_t revision = 0;
    for (; *text >= '0' && *text <= '9' && revision <= UINT32_MAX; text++)
        revision = revision * 10 + (uint64_t)(*text - '0');
    return *text || revision > UINT32_MAX ? 0 : (uint32_t)revision;
}

enum exit_code read_revision(const struct command_line *line, uint32_t *ret_revision) {
    const char *text = line->value[OPTION_REVISION];
    *ret_revision = text ? parse_revision(text) : 0;
    if (!text || *ret_revision != 0) return EXIT_DONE;
    return report_usage("--revision must be a number from 1 on: see 'apitoken show' and 'apitoken "
                        "policy'");
}
