/* SPDX-License-Identifier: MIT */
#include "accounts/password.h"

#include <errno.h>
#include <semaphore.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>

#define AT_A_TIME 2

_Static_assert(PASSWORD_VERIFIER_CAP >= crypto_pwhash_STRBYTES, "a verifier has room");

static sem_t places;
/*
 * Of a password that nobody knows. Made anew at each start, so that its cost is what a verifier
 * made today costs.
 */
static char nobodys[PASSWORD_VERIFIER_CAP];

static void take_place(void) {
    while (sem_wait(&places) != 0 && errno == EINTR) continue;
}

static void give_place(void) { (void)sem_post(&places); }

bool password_prepare(void) {
    char drawn[32];

    if (sodium_init() < 0 || sem_init(&places, 0, AT_A_TIME) != 0) return false;
    randombytes_buf(drawn, sizeof drawn);
    bool is_made = password_hash(drawn, sizeof drawn, nobodys);
    sodium_memzero(drawn, sizeof drawn);
    return is_made;
}

bool password_is_acceptable(const char *password, size_t length) {
    return length >= PASSWORD_MIN && length <= PASSWORD_MAX && !memchr(password, '\0', length);
}

bool password_hash(const char *password, size_t length, char ret_verifier[PASSWORD_VERIFIER_CAP]) {
    char verifier[PASSWORD_VERIFIER_CAP] = "";

    take_place();
    int rc =
        crypto_pwhash_str_alg(verifier, password, length, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13);
    give_place();
    if (rc == 0) memcpy(ret_verifier, verifier, sizeof verifier);
    sodium_memzero(verifier, sizeof verifier);
    return rc == 0;
}

/*
 * libsodium calls it a mismatch if it had no memory: so what it asked for is asked for once more.
 */
static bool is_memory_short(void) {
    void *probe = mmap(NULL, crypto_pwhash_MEMLIMIT_INTERACTIVE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (probe == MAP_FAILED) return true;
    munmap(probe, crypto_pwhash_MEMLIMIT_INTERACTIVE);
    return false;
}

bool password_verify(const char *verifier, const char *password, size_t length, bool *ret_failed) {
    take_place();
    int rc = crypto_pwhash_str_verify(verifier ? verifier : nobodys, password, length);
    *ret_failed = rc != 0 && is_memory_short();
    give_place();
    return verifier && rc == 0;
}
