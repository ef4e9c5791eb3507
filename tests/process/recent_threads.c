/* SPDX-License-Identifier: MIT */
/*
 * Remembered verdicts, used by more threads than there are tables, through two handles that share
 * them, while tokens are created and revoked. Every answer must be right for that very token, with
 * its owner and its expiry.
 */
#include <string.h>
#include <time.h>

#include "api.h"
#include "cases.h"
#include "child.h"
#include "storage.h"
#include "thread.h"

enum { THREADS = 72, TOKENS = 24, ASKED_BETWEEN = 1000 };
enum phase { GOOD, REVOKING, REVOKED };
enum text { RIGHT, OTHER_SECRET, OTHER_CHECKSUM, TEXTS };

struct subject {
    struct made_token texts[TEXTS];
    char owner[APITOKEN_OWNER_MAX + 1]; /* each of another length */
    int64_t end_ms;
    uint32_t phase; /* enum phase */
};

struct crowd {
    apitoken_store *handles[2];
    struct subject subjects[TOKENS];
    uint32_t is_over;
};

struct asker {
    struct crowd *crowd;
    uint32_t random;
    uint32_t asked, is_done;
};

static uint32_t draw(struct asker *a, uint32_t below) {
    a->random = a->random * 1664525 + 1013904223;
    return (a->random >> 16) % below;
}

/*
 * Owner and end are told to who presents the right secret, also of a token that was revoked; and to
 * nobody else.
 */
static int is_told_right(const apitoken_verdict *verdict, const struct subject *subject,
                         enum text text) {
    if (text != RIGHT) return verdict->owner_len == 0 && verdict->owner[0] == '\0';
    return strcmp(verdict->owner, subject->owner) == 0 && verdict->expires_ms == subject->end_ms;
}

static int due(enum text text, enum phase before) {
    static const int codes[TEXTS] = { 0, APITOKEN_E_UNKNOWN, APITOKEN_E_MALFORMED };
    return text == RIGHT && before == REVOKED ? APITOKEN_E_REVOKED : codes[text];
}

static int ask(struct asker *a) {
    const struct subject *subject = &a->crowd->subjects[draw(a, TOKENS)];
    const enum text text = draw(a, 4) ? RIGHT : (enum text)draw(a, TEXTS);
    const struct made_token *token = &subject->texts[text];
    apitoken_validate_opts opts = APITOKEN_VALIDATE_OPTS_INIT;
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    /* who holds a table may be kept waiting by all the others */
    opts.timeout_ms = CHILD_LIMIT_S * 1000;
    const enum phase before = (enum phase)reads(&subject->phase);
    int rc = apitoken_validate(a->crowd->handles[draw(a, 2)], token->text, token->len, &opts,
                               &verdict, NULL);
    const int is_being_revoked =
        text == RIGHT && before != REVOKED && reads(&subject->phase) != GOOD;
    if (!is_being_revoked || rc != APITOKEN_E_REVOKED) THREAD_DUE(rc, due(text, before));
    return is_told_right(&verdict, subject, text)
               ? 0
               : thread_tell("about another token", rc, rc, __FILE__, __LINE__);
}

static int ask_on(void *ctx) {
    struct asker *a = ctx;
    int rc = 0;
    while (rc == 0 && !reads(&a->crowd->is_over)) {
        rc = ask(a);
        raise_by_one(&a->asked);
    }
    raise_to(&a->is_done, 1);
    return rc;
}

/*
 * Lets them ask so many times, whoever of them gets to it; 0 if one gave up as an answer was wrong.
 */
static int let_ask(const struct asker *askers, uint32_t times) {
    uint32_t until = times, asked = 0;
    for (size_t i = 0; i < THREADS; i++) until += reads(&askers[i].asked);
    while (asked < until) {
        struct timespec pause = { 0, 100000 };
        (void)nanosleep(&pause, NULL);
        asked = 0;
        for (size_t i = 0; i < THREADS; i++) {
            if (reads(&askers[i].is_done)) return 0;
            asked += reads(&askers[i].asked);
        }
    }
    return 1;
}

/*
 * Beside the text of the token two with its id: one with another secret and the checksum that is
 * due, one with another checksum.
 */
static void make_subject(struct subject *subject, apitoken_store *store, size_t number) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    memset(subject->owner, 'a' + (char)number, 1 + number * APITOKEN_OWNER_MAX / TOKENS);
    opts.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    opts.expiry_ms = subject->end_ms = FIXTURE_NOW + 1000 + (int64_t)number;
    subject->texts[RIGHT] = fixture_create(store, subject->owner, "n", &opts);
    for (enum text text = OTHER_SECRET; text < TEXTS; text++)
        subject->texts[text] = subject->texts[RIGHT];
    char *secret = &subject->texts[OTHER_SECRET].text[TOKEN_LEN - TOKEN_CRC_LEN - 1];
    char *checksum = &subject->texts[OTHER_CHECKSUM].text[TOKEN_LEN - 1];
    *secret = *secret == 'x' ? 'y' : 'x';
    token_put_checksum(subject->texts[OTHER_SECRET].text, TOKEN_LEN);
    *checksum = *checksum == 'x' ? 'y' : 'x';
}

static void revoke_subject(apitoken_store *store, struct subject *subject) {
    raise_to(&subject->phase, REVOKING);
    assert_code(revoke_token(store, subject->owner, subject->texts[RIGHT].id), 0);
    raise_to(&subject->phase, REVOKED);
}

static void every_answer_is_the_one_that_is_due(void **state) {
    struct fixture *f = *state;
    static struct crowd crowd;
    static struct asker askers[THREADS];
    static struct thread threads[THREADS];
    crowd.handles[0] = f->store;
    crowd.handles[1] = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (size_t i = 0; i < TOKENS; i++) make_subject(&crowd.subjects[i], f->store, i);
    for (uint32_t i = 0; i < THREADS; i++) {
        askers[i] = (struct asker){ .crowd = &crowd, .random = i };
        thread_start(&threads[i], ask_on, &askers[i]);
    }
    for (size_t i = 0; i < TOKENS && let_ask(askers, ASKED_BETWEEN); i++) {
        if (i % 2) assert_code(try_create(crowd.handles[0], "another", "n", NULL), 0);
        revoke_subject(crowd.handles[i % 2], &crowd.subjects[i]);
    }
    (void)let_ask(askers, ASKED_BETWEEN);
    raise_to(&crowd.is_over, 1);
    for (size_t i = 0; i < THREADS; i++) thread_join(&threads[i]);
    apitoken_store_close(crowd.handles[1]);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = { CASE(every_answer_is_the_one_that_is_due) };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
