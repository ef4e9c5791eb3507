/* SPDX-License-Identifier: MIT */
/* The exit codes of the tool. */
#ifndef APITOKEN_TOOL_EXIT_CODE_H
#define APITOKEN_TOOL_EXIT_CODE_H

enum exit_code {
    EXIT_DONE = 0, /* done, or the token is valid */
    /* no: not valid, no such token of this owner, not in a state for it, not confirmed */
    EXIT_NO = 1,
    EXIT_USAGE = 2,   /* wrong usage or input */
    EXIT_UNUSABLE = 3 /* the store, the keyring or standard output cannot be used */
};

/* The exit code for an APITOKEN_ error. */
enum exit_code exit_code_of(int code);

#endif
