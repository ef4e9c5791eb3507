/* SPDX-License-Identifier: MIT */
/*
 * Which texts may become a password, and the form in which a password is hashed: NFC (Unicode
 * Standard Annex #15), so that the same letters from another keyboard are the same password.
 */
#ifndef TAX_ADMINISTRATION_PASSWORD_RULES_H
#define TAX_ADMINISTRATION_PASSWORD_RULES_H

#include <stdbool.h>
#include <stddef.h>

#define PASSWORD_MIN 8 /* bytes of UTF-8 in NFC */
#define PASSWORD_MAX 1024

enum password_fault {
    PASSWORD_GOOD,
    PASSWORD_TEXT, /* not UTF-8, or with a NUL: no browser could send it */
    PASSWORD_SHORT,
    PASSWORD_LONG,
    PASSWORD_BLANK, /* nothing that can be seen */
    PASSWORD_COMMON
};

/* A password in NFC. Wipe it after use. */
struct password_text {
    char bytes[PASSWORD_MAX];
    size_t length;
};

/* False if no password can be such a text. */
bool password_normalize(const char *text, size_t length, struct password_text *ret);

/* May it become the password of the account with this name? *ret is set if it may. */
enum password_fault password_check(const char *text, size_t length, const char *name,
                                   struct password_text *ret);

/* For people: what is wrong. */
const char *password_fault_text(enum password_fault fault);
/* For programs: PASSWORD_SHORT, for example. */
const char *password_fault_code(enum password_fault fault);

#endif
