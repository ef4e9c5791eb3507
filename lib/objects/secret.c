/* SPDX-License-Identifier: MIT */
#include "objects/secret.h"

#include <string.h>

#include "base/attr.h"
#include "rules/copyfmt.h"
#include "outside/crypto.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"

size_t atk_secret_draw_text(const struct atk_prefix *prefix, char id[APITOKEN_ID_LEN + 1],
                            char *text) {
    char drawn[APITOKEN_ID_LEN + ATK_SECRET_LEN];
    atk_random_text(atk_base62, sizeof atk_base62, drawn, sizeof drawn);
    memcpy(id, drawn, APITOKEN_ID_LEN);
    id[APITOKEN_ID_LEN] = '\0';
    size_t len = atk_text_build(prefix, id, drawn + APITOKEN_ID_LEN, text);
    atk_wipe(drawn, sizeof drawn);
    return len;
}

void atk_secret_draw(apitoken_secret *secret) {
    secret->len = (uint8_t)atk_secret_draw_text(&secret->prefix, secret->id, secret->text);
}

/*
 * Regions of secrets that were freed, wiped and still guarded: a new one would be a dozen system
 * calls on the memory of the whole process, which threads that create at the same time wait for.
 * Taken and given in one step each, so a child that is born in between has nothing half done.
 */
static apitoken_secret *kept[ATK_SECRETS_KEPT];

static apitoken_secret *take_kept(void) {
    for (size_t i = 0; i < ATK_LEN(kept); i++) {
        if (!__atomic_load_n(&kept[i], __ATOMIC_RELAXED)) continue;
        apitoken_secret *secret = __atomic_exchange_n(&kept[i], NULL, __ATOMIC_ACQUIRE);
        if (secret) return secret;
    }
    return NULL;
}

/* 1, or 0 if there are as many as are kept. */
static int keep(apitoken_secret *secret) {
    for (size_t i = 0; i < ATK_LEN(kept); i++) {
        apitoken_secret *none = NULL;
        if (__atomic_load_n(&kept[i], __ATOMIC_RELAXED)) continue;
        if (__atomic_compare_exchange_n(&kept[i], &none, secret, 0, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
            return 1;
    }
    return 0;
}

apitoken_secret *atk_secret_new(const struct atk_prefix *prefix) {
    int is_locked;
    apitoken_secret *secret = take_kept();
    if (!secret) secret = atk_guarded_alloc(sizeof *secret, &is_locked);
    if (!secret) return NULL;
    secret->prefix = *prefix;
    atk_secret_draw(secret);
    return secret;
}

const char *apitoken_secret_id(const apitoken_secret *secret) { return secret ? secret->id : ""; }

int atk_secret_write(const struct atk_prefix *prefix, const char *id, const char *text, size_t len,
                     int format, const apitoken_format_opts *opts, char *buf, size_t cap,
                     size_t *ret_len, apitoken_error *err) {
    apitoken_format_opts full;
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_FORMAT_OPTS, 0, opts, err));
    if (!atk_copyfmt_is_known(format)) return atk_fail(err, APITOKEN_E_FORMAT, NULL);
    int rc = format == APITOKEN_FORMAT_MASKED
                 ? atk_copyfmt_write_masked(prefix, id, buf, cap, ret_len)
                 : atk_copyfmt_write(format, text, len, buf, cap, ret_len);
    return rc == 0 ? 0 : atk_fail(err, rc, NULL);
}

int apitoken_secret_format(const apitoken_secret *secret, int format,
                           const apitoken_format_opts *opts, char *buf, size_t cap, size_t *ret_len,
                           apitoken_error *err) {
    ATK_KEEP_ERRNO;
    if (!secret || !ret_len || (!buf && cap > 0)) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    return atk_secret_write(&secret->prefix, secret->id, secret->text, secret->len, format, opts,
                            buf, cap, ret_len, err);
}

void apitoken_secret_free(apitoken_secret *secret) {
    ATK_KEEP_ERRNO;
    if (!secret) return;
    atk_wipe(secret, sizeof *secret);
    if (!keep(secret)) atk_guarded_free(secret);
}
