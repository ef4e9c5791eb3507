/* SPDX-License-Identifier: MIT */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>

void say_figure(const char *id, const struct rounds *rounds) {
    (void)printf("figure\t%s\t%.6g\t%.6g\t%.6g\t%zu\n", id, rounds_at(rounds, 0.5),
                 rounds_at(rounds, 0.25), rounds_at(rounds, 0.75), rounds->count);
    (void)fflush(stdout);
}

void say_value(const char *id, double value) {
    struct rounds one = { 1, { value } };
    say_figure(id, &one);
}

void say_point(const char *series, size_t tokens, const struct rounds *rounds) {
    (void)printf("point\t%s\t%zu\t%.6g\n", series, tokens, rounds_at(rounds, 0.5));
}

void say_setting(const char *who, const char *format, ...) {
    va_list args;
    (void)printf("setting\t%s\t", who);
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    (void)printf("\n");
    (void)fflush(stdout);
}
