/* SPDX-License-Identifier: MIT */
#include "heap.h"

#include <errno.h>
#include <stdlib.h>

#include "verbs.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *data, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *data);

static struct {
    uint64_t at, second_at; /* which ones fail, from 1; 0 = none */
    int is_sticky;
    uint64_t asked; /* allocations since it was armed */
    uint64_t failed;
    int64_t live; /* blocks, all the time */
} heap;

void heap_arm(uint64_t at, int is_sticky) {
    heap.at = at;
    heap.second_at = 0;
    heap.is_sticky = is_sticky;
    heap.asked = heap.failed = 0;
}

void heap_arm_second(uint64_t at) { heap.second_at = at; }

uint64_t heap_asked(void) { return heap.asked; }

uint64_t heap_failed(void) { return heap.failed; }

int64_t heap_live(void) { return heap.live; }

static int is_due(void) {
    if (heap.is_sticky) return heap.at && heap.asked >= heap.at;
    return heap.asked == heap.at || heap.asked == heap.second_at;
}

static int fails(void) {
    if (!faults_are_on) return 0;
    heap.asked++;
    if (!is_due()) return 0;
    heap.failed++;
    errno = ENOMEM;
    return 1;
}

static void *given(void *data) {
    heap.live += data != NULL;
    return data;
}

void *malloc(size_t size) { return fails() ? NULL : given(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) {
    return fails() ? NULL : given(__libc_calloc(count, size));
}
void *aligned_alloc(size_t alignment, size_t size) {
    return fails() ? NULL : given(__libc_memalign(alignment, size));
}

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
