/* SPDX-License-Identifier: MIT */
#include "new_secret.h"

#include "output.h"
#include "report.h"

enum exit_code print_new_secret(const apitoken_secret *secret) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    char text[APITOKEN_FORMAT_MAX + 1];
    size_t len;
    int rc = apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, APITOKEN_FORMAT_MAX,
                                    &len, &err);
    if (rc != 0) return report_error(NULL, rc, &err);
    return output_secret(text, len);
}
