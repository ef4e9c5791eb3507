/* SPDX-License-Identifier: MIT */
#include "thread.h"

#include <stdio.h>
#include <string.h>

static void *start(void *ctx) {
    struct thread *thread = ctx;
    thread->rc = thread->run(thread->ctx);
    return NULL;
}

void thread_start(struct thread *thread, int (*run)(void *ctx), void *ctx) {
    *thread = (struct thread){ .run = run, .ctx = ctx };
    assert_int_equal(pthread_create(&thread->id, NULL, start, thread), 0);
}

void thread_join(struct thread *thread) {
    assert_int_equal(pthread_join(thread->id, NULL), 0);
    assert_int_equal(thread->rc, 0);
}

void thread_join_cancelled(struct thread *thread) {
    void *result = NULL;
    assert_int_equal(pthread_join(thread->id, &result), 0);
    assert_ptr_equal(result, PTHREAD_CANCELED);
}

int thread_tell(const char *what, int got, int due, const char *file, int line) {
    print_error("%s:%d: %s gave %s, not %s\n", file, line, what, apitoken_error_name(got),
                apitoken_error_name(due));
    return 1;
}

int thread_create(apitoken_store *store, const char *owner, const char *name,
                  struct made_token *ret_made) {
    apitoken_secret *secret = NULL;
    memset(ret_made, 0, sizeof *ret_made);
    int rc = apitoken_create(store, owner, strlen(owner), name, strlen(name), NULL, &secret, NULL);
    if (rc != 0) return rc;
    rc = apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, ret_made->text,
                                sizeof ret_made->text, &ret_made->len, NULL);
    (void)snprintf(ret_made->id, sizeof ret_made->id, "%s", apitoken_secret_id(secret));
    apitoken_secret_free(secret);
    return rc;
}
