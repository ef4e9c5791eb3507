/* SPDX-License-Identifier: MIT */
#include "heap.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "verbs.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *data, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *data);

static struct {
    int is_sticky;
    uint64_t asked;   /* allocations since it was armed, while faults were on */
    uint64_t fail_at; /* which one fails, from 1; 0 = none */
    uint64_t failed;
    int64_t live; /* blocks, all the time */
} heap;

void heap_arm(uint64_t at, int is_sticky) {
    heap.asked = heap.failed = 0;
    heap.fail_at = at;
    heap.is_sticky = is_sticky;
}

int heap_has_failed(void) { return heap.failed > 0; }

int64_t heap_live(void) { return heap.live; }

static int fails(void) {
    if (!faults_are_on) return 0;
    heap.asked++;
    if (!heap.fail_at || (heap.is_sticky ? heap.asked < heap.fail_at : heap.asked != heap.fail_at)) return 0;
    heap.failed++;
    errno = ENOMEM;
    return 1;
}

static void *given(void *data) {
    heap.live += data != NULL;
    return data;
}

void *malloc(size_t size) { return fails() ? NULL : given(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return fails() ? NULL : given(__libc_calloc(count, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return fails() ? NULL : given(__libc_memalign(alignment, size)); }

void *realloc(void *data, size_t size) {
    if (fails()) return NULL;
    void *fresh = __libc_realloc(data, size);
    heap.live += !data && fresh;
    return fresh;
}

int posix_memalign(void **ret_data, size_t alignment, size_t size) {
    if (fails()) return ENOMEM;
    void *data = given(__libc_memalign(alignment, size));
    if (!data) return ENOMEM;
    *ret_data = data;
    return 0;
}

void free(void *data) {
    heap.live -= data != NULL;
    __libc_free(data);
}
