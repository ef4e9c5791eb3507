/* SPDX-License-Identifier: MIT */
#include "exit_code.h"

#include <apitoken/apitoken.h>

enum exit_code exit_code_of(int code) {
    switch (code) {
    case APITOKEN_E_NOT_FOUND:
    case APITOKEN_E_NOT_COPYABLE:
    case APITOKEN_E_COPY_REVOKED:
    case APITOKEN_E_REVISION:
    case APITOKEN_E_CHANGE_REVOKED:
    case APITOKEN_E_CHANGE_EXPIRED:
    case APITOKEN_E_ROTATING:
    case APITOKEN_E_OWNER_BLOCKED:
    case APITOKEN_E_UNDO:
    case APITOKEN_E_LIVE_LIMIT:
    case APITOKEN_E_KEY_USED:
    case APITOKEN_E_KEY_ID: return EXIT_NO;
    /*
     * In the usage class, but not caused by the command line: the library does not match this
     * program, the keyring is verify-only, or it is full.
     */
    case APITOKEN_E_ARGUMENT:
    case APITOKEN_E_ABI:
    case APITOKEN_E_BUFFER:
    case APITOKEN_E_FORKED:
    case APITOKEN_E_VERIFY_ONLY:
    case APITOKEN_E_CURSOR:
    case APITOKEN_E_LIMIT:
    case APITOKEN_E_MODE:
    case APITOKEN_E_KEY_LIMIT: return EXIT_UNUSABLE;
    default: break;
    }
    switch (apitoken_error_class(code)) {
    case APITOKEN_CLASS_OK: return EXIT_DONE;
    case APITOKEN_CLASS_USAGE: return EXIT_USAGE;
    case APITOKEN_CLASS_DENIED: return EXIT_NO;
    default: return EXIT_UNUSABLE;
    }
}
