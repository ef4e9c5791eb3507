/* SPDX-License-Identifier: MIT */
#include "objects/secret.h"

#include <stdbool.h>
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "outside/clock.h"
#include "outside/crypto.h"

/* The tick first, most significant character first: ids are in the order of their ticks. */
int atk_token_draw_text(const struct atk_prefix *prefix, uint64_t floor,
                        char id[APITOKEN_ID_LEN + 1], char *text, size_t *ret_len,
                        apitoken_error *err) {
    char drawn[APITOKEN_ID_LEN - ATK_ID_TICK_LEN + ATK_SECRET_LEN];
    uint64_t tick;
    ATK_TRY(atk_tick_next(floor, &tick, err));
    atk_base62_put(id, ATK_ID_TICK_LEN, tick);
    atk_random_text(atk_base62, sizeof atk_base62, drawn, sizeof drawn);
    memcpy(id + ATK_ID_TICK_LEN, drawn, APITOKEN_ID_LEN - ATK_ID_TICK_LEN);
    id[APITOKEN_ID_LEN] = '\0';
    *ret_len = atk_text_build(prefix, id, drawn + APITOKEN_ID_LEN - ATK_ID_TICK_LEN, text);
    atk_wipe(drawn, sizeof drawn);
    return 0;
}

int atk_secret_draw(apitoken_secret *secret, uint64_t floor, apitoken_error *err) {
    size_t len;
    ATK_TRY(atk_token_draw_text(&secret->prefix, floor, secret->id, secret->text, &len, err));
    secret->len = (uint8_t)len;
    return 0;
}

void atk_secret_redraw(apitoken_secret *secret) {
    char drawn[ATK_SECRET_LEN];
    atk_random_text(atk_base62, sizeof atk_base62, drawn, sizeof drawn);
    secret->len = (uint8_t)atk_text_build(&secret->prefix, secret->id, drawn, secret->text);
    atk_wipe(drawn, sizeof drawn);
}

/*
 * Guarded regions of freed secrets, wiped, for use by the next ones. A new region takes a dozen
 * system calls on the address space, for which all threads that create wait in turn. Each entry is
 * taken or filled by one atomic operation, so a fork() at any time leaves them consistent.
 */
static apitoken_secret *spare[ATK_SECRETS_SPARE];

static apitoken_secret *take_spare_region(void) {
    for (size_t i = 0; i < ATK_LEN(spare); i++) {
        if (!__atomic_load_n(&spare[i], __ATOMIC_RELAXED)) continue;
        apitoken_secret *secret = __atomic_exchange_n(&spare[i], NULL, __ATOMIC_ACQUIRE);
        if (secret) return secret;
    }
    return NULL;
}

/* False if there are enough spare regions. */
static bool put_spare_region(apitoken_secret *secret) {
    for (size_t i = 0; i < ATK_LEN(spare); i++) {
        apitoken_secret *none = NULL;
        if (__atomic_load_n(&spare[i], __ATOMIC_RELAXED)) continue;
        if (__atomic_compare_exchange_n(&spare[i], &none, secret, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
            return true;
    }
    return false;
}

apitoken_secret *atk_secret_new(const struct atk_prefix *prefix) {
    bool is_locked;
    apitoken_secret *secret = take_spare_region();
    if (!secret) secret = atk_guarded_alloc(sizeof *secret, &is_locked);
    if (!secret) return NULL;
    secret->prefix = *prefix;
    return secret;
}

const char *apitoken_secret_id(const apitoken_secret *secret) { return secret ? secret->id : ""; }

int atk_token_format_text(const struct atk_token_text *token, int format,
                          const apitoken_format_opts *opts, const struct atk_text_out *out,
                          apitoken_error *err) {
    apitoken_format_opts full;
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_FORMAT_OPTS, 0, opts, err));
    if (!atk_copyfmt_is_known(format)) return atk_fail(err, APITOKEN_E_FORMAT, NULL);
    int rc = format == APITOKEN_FORMAT_MASKED
                 ? atk_copyfmt_write_masked(token->prefix, token->id, out)
                 : atk_copyfmt_write(format, token->text, token->len, out);
    return rc == 0 ? 0 : atk_fail(err, rc, NULL);
}

int apitoken_secret_format(const apitoken_secret *secret, int format,
                           const apitoken_format_opts *opts, char *buf, size_t cap, size_t *ret_len,
                           apitoken_error *err) {
    ATK_KEEP_ERRNO;
    const struct atk_text_out out = { buf, cap, ret_len };
    ATK_TRY(atk_error_check(err));
    if (!secret || !ret_len || (!buf && cap > 0)) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    const struct atk_token_text token = { &secret->prefix, secret->id, secret->text, secret->len };
    return atk_token_format_text(&token, format, opts, &out, err);
}

void apitoken_secret_free(apitoken_secret *secret) {
    ATK_KEEP_ERRNO;
    if (!secret) return;
    atk_wipe(secret, sizeof *secret);
    if (!put_spare_region(secret)) atk_guarded_free(secret);
}
