/* SPDX-License-Identifier: MIT */
/* Expiry, durations and instants as text, and the length of a secret that was read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <cases.h>

#include <apitoken/apitoken.h>
#include <duration.h>
#include <expiry.h>
#include <rfc3339.h>
#include <secret_input.h>

#define NOW INT64_C(1767225600123) /* 2026-01-01T00:00:00.123Z */
#define LAST INT64_C(253402300799999)
#define DAY_MS INT64_C(86400000)

static void assert_expiry(const char *text, uint32_t kind, int32_t day, int64_t ms) {
    struct expiry expiry = { 99, -1, -1 };
    assert_int_equal(expiry_parse(text, strlen(text), NOW, &expiry), 0);
    assert_int_equal(expiry.kind, kind);
    assert_int_equal(expiry.day, day);
    assert_int_equal(expiry.ms, ms);
}

static void assert_refused(const char *text, size_t len, int want) {
    struct expiry expiry = { 99, -1, -1 };
    int rc = expiry_parse(text, len, NOW, &expiry);
    if (rc != want) fail_msg("\"%s\": %d", text, rc);
    assert_int_equal(expiry.kind, 99);
    assert_int_equal(expiry.day, -1);
    assert_int_equal(expiry.ms, -1);
}

static void forms_of_expiry(void **state) {
    (void)state;
    assert_expiry("never", APITOKEN_EXPIRY_NEVER, 0, 0);
    assert_expiry("2026-12-31", APITOKEN_EXPIRY_DAY, 20261231, 0);
    assert_expiry("2028-02-29", APITOKEN_EXPIRY_DAY, 20280229, 0);
    assert_expiry("9999-12-31", APITOKEN_EXPIRY_DAY, 99991231, 0);
    assert_expiry("90d", APITOKEN_EXPIRY_INSTANT, 0, NOW + 90 * DAY_MS);
    /* the library says that this is the past */
    assert_expiry("0d", APITOKEN_EXPIRY_INSTANT, 0, NOW);
    assert_expiry("007d", APITOKEN_EXPIRY_INSTANT, 0, NOW + 7 * DAY_MS);
    assert_expiry("2026-01-01T01:00:00+01:00", APITOKEN_EXPIRY_INSTANT, 0, INT64_C(1767225600000));
}

static void expiry_that_is_none(void **state) {
    (void)state;
    static const char *const days[] = { "2026-02-30", "2026-02-29", "2026-13-01", "2026-00-01",
                                        "0000-01-01", "1969-12-31", "2026/12/31", "31.12.2026" };
    static const char *const texts[] = { "",
                                         "d",
                                         "90",
                                         "90D",
                                         "-1d",
                                         "+1d",
                                         " 90d",
                                         "90d ",
                                         "9 0d",
                                         "90days",
                                         "1.5d",
                                         "90h",
                                         "12w",
                                         "2026-12-3d",
                                         "999999999d",
                                         "Never",
                                         "never ",
                                         "nevermind",
                                         "none",
                                         "2026-12-31 ",
                                         " 2026-12-31",
                                         "10000-01-01",
                                         "2026-1-1",
                                         "20261231",
                                         "tomorrow",
                                         "2026-12-31T",
                                         "2026-12-31T00:00",
                                         "99999999999999999999d",
                                         "9223372036854775807d",
                                         "106751991168d",
                                         "18446744073709551616d",
                                         "2912443d" };
    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        assert_refused(days[i], 10, APITOKEN_E_DAY);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_refused(texts[i], strlen(texts[i]), APITOKEN_E_EXPIRY);
    assert_refused("never\0", 6, APITOKEN_E_EXPIRY);
}

static void days_up_to_the_last(void **state) {
    (void)state;
    struct expiry expiry;
    assert_int_equal(expiry_parse("2912442d", 8, NOW, &expiry), 0);
    assert_true(expiry.ms <= LAST);
    assert_int_equal(expiry_parse("1d", 2, LAST - DAY_MS, &expiry), 0);
    assert_int_equal(expiry.ms, LAST);
    assert_int_equal(expiry_parse("1d", 2, LAST - DAY_MS + 1, &expiry), APITOKEN_E_EXPIRY);
}

