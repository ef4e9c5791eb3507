/* SPDX-License-Identifier: MIT */
#include "rules/day.h"

#include <stdio.h>

#include "base/attr.h"
#include "base/error.h"

bool atk_year_is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static int days_in_month(int year, int month) {
    static const int days[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 2 && atk_year_is_leap(year) ? 29 : days[month];
}

bool atk_day_is_valid(int32_t day) {
    if (day < ATK_DAY_MIN || day > ATK_DAY_MAX) return false;
    int year = day / 10000, month = day / 100 % 100, dom = day % 100;
    return month >= 1 && month <= 12 && dom >= 1 && dom <= days_in_month(year, month);
}

int32_t atk_day_next(int32_t day) {
    int year = day / 10000, month = day / 100 % 100, dom = day % 100;
    if (dom < days_in_month(year, month)) return day + 1;
    if (month < 12) return year * 10000 + (month + 1) * 100 + 1;
    return (year + 1) * 10000 + 101;
}

int64_t atk_month_start(int year, int month) {
    /* 719162 days lie between 0001-01-01 and 1970-01-01 */
    int64_t before = year - 1;
    int64_t days = before * 365 + before / 4 - before / 100 + before / 400 - 719162;
    for (int m = 1; m < month; m++) days += days_in_month(year, m);
    return days;
}

int64_t atk_day_start_utc_ms(int32_t day) {
    int year = day / 10000, month = day / 100 % 100, dom = day % 100;
    return (atk_month_start(year, month) + dom - 1) * ATK_DAY_MS;
}

int32_t atk_day_at_utc_ms(int64_t at_ms) {
    int64_t days = at_ms / ATK_DAY_MS;
    /* 146,097 days in 400 years; years of the mean length miss by one at most */
    int year = 1970 + (int)(days * 400 / 146097), month = 1;
    if (atk_month_start(year, 1) > days) year--;
    if (atk_month_start(year + 1, 1) <= days) year++;
    days -= atk_month_start(year, 1);
    while (days >= days_in_month(year, month)) days -= days_in_month(year, month++);
    return year * 10000 + month * 100 + (int)days + 1;
}

int apitoken_day_parse(const char *text, size_t text_len, int32_t *ret_day, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_TRY(atk_error_check(err));
    if (!text || !ret_day) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    bool is_bad = text_len != ATK_DAY_TEXT_LEN;
    int32_t day = 0;
    for (size_t i = 0; !is_bad && i < ATK_DAY_TEXT_LEN; i++) {
        if (i == 4 || i == 7)
            is_bad = text[i] != '-';
        else if (text[i] < '0' || text[i] > '9')
            is_bad = true;
        else
            day = day * 10 + (text[i] - '0');
    }
    if (is_bad || !atk_day_is_valid(day))
        return atk_fail_field(err, APITOKEN_E_DAY, APITOKEN_FIELD_EXPIRY, 0, NULL);
    *ret_day = day;
    return 0;
}

int apitoken_day_format(int32_t day, char *buf, size_t cap, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_TRY(atk_error_check(err));
    if (!buf) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    if (!atk_day_is_valid(day))
        return atk_fail_field(err, APITOKEN_E_DAY, APITOKEN_FIELD_EXPIRY, 0, NULL);
    if (cap < ATK_DAY_TEXT_LEN + 1) return atk_fail(err, APITOKEN_E_BUFFER, NULL);
    (void)snprintf(buf, cap, "%04d-%02d-%02d", day / 10000, day / 100 % 100, day % 100);
    return 0;
}
