/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/group.h"

#include <string.h>
#include <time.h>

#include "cases.h"
#include "samples.h"

enum { CALLS = 4 };

/* A thread that wants to write. */
struct visitor {
    struct atk_group *group;
    struct atk_group_call call;
    uint32_t timeout_ms;
    int rc;
    int is_over; /* atomic */
    pthread_t thread;
};

static void *join_group(void *ctx) {
    struct visitor *v = ctx;
    struct atk_deadline deadline = atk_deadline_in(v->timeout_ms);
    v->rc = atk_group_join(v->group, &v->call, &deadline);
    __atomic_store_n(&v->is_over, 1, __ATOMIC_RELEASE);
    return NULL;
}

static const struct atk_group_call *last_of(struct atk_group *group) {
    (void)pthread_mutex_lock(&group->mutex);
    const struct atk_group_call *last = group->last;
    (void)pthread_mutex_unlock(&group->mutex);
    return last;
}

/* Starts it and waits until it stands in the queue, unless its time was up before that was seen. */
static void arrive(struct visitor *v, struct atk_group *group, uint32_t timeout_ms, int is_alone) {
    const struct timespec pause = { 0, 1000000 };
    memset(v, 0, sizeof *v);
    v->group = group;
    v->timeout_ms = timeout_ms;
    v->call.is_alone = is_alone;
    assert_int_equal(pthread_create(&v->thread, NULL, join_group, v), 0);
    while (last_of(group) != &v->call && !__atomic_load_n(&v->is_over, __ATOMIC_ACQUIRE))
        (void)nanosleep(&pause, NULL);
}

static void expect(struct visitor *v, enum atk_group_turn turn) {
    assert_int_equal(pthread_join(v->thread, NULL), 0);
    assert_code(v->rc, 0);
    assert_int_equal(v->call.turn, turn);
}

static void expect_busy(struct visitor *v) {
    assert_int_equal(pthread_join(v->thread, NULL), 0);
    assert_code(v->rc, APITOKEN_E_BUSY);
}

/* The test's own thread leads. */
static void lead(struct atk_group *group) {
    static struct atk_group_call own;
    struct atk_deadline deadline = atk_deadline_in(0);
    assert_code(atk_group_init(group), 0);
    assert_code(atk_group_join(group, &own, &deadline), 0);
    assert_int_equal(own.turn, ATK_GROUP_LEADS);
}

static void test_who_comes_alone_leads_at_once(void **state) {
    (void)state;
    struct atk_group group;
    for (int i = 0; i < 2; i++) {
        lead(&group);
        assert_null(atk_group_take(&group));
        atk_group_leave(&group);
    }
    atk_group_destroy(&group);
}

static void test_calls_are_taken_in_their_order(void **state) {
    (void)state;
    struct atk_group group;
    struct visitor visitors[CALLS];
    lead(&group);
    for (int i = 0; i < CALLS; i++) arrive(&visitors[i], &group, 60000, 0);
    assert_int_equal(atk_group_waiting(&group), CALLS);
    for (int i = 0; i < CALLS; i++) assert_ptr_equal(atk_group_take(&group), &visitors[i].call);
    assert_int_equal(atk_group_waiting(&group), 0);
    assert_null(atk_group_take(&group));
    for (int i = CALLS; i-- > 0;) {
        atk_group_done(&group, &visitors[i].call);
        expect(&visitors[i], ATK_GROUP_DONE);
    }
    atk_group_leave(&group);
    lead(&group);
    atk_group_destroy(&group);
}

/* It blocks those behind it as well: nobody is overtaken. */
static void test_a_call_that_must_be_alone_leads_in_its_turn(void **state) {
    (void)state;
    struct atk_group group;
    struct visitor visitors[3];
    lead(&group);
    for (int i = 0; i < 3; i++) arrive(&visitors[i], &group, 60000, i == 1);
    assert_ptr_equal(atk_group_take(&group), &visitors[0].call);
    assert_null(atk_group_take(&group));
    atk_group_done(&group, &visitors[0].call);
    expect(&visitors[0], ATK_GROUP_DONE);
    atk_group_leave(&group);
    expect(&visitors[1], ATK_GROUP_LEADS);
    assert_ptr_equal(atk_group_take(&group), &visitors[2].call);
    atk_group_done(&group, &visitors[2].call);
    expect(&visitors[2], ATK_GROUP_DONE);
    atk_group_leave(&group);
    atk_group_destroy(&group);
}

/* From each place in the queue. */
static void test_a_call_whose_time_is_up_is_gone(void **state) {
    (void)state;
    for (int brief = 0; brief < 3; brief++) {
        struct atk_group group;
        struct visitor visitors[3], late;
        lead(&group);
        for (int i = 0; i < 3; i++) arrive(&visitors[i], &group, i == brief ? 300 : 60000, 0);
        expect_busy(&visitors[brief]);
        arrive(&late, &group, 60000, 0);
        for (int i = 0; i < 3; i++) {
            if (i == brief) continue;
            assert_ptr_equal(atk_group_take(&group), &visitors[i].call);
            atk_group_done(&group, &visitors[i].call);
            expect(&visitors[i], ATK_GROUP_DONE);
        }
        assert_ptr_equal(atk_group_take(&group), &late.call);
        atk_group_done(&group, &late.call);
        expect(&late, ATK_GROUP_DONE);
        assert_null(atk_group_take(&group));
        atk_group_leave(&group);
        atk_group_destroy(&group);
    }
}

static void test_a_call_that_was_taken_waits_on(void **state) {
    (void)state;
    const struct timespec pause = { 0, 150000000 };
    struct atk_group group;
    struct visitor visitor;
    lead(&group);
    arrive(&visitor, &group, 50, 0);
    assert_ptr_equal(atk_group_take(&group), &visitor.call);
    (void)nanosleep(&pause, NULL);
    atk_group_done(&group, &visitor.call);
    expect(&visitor, ATK_GROUP_DONE);
    atk_group_leave(&group);
    atk_group_destroy(&group);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_comes_alone_leads_at_once),
        cmocka_unit_test(test_calls_are_taken_in_their_order),
        cmocka_unit_test(test_a_call_that_must_be_alone_leads_in_its_turn),
        cmocka_unit_test(test_a_call_whose_time_is_up_is_gone),
        cmocka_unit_test(test_a_call_that_was_taken_waits_on),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