static void assert_duration(const char *text, int64_t want) {
    int64_t ms = -1;
    if (!duration_parse(text, strlen(text), &ms) || ms != want)
        fail_msg("\"%s\": %lld", text, (long long)ms);
}

static void forms_of_duration(void **state) {
    (void)state;
    assert_duration("0", 0);
    assert_duration("0s", 0);
    assert_duration("0d", 0);
    assert_duration("1s", 1000);
    assert_duration("90s", 90000);
    assert_duration("15m", 15 * INT64_C(60000));
    assert_duration("12h", 12 * INT64_C(3600000));
    assert_duration("30d", 30 * DAY_MS);
    assert_duration("0090s", 90000);
    assert_duration("2932896d", 2932896 * DAY_MS);
    assert_duration("253402300799s", INT64_C(253402300799000));
}

static void durations_that_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = { "",
                                         "s",
                                         "d",
                                         "00",
                                         "1",
                                         "90",
                                         "1w",
                                         "1y",
                                         "1ms",
                                         "1S",
                                         "1D",
                                         "-1s",
                                         "+1s",
                                         " 1s",
                                         "1s ",
                                         "1 s",
                                         "1.5h",
                                         "1h30m",
                                         "1d1d",
                                         "s1",
                                         "0x1s",
                                         "1e3s",
                                         "never",
                                         "2932897d",
                                         "253402300800s",
                                         "9223372036854775807s",
                                         "18446744073709551616s",
                                         "99999999999999999999999999d" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t ms = -1;
        if (duration_parse(texts[i], strlen(texts[i]), &ms) || ms != -1)
            fail_msg("\"%s\": %lld", texts[i], (long long)ms);
    }
    int64_t ms = -1;
    assert_false(duration_parse("1s\0", 3, &ms));
    assert_true(duration_parse("1sX", 2, &ms)); /* the length counts, not a NUL */
    assert_int_equal(ms, 1000);
}

static void assert_instant(const char *text, int64_t want) {
    int64_t ms = -1;
    if (!rfc3339_parse(text, strlen(text), &ms) || ms != want)
        fail_msg("\"%s\": %lld", text, (long long)ms);
}

static void instants_that_are_read(void **state) {
    (void)state;
    assert_instant("1970-01-01T00:00:00Z", 0);
    assert_instant("2026-01-01T00:00:00Z", INT64_C(1767225600000));
    assert_instant("2026-01-01t00:00:00z", INT64_C(1767225600000));
    assert_instant("2026-01-01T00:00:00.1Z", INT64_C(1767225600100));
    assert_instant("2026-01-01T00:00:00.123999999999999Z", INT64_C(1767225600123));
    assert_instant("2025-12-31T19:00:00-05:00", INT64_C(1767225600000));
    assert_instant("2026-01-01T05:45:00+05:45", INT64_C(1767225600000));
    assert_instant("2026-01-01T00:00:00-00:00", INT64_C(1767225600000));
    assert_instant("1969-12-31T23:00:00-01:00", 0);
    assert_instant("9999-12-31T23:59:59.999Z", LAST);
}

static void instants_that_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = { "",
                                         "2026",
                                         "2026-01-01",
                                         "2026-01-01T00:00:00",
                                         "2026-01-01 00:00:00Z",
                                         "2026-01-01T00:00Z",
                                         "2026-01-01T24:00:00Z",
                                         "2026-01-01T00:60:00Z",
                                         "2026-12-31T23:59:60Z",
                                         "2026-01-01T00:00:00.Z",
                                         "2026-01-01T00:00:00,5Z",
                                         "2026-01-01T00:00:00+1:00",
                                         "2026-01-01T00:00:00+24:00",
                                         "2026-01-01T00:00:00+01:60",
                                         "2026-01-01T00:00:00+0100",
                                         "2026-01-01T00:00:00ZZ",
                                         "2026-01-01T00:00:00Z ",
                                         " 2026-01-01T00:00:00Z",
                                         "2026-02-29T00:00:00Z",
                                         "10000-01-01T00:00:00Z",
                                         "1969-12-31T23:59:59Z",
                                         "1970-01-01T00:00:00+00:01",
                                         "9999-12-31T23:59:59-00:01",
                                         "0000-01-01T00:00:00Z",
                                         "-026-01-01T00:00:00Z",
                                         "2026-01-01T00:00:00+",
                                         "2026-01-01T-1:00:00Z" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t ms = -1;
        if (rfc3339_parse(texts[i], strlen(texts[i]), &ms) || ms != -1)
            fail_msg("\"%s\"", texts[i]);
    }
}

