/* SPDX-License-Identifier: MIT */
#include "rfc3339.h"

#include <stdio.h>

#include "civil.h"

#define MS_MAX INT64_C(253402300799999)
#define DAY_MS INT64_C(86400000)

struct reader {
    const char *at, *end;
    bool bad;
};

void rfc3339_format(int64_t ms, char buf[RFC3339_CAP]) {
    if (ms < 0) ms = 0;
    if (ms > MS_MAX) ms = MS_MAX;
    struct civil date = civil_from_days(ms / DAY_MS);
    int in_day = (int)(ms % DAY_MS);
    int seconds = in_day / 1000, fraction = in_day % 1000;
    int len = snprintf(buf, RFC3339_CAP, "%04d-%02d-%02dT%02d:%02d:%02d", date.year, date.month,
                       date.day, seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (fraction != 0) len += snprintf(buf + len, RFC3339_CAP - (size_t)len, ".%03d", fraction);
    (void)snprintf(buf + len, RFC3339_CAP - (size_t)len, "Z");
}

static char peek(const struct reader *r) { return r->at < r->end ? *r->at : '\0'; }

static char next(struct reader *r) {
    char c = peek(r);
    if (r->at < r->end) r->at++;
    return c;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static int32_t take_digits(struct reader *r, int count) {
    int32_t value = 0;
    for (int i = 0; i < count; i++) {
        char c = next(r);
        if (!is_digit(c)) r->bad = true;
        value = value * 10 + (c - '0');
    }
    return r->bad ? 0 : value;
}

/* One of two characters; RFC 3339 lets T and Z be small letters, too. */
static void take_char(struct reader *r, char c, char or_c) {
    char got = next(r);
    if (got != c && got != or_c) r->bad = true;
}

static struct civil take_date(struct reader *r) {
    struct civil date;
    date.year = take_digits(r, 4);
    take_char(r, '-', '-');
    date.month = take_digits(r, 2);
    take_char(r, '-', '-');
    date.day = take_digits(r, 2);
    if (!r->bad && !civil_is_valid(date)) r->bad = true;
    return date;
}

/* hh:mm in seconds. */
static int32_t take_hours(struct reader *r) {
    int32_t hours = take_digits(r, 2);
    take_char(r, ':', ':');
    int32_t minutes = take_digits(r, 2);
    if (hours > 23 || minutes > 59) r->bad = true;
    return hours * 3600 + minutes * 60;
}

/* hh:mm:ss[.fraction] in milliseconds. */
static int64_t take_time(struct reader *r) {
    int32_t seconds = take_hours(r);
    take_char(r, ':', ':');
    int32_t last = take_digits(r, 2);
    if (last > 59) r->bad = true;
    int64_t ms = (int64_t)(seconds + last) * 1000;
    if (peek(r) != '.') return ms;

    (void)next(r);
    if (!is_digit(peek(r))) r->bad = true;
    for (int weight = 100; is_digit(peek(r)); weight /= 10) ms += (next(r) - '0') * weight;
    return ms;
}

/* Z or +hh:mm or -hh:mm, in milliseconds east of UTC. */
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
    struct civil date = take_date(&r);
    take_char(&r, 'T', 't');
    int64_t in_day = take_time(&r);
    int64_t offset = take_offset(&r);
    if (r.bad || r.at != r.end) return false;
    int64_t ms = civil_to_days(date) * DAY_MS + in_day - offset;
    if (ms < 0 || ms > MS_MAX) return false;
    *ret_ms = ms;
    return true;
}
