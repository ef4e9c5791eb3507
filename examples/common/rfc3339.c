/* SPDX-License-Identifier: MIT */
#include "rfc3339.h"

#include <stdio.h>
#include <time.h>

struct reader {
    const char *at, *end;
    bool bad;
};

void rfc3339_format(int64_t ms, char buf[RFC3339_CAP]) {
    struct tm utc = { 0 };
    if (ms < 0) ms = 0;
    if (ms > RFC3339_MS_MAX) ms = RFC3339_MS_MAX;
    time_t seconds = (time_t)(ms / 1000);
    int fraction = (int)(ms % 1000);
    (void)gmtime_r(&seconds, &utc); /* fails only for years that do not fit an int */
    size_t len = strftime(buf, RFC3339_CAP, "%Y-%m-%dT%H:%M:%S", &utc);
    if (fraction != 0) len += (size_t)snprintf(buf + len, RFC3339_CAP - len, ".%03d", fraction);
    (void)snprintf(buf + len, RFC3339_CAP - len, "Z");
}

static char peek(const struct reader *r) { return r->at < r->end ? *r->at : '\0'; }

static char next(struct reader *r) {
    char c = peek(r);
    if (r->at < r->end) r->at++;
    return c;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static int take_digits(struct reader *r, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
        char c = next(r);
        if (!is_digit(c)) r->bad = true;
        value = value * 10 + (c - '0');
    }
    return r->bad ? 0 : value;
}

/* Takes either of two characters: RFC 3339 allows t and z in lower case. */
static void take_char(struct reader *r, char c, char or_c) {
    char got = next(r);
    if (got != c && got != or_c) r->bad = true;
}

/* Returns milliseconds since 1970. timegm() would turn 30 February into 1 or 2 March. */
static int64_t take_date(struct reader *r) {
    struct tm given = { 0 };
    given.tm_year = take_digits(r, 4) - 1900;
    take_char(r, '-', '-');
    given.tm_mon = take_digits(r, 2) - 1;
    take_char(r, '-', '-');
    given.tm_mday = take_digits(r, 2);
    struct tm date = given;
    time_t seconds = timegm(&date);
    if (date.tm_mon != given.tm_mon || date.tm_mday != given.tm_mday) r->bad = true;
    return (int64_t)seconds * 1000;
}

/* hh:mm, in seconds. */
static int take_hours(struct reader *r) {
    int hours = take_digits(r, 2);
    take_char(r, ':', ':');
    int minutes = take_digits(r, 2);
    if (hours > 23 || minutes > 59) r->bad = true;
    return hours * 3600 + minutes * 60;
}

/* hh:mm:ss[.fraction], in milliseconds. */
static int64_t take_time(struct reader *r) {
    int seconds = take_hours(r);
    take_char(r, ':', ':');
    int last = take_digits(r, 2);
    if (last > 59) r->bad = true;
    int64_t ms = (int64_t)(seconds + last) * 1000;
    if (peek(r) != '.') return ms;
    (void)next(r);
    if (!is_digit(peek(r))) r->bad = true;
    for (int weight = 100; is_digit(peek(r)); weight /= 10) ms += (next(r) - '0') * weight;
    return ms;
}

/* Z, +hh:mm or -hh:mm, in milliseconds east of UTC. */
static int64_t take_offset(struct reader *r) {
    char sign = peek(r);
    if (sign != '+' && sign != '-') {
        take_char(r, 'Z', 'z');
        return 0;
    }
    (void)next(r);
    int64_t offset = (int64_t)take_hours(r) * 1000;
    return sign == '-' ? -offset : offset;
}

bool rfc3339_parse(const char *text, size_t len, int64_t *ret_ms) {
    struct reader r = { text, text + len, false };
    int64_t date = take_date(&r);
    take_char(&r, 'T', 't');
    int64_t in_day = take_time(&r);
    int64_t offset = take_offset(&r);
    if (r.bad || r.at != r.end) return false;
    int64_t ms = date + in_day - offset;
    if (ms < 0 || ms > RFC3339_MS_MAX) return false;
    *ret_ms = ms;
    return true;
}
