/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <dlfcn.h>
#include <limits.h>
#include <linux/futex.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STACK ((size_t)512 << 10)

_Alignas(4096) struct clear clear;

/* ---- hidden texts ---------------------------------------------------------------------------- */

static uint8_t text_mask[APITOKEN_FORMAT_MAX];

void hide(struct hidden *hidden, const char *id, const char *text, size_t len) {
    if (!text_mask[0]) memset(text_mask, 0xA5, sizeof text_mask);
    assert_true(len <= sizeof hidden->masked);
    for (size_t i = 0; i < len; i++) hidden->masked[i] = (uint8_t)text[i] ^ text_mask[i];
    hidden->len = len;
    (void)snprintf(hidden->id, sizeof hidden->id, "%s", id);
}

const char *show_clear(const struct hidden *hidden) {
    for (size_t i = 0; i < hidden->len; i++)
        clear.text[i] = (char)(hidden->masked[i] ^ text_mask[i]);
    clear.len = hidden->len;
    return clear.text;
}

/* ---- random bytes ---------------------------------------------------------------------------- */

static uint64_t series; /* 0: not one of ours */

void begin_series(uint64_t seed) { series = seed; }
void end_series(void) { series = 0; }

/* Stands before libsodium's. */
void randombytes_buf(void *data, size_t len) {
    void (*real)(void *, size_t);
    void *found = dlsym(RTLD_NEXT, "randombytes_buf");
    memcpy(&real, &found, sizeof found);
    if (!series) {
        real(data, len);
        return;
    }
    for (size_t i = 0; i < len; i++) { /* the middle bits of a multiplicative generator */
        series = series * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        ((uint8_t *)data)[i] = (uint8_t)(series >> 33);
    }
}

/* ---- calls that stand still ------------------------------------------------------------------ */

static void raise_flag(uint32_t *flag) {
    __atomic_store_n(flag, 1, __ATOMIC_RELEASE);
    (void)syscall(SYS_futex, flag, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void wait_for_flag(uint32_t *flag) {
    while (!__atomic_load_n(flag, __ATOMIC_ACQUIRE))
        (void)syscall(SYS_futex, flag, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

/* What comes after the call needs no stack to speak of, so the call's own stays as it is. */
static void *call_and_stand(void *ctx) {
    struct standing *standing = ctx;
    standing->rc = standing->call(standing->stage);
    raise_flag(&standing->is_done);
    wait_for_flag(&standing->may_end);
    return NULL;
}

void make_call(struct standing *standing, stage_fn call, struct stage *s) {
    pthread_attr_t attr;
    *standing = (struct standing){ .call = call, .stage = s };
    standing->stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(standing->stack, MAP_FAILED);
    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstack(&attr, standing->stack, STACK), 0);
    assert_int_equal(pthread_create(&standing->thread, &attr, call_and_stand, standing), 0);
    (void)pthread_attr_destroy(&attr);
    wait_for_flag(&standing->is_done);
}

int end_call(struct standing *standing) {
    raise_flag(&standing->may_end);
    assert_int_equal(pthread_join(standing->thread, NULL), 0);
    assert_int_equal(munmap(standing->stack, STACK), 0);
    return standing->rc;
}

int do_quietly(stage_fn call, struct stage *s) {
    struct standing standing;
    make_call(&standing, call, s);
    return end_call(&standing);
}

int nothing(struct stage *s) {
    (void)s;
    return 0;
}
