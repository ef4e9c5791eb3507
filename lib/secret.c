/* SPDX-License-Identifier: MIT */
#include "secret.h"

#include <string.h>

#include "attr.h"
#include "copyfmt.h"
#include "crypto.h"
#include "error.h"
#include "option_sizes.h"
#include "opts.h"

void atk_secret_draw(apitoken_secret *secret) {
    char drawn[APITOKEN_ID_LEN + ATK_SECRET_LEN];
    atk_random_text(atk_base62, sizeof atk_base62, drawn, sizeof drawn);
    memcpy(secret->id, drawn, APITOKEN_ID_LEN);
    secret->len = (uint8_t)atk_text_build(&secret->prefix, secret->id, drawn + APITOKEN_ID_LEN, secret->text);
    atk_wipe(drawn, sizeof drawn);
}

apitoken_secret *atk_secret_new(const struct atk_prefix *prefix) {
    int is_locked;
    apitoken_secret *secret = atk_guarded_alloc(sizeof *secret, &is_locked);
    if (!secret) return NULL;
    secret->prefix = *prefix;
    atk_secret_draw(secret);
    return secret;
}

const char *apitoken_secret_id(const apitoken_secret *secret) { return secret ? secret->id : ""; }

int apitoken_secret_format(const apitoken_secret *secret, int format, const apitoken_format_opts *opts, char *buf, size_t cap,
                           size_t *ret_len, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    apitoken_format_opts full;
    if (!secret || !ret_len || (!buf && cap > 0)) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_FORMAT_OPTS, 0, opts, err));
    if (!atk_copyfmt_is_known(format)) return atk_fail(err, APITOKEN_E_FORMAT, NULL);
    int rc = format == APITOKEN_FORMAT_MASKED ? atk_copyfmt_write_masked(&secret->prefix, secret->id, buf, cap, ret_len)
                                              : atk_copyfmt_write(format, secret->text, secret->len, buf, cap, ret_len);
    return rc == 0 ? 0 : atk_fail(err, rc, NULL);
}

void apitoken_secret_free(apitoken_secret *secret) {
    ATK_KEEP_ERRNO;
    atk_guarded_free(secret);
}
