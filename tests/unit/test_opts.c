/* SPDX-License-Identifier: MIT */
#include "base/opts.h"

#include <string.h>

#include "base/limits.h"
#include "cases.h"
#include "samples.h"

/* Options as the current library knows them; in the first release `timeout` was the last field. */
struct options {
    uint32_t size;
    uint32_t flags;
    uint32_t timeout;
    uint32_t added;
};
#define FIRST 12
#define ALLOWED 0x5u

/* The struct of a caller: larger than the current one, up to the largest valid size. */
union caller {
    struct options options;
    uint8_t bytes[ATK_STRUCT_MAX + 8];
};

static void set(union caller *caller, uint32_t size, uint32_t flags) {
    memset(caller, 0, sizeof *caller);
    caller->options = (struct options){ size, flags, 3, 4 };
}

static int load(const union caller *caller, struct options *full) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    int rc = atk_opts_load(full, sizeof *full, FIRST, ALLOWED, caller, &err);
    assert_int_equal(err.code, rc);
    assert_int_equal(err.field, rc == 0 ? APITOKEN_FIELD_NONE : APITOKEN_FIELD_OPTS);
    return rc;
}

/* What a caller may say of its struct's size, be it options or an output. */
static const struct {
    uint32_t size;
    int due;
} sizes[] = {
    { 0, APITOKEN_E_ABI },
    { 1, APITOKEN_E_ABI },
    { FIRST - 1, APITOKEN_E_ABI },
    { FIRST, 0 },
    { FIRST + 1, 0 },
    { sizeof(struct options), 0 },
    { sizeof(struct options) + 8, 0 },
    { ATK_STRUCT_MAX, 0 },
    { ATK_STRUCT_MAX + 1, APITOKEN_E_ABI },
    { UINT32_MAX, APITOKEN_E_ABI },
};
#define SIZES (sizeof sizes / sizeof sizes[0])

static void test_sizes(void **state) {
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        union caller caller;
        struct options full;
        set(&caller, sizes[i].size, 0);
        assert_code(load(&caller, &full), sizes[i].due);
    }
}

static void test_null_means_all_zeros(void **state) {
    (void)state;
    struct options full, zeros = { 0, 0, 0, 0 };
    memset(&full, 0x55, sizeof full);
    assert_code(atk_opts_load(&full, sizeof full, FIRST, 0, NULL, NULL), 0);
    assert_memory_equal(&full, &zeros, sizeof full);
}

static void test_an_older_caller_has_zeros_in_what_it_does_not_know(void **state) {
    (void)state;
    union caller caller;
    struct options full;
    set(&caller, FIRST, 1);
    memset(&full, 0x55, sizeof full);
    assert_code(load(&caller, &full), 0);
    assert_int_equal(full.flags, 1);
    assert_int_equal(full.timeout, 3);
    assert_int_equal(full.added, 0); /* that memory is behind the caller's struct */
}

static void test_a_newer_caller_may_not_have_set_what_we_do_not_know(void **state) {
    (void)state;
    for (uint32_t at = sizeof(struct options); at < ATK_STRUCT_MAX; at++) {
        union caller caller;
        struct options full;
        set(&caller, ATK_STRUCT_MAX, 0);
        caller.bytes[at] = 1;
        assert_code(load(&caller, &full), APITOKEN_E_ABI);
        caller.options.size = at; /* the same byte behind the struct is not read */
        assert_code(load(&caller, &full), 0);
    }
}

static void test_flags(void **state) {
    (void)state;
    for (unsigned bit = 0; bit < 32; bit++) {
        union caller caller;
        struct options full;
        set(&caller, sizeof full, 1u << bit);
        assert_code(load(&caller, &full), ALLOWED >> bit & 1 ? 0 : APITOKEN_E_ABI);
    }
    union caller caller;
    struct options full;
    set(&caller, sizeof full, ALLOWED);
    assert_code(load(&caller, &full), 0);
    set(&caller, sizeof full, ALLOWED | 2);
    assert_code(load(&caller, &full), APITOKEN_E_ABI);
}

static void test_size_of_an_output(void **state) {
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        union caller caller;
        memset(&caller, 0x55, sizeof caller); /* the contents of an output are not read */
        caller.options.size = sizes[i].size;
        assert_code(atk_out_require_size(&caller, FIRST, NULL), sizes[i].due);
    }
    assert_code(atk_out_require_size(NULL, FIRST, NULL), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_null_means_all_zeros),
        cmocka_unit_test(test_an_older_caller_has_zeros_in_what_it_does_not_know),
        cmocka_unit_test(test_a_newer_caller_may_not_have_set_what_we_do_not_know),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_size_of_an_output),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
