/* SPDX-License-Identifier: MIT */
/* Somebody's program, built with what pkg-config says about the installed library. */
#include <apitoken/apitoken.h>
#include <stdio.h>

int main(void) {
    int32_t day = 0;
    if (apitoken_version() != APITOKEN_VERSION) return 1;
    if (apitoken_day_parse("2027-01-16", 10, &day, NULL) != 0 || day != 20270116) return 1;
    return printf("%s\n", apitoken_version_string()) < 0;
}
