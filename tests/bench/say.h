/* SPDX-License-Identifier: MIT */
/*
 * What a program of the benchmark reports to run.py: lines of words separated by tabs. figures.py
 * knows the ids.
 */
#ifndef SAY_H
#define SAY_H

#include "rounds.h"

/* figure ID MEDIAN LOWER-QUARTILE UPPER-QUARTILE ROUNDS */
void say_figure(const char *id, const struct rounds *rounds);
/* A figure that is no median: a size, a count. */
void say_value(const char *id, double value);
/* point SERIES TOKENS NANOSECONDS: for the plot. */
void say_point(const char *series, size_t tokens, const struct rounds *rounds);
/* setting WHO TEXT: how something was set up. */
__attribute__((format(printf, 2, 3))) void say_setting(const char *who, const char *format, ...);

#endif
