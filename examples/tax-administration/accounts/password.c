/* SPDX-License-Identifier: MIT */
#include "accounts/password.h"

#include <errno.h>
#include <semaphore.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>

_Static_assert(PASSWORD_VERIFIER_CAP >= crypto_pwhash_STRBYTES, "a verifier fits");

static sem_t free_hashes;
/*
 * Stands in for the verifier of an unknown name: that of a random password. Made at each start, so
 * that verifying it costs as much as verifying a new one.
 */
static char dummy_verifier[PASSWORD_VERIFIER_CAP];

static void begin_hash(void) {
    while (sem_wait(&free_hashes) != 0 && errno == EINTR) continue;
}

static void end_hash(void) { (void)sem_post(&free_hashes); }

bool password_init(void) {
    char drawn[32];
    if (sodium_init() < 0 || sem_init(&free_hashes, 0, PASSWORD_HASHES_MAX) != 0) return false;
    randombytes_buf(drawn, sizeof drawn);
    bool is_made = password_hash(drawn, sizeof drawn, dummy_verifier);
    sodium_memzero(drawn, sizeof drawn);
    return is_made;
}

bool password_hash(const char *password, size_t length, char ret_verifier[PASSWORD_VERIFIER_CAP]) {
    char verifier[PASSWORD_VERIFIER_CAP] = "";
    begin_hash();
    int rc =
        crypto_pwhash_str_alg(verifier, password, length, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13);
    end_hash();
    if (rc == 0) memcpy(ret_verifier, verifier, sizeof verifier);
    sodium_memzero(verifier, sizeof verifier);
    return rc == 0;
}

/* libsodium reports a mismatch if it gets no memory, so ask for the same amount once more. */
static bool is_out_of_memory(void) {
    void *probe = mmap(NULL, crypto_pwhash_MEMLIMIT_INTERACTIVE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (probe == MAP_FAILED) return true;
    munmap(probe, crypto_pwhash_MEMLIMIT_INTERACTIVE);
    return false;
}

bool password_verify(const char *verifier, const char *password, size_t length, bool *ret_failed) {
    begin_hash();
    int rc = crypto_pwhash_str_verify(verifier ? verifier : dummy_verifier, password, length);
    *ret_failed = rc != 0 && is_out_of_memory();
    end_hash();
    return verifier && rc == 0;
}
