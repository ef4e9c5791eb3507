/* SPDX-License-Identifier: MIT */
#include "prompt.h"

#include <stdio.h>

bool prompt_yes(const char *question) {
    char line[16] = "";
    (void)fprintf(stderr, "%s [y/N] ", question);
    if (!fgets(line, sizeof line, stdin)) return false;
    return line[0] == 'y' || line[0] == 'Y';
}