static void assert_written(int64_t ms, const char *want) {
    char text[RFC3339_CAP];
    rfc3339_format(ms, text);
    assert_string_equal(text, want);
}

static void instants_that_are_written(void **state) {
    (void)state;
    assert_written(0, "1970-01-01T00:00:00Z");
    assert_written(1, "1970-01-01T00:00:00.001Z");
    assert_written(NOW, "2026-01-01T00:00:00.123Z");
    assert_written(INT64_C(951782399000), "2000-02-28T23:59:59Z");
    assert_written(INT64_C(951782400000), "2000-02-29T00:00:00Z");
    assert_written(LAST, "9999-12-31T23:59:59.999Z");
    assert_written(LAST + 1, "9999-12-31T23:59:59.999Z");
    assert_written(INT64_MAX, "9999-12-31T23:59:59.999Z");
    assert_written(-1, "1970-01-01T00:00:00Z");
}

static void one_line_end_is_stripped(void **state) {
    (void)state;
    assert_int_equal(secret_input_strip("", 0), 0);
    assert_int_equal(secret_input_strip("\n", 1), 0);
    assert_int_equal(secret_input_strip("\r\n", 2), 0);
    assert_int_equal(secret_input_strip("a\n", 2), 1);
    assert_int_equal(secret_input_strip("a\r\n", 3), 1);
    assert_int_equal(secret_input_strip("a\n\n", 3), 2);
    assert_int_equal(secret_input_strip("a\r", 2), 2);
    assert_int_equal(secret_input_strip("a ", 2), 2);
}

static void assert_read(const char *input, size_t cap, const char *want) {
    char buf[16];
    int ends[2];
    size_t len = 99;
    memset(buf, '#', sizeof buf);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], input, strlen(input)), (ssize_t)strlen(input));
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(secret_input_read(ends[0], buf, cap, &len), 0);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(len, strlen(want));
    assert_memory_equal(buf, want, len);
    for (size_t i = cap; i < sizeof buf; i++) assert_int_equal(buf[i], '#');
}

static void secrets_that_are_read(void **state) {
    (void)state;
    assert_read("", 8, "");
    assert_read("\n", 8, "");
    assert_read("secret\n", 8, "secret");
    assert_read("secret\r\n", 9, "secret");
    assert_read("longer than it\n", 8, "longer t");
    /* a full buffer is too long to be a secret, line end or not */
    assert_read("1234567\n", 8, "1234567\n");
}

static void descriptor_that_cannot_be_read(void **state) {
    (void)state;
    char buf[4] = "abc";
    size_t len = 99;
    assert_int_equal(secret_input_read(-1, buf, sizeof buf, &len), -1);
    assert_int_equal(len, 99);
    assert_memory_equal(buf, "\0\0\0\0", 4);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_of_expiry),
        cmocka_unit_test(expiry_that_is_none),
        cmocka_unit_test(days_up_to_the_last),
        cmocka_unit_test(forms_of_duration),
        cmocka_unit_test(durations_that_are_refused),
        cmocka_unit_test(instants_that_are_read),
        cmocka_unit_test(instants_that_are_refused),
        cmocka_unit_test(instants_that_are_written),
        cmocka_unit_test(one_line_end_is_stripped),
        cmocka_unit_test(secrets_that_are_read),
        cmocka_unit_test(descriptor_that_cannot_be_read),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
