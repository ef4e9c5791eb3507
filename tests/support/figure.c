/* SPDX-License-Identifier: MIT */
#include "figure.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
/* cmocka wants those first */
#include <cmocka.h>

static void show(const char *name, uint64_t value, const char *sign, uint64_t bound, int is_ok) {
    print_message("# figure {\"figure\": \"%s\", \"value\": %" PRIu64 ", \"bound\": \"%s %" PRIu64
                  "\", \"ok\": %s}\n",
                  name, value, sign, bound, is_ok ? "true" : "false");
    assert_true(is_ok);
}

void figure_at_least(const char *name, uint64_t value, uint64_t bound) {
    show(name, value, ">=", bound, value >= bound);
}

void figure_at_most(const char *name, uint64_t value, uint64_t bound) {
    show(name, value, "<=", bound, value <= bound);
}

void figure_told(const char *name, uint64_t value) {
    print_message("# figure {\"figure\": \"%s\", \"value\": %" PRIu64
                  ", \"bound\": null, \"ok\": true}\n",
                  name, value);
}

uint64_t figure_rounds(uint64_t usual, uint64_t in_long) {
    return getenv("APITOKEN_LONG") ? in_long : usual;
}
