/* SPDX-License-Identifier: MIT */
#include "rules/posix_tz.h"

#include "rules/day.h"

#define HOUR 3600
#define DAY (24 * HOUR)
/*
 * A change may be written as up to a week before or after its day (RFC 8536 section 3.3.1), an
 * offset may have 24 hours.
 */
#define CHANGE_HOURS_MAX 167
#define OFFSET_HOURS_MAX 24
#define CHANGE_TIME_DEFAULT (2 * HOUR)

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static bool take(const char **at, char c) {
    if (**at != c) return false;
    (*at)++;
    return true;
}

/*
 * Abbreviation of three or more letters, or anything of letters, digits and signs between < and >.
 */
static bool take_name(const char **at) {
    bool quoted = take(at, '<');
    const char *begin = *at;
    while (is_letter(**at) || (quoted && (is_digit(**at) || **at == '+' || **at == '-'))) (*at)++;
    return *at - begin >= 3 && (!quoted || take(at, '>'));
}

static bool take_number(const char **at, int32_t min, int32_t max, int32_t *ret_value) {
    int32_t value = 0;
    const char *begin = *at;
    while (is_digit(**at) && *at - begin < 4) value = value * 10 + (*(*at)++ - '0');
    *ret_value = value;
    return *at > begin && value >= min && value <= max;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool take_time(const char **at, int32_t max_hours, int32_t *ret_seconds) {
    bool negative = take(at, '-');
    if (!negative) (void)take(at, '+');
    int32_t hours, minutes = 0, seconds = 0;
    if (!take_number(at, 0, max_hours, &hours)) return false;
    if (take(at, ':')) {
        if (!take_number(at, 0, 59, &minutes)) return false;
        if (take(at, ':') && !take_number(at, 0, 59, &seconds)) return false;
    }
    seconds += hours * HOUR + minutes * 60;
    *ret_seconds = negative ? -seconds : seconds;
    return true;
}

static bool take_date(const char **at, struct atk_posix_tz_change *ret_change) {
    *ret_change = (struct atk_posix_tz_change){ .form = 'D', .time = CHANGE_TIME_DEFAULT };
    if (take(at, 'M')) {
        ret_change->form = 'M';
        return take_number(at, 1, 12, &ret_change->month) && take(at, '.') &&
               take_number(at, 1, 5, &ret_change->week) && take(at, '.') &&
               take_number(at, 0, 6, &ret_change->weekday);
    }
    if (take(at, 'J')) {
        ret_change->form = 'J';
        return take_number(at, 1, 365, &ret_change->day);
    }
    return take_number(at, 0, 365, &ret_change->day);
}

static bool take_change(const char **at, struct atk_posix_tz_change *ret_change) {
    if (!take(at, ',') || !take_date(at, ret_change)) return false;
    return !take(at, '/') || take_time(at, CHANGE_HOURS_MAX, &ret_change->time);
}

bool atk_posix_tz_parse(const char *text, struct atk_posix_tz *ret_rule) {
    struct atk_posix_tz rule = { 0 };
    int32_t west; /* POSIX counts offsets to the west, everybody else to the east */
    if (!take_name(&text) || !take_time(&text, OFFSET_HOURS_MAX, &west)) return false;
    rule.standard = -west;
    if (*text != '\0') {
        rule.has_daylight = true;
        rule.daylight = rule.standard + HOUR;
        if (!take_name(&text)) return false;
        if (*text != ',') {
            if (!take_time(&text, OFFSET_HOURS_MAX, &west)) return false;
            rule.daylight = -west;
        }
        if (!take_change(&text, &rule.start) || !take_change(&text, &rule.end)) return false;
    }
    if (*text != '\0') return false;
    *ret_rule = rule;
    return true;
}

/* The day of form M: the week-th weekday of the month, week 5 meaning the last one. */
static int64_t nth_weekday(const struct atk_posix_tz_change *change, int32_t year) {
    int64_t begin = atk_month_start(year, change->month);
    int64_t end = change->month < 12 ? atk_month_start(year, change->month + 1)
                                     : atk_month_start(year + 1, 1);
    /* 1970-01-01 was a Thursday; the multiple keeps the dividend positive */
    int64_t weekday = (begin + 4 + 7 * INT64_C(1000000)) % 7;
    int64_t day = begin + (change->weekday - weekday + 7) % 7 + 7 * (change->week - 1);
    return day < end ? day : day - 7;
}

/* The second since 1970, by the clock on the wall before the change. */
static int64_t change_in_year(const struct atk_posix_tz_change *change, int32_t year) {
    int64_t day = atk_month_start(year, 1);
    if (change->form == 'M')
        day = nth_weekday(change, year);
    else if (change->form == 'D')
        day += change->day;
    else /* J60 is 1 March in every year */
        day += change->day - 1 + (atk_year_is_leap(year) && change->day >= 60);
    return day * DAY + change->time;
}

/* The year of a second since 1970; 1970 for the two days before it. */
static int32_t year_at(int64_t at) { return at < 0 ? 1970 : atk_day_at_utc_ms(at * 1000) / 10000; }

/* A change and the offset from then on. */
struct step {
    int64_t at;
    int32_t offset;
};

/* Keeps the order of time; of two changes at one moment the one that was put in last counts. */
static void insert(struct step *steps, int count, struct step added) {
    int i = count;
    for (; i > 0 && steps[i - 1].at > added.at; i--) steps[i] = steps[i - 1];
    steps[i] = added;
}

void atk_posix_tz_at(const struct atk_posix_tz *rule, int64_t at, int32_t *ret_offset,
                     int64_t *ret_next) {
    *ret_offset = rule->standard;
    *ret_next = INT64_MAX;
    if (!rule->has_daylight) return;

    /* Two years back, because a change may be written as up to a week after its year's end. */
    struct step steps[8];
    int count = 0;
    int32_t year = year_at(at);
    for (int32_t y = year - 2; y <= year + 1; y++) {
        insert(steps, count++,
               (struct step){ change_in_year(&rule->start, y) - rule->standard, rule->daylight });
        insert(steps, count++,
               (struct step){ change_in_year(&rule->end, y) - rule->daylight, rule->standard });
    }
    int i = 0;
    for (; i < count && steps[i].at <= at; i++) *ret_offset = steps[i].offset;
    if (i < count) *ret_next = steps[i].at;
}
