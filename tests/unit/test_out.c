/* SPDX-License-Identifier: MIT */
#include "base/out.h"

#include <string.h>

#include "base/limits.h"
#include "cases.h"
#include "samples.h"

/* An output as the current library knows it; in the first release `code` was the last field. */
struct answer {
    uint32_t size;
    uint32_t code;
    uint32_t other;
    uint32_t added;
};
#define FIRST 8

union caller {
    struct answer answer;
    uint8_t bytes[ATK_STRUCT_MAX + 8];
};

static void test_every_caller_gets_what_it_knows(void **state) {
    (void)state;
    static const uint32_t sizes[] = { 4, FIRST, sizeof(struct answer), sizeof(struct answer) + 8,
                                      ATK_STRUCT_MAX };
    const struct answer full = { sizeof full, 2, 3, 4 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        union caller caller;
        memset(&caller, 0x55, sizeof caller);
        caller.answer.size = sizes[i];
        atk_out_store(&caller, &full, sizeof full);
        assert_int_equal(caller.answer.size, sizes[i]);
        for (size_t at = 4; at < sizeof caller; at++) {
            int due = at >= sizes[i] ? 0x55 : at < sizeof full ? ((const uint8_t *)&full)[at] : 0;
            assert_int_equal(caller.bytes[at], due);
        }
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_caller_gets_what_it_knows),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
