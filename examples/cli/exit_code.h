/* SPDX-License-Identifier: MIT */
/* The tool's exit codes, and how an error of the library becomes one. */
#ifndef APITOKEN_TOOL_EXIT_CODE_H
#define APITOKEN_TOOL_EXIT_CODE_H

enum exit_code {
    EXIT_DONE = 0,    /* done, or the token is good */
    EXIT_NO = 1,      /* the answer is no: not good, no such id, not this owner's, not copyable */
    EXIT_USAGE = 2,   /* wrong usage or input */
    EXIT_UNUSABLE = 3 /* the store, the keys or the output cannot be used */
};

enum exit_code exit_code_of(int code);

#endif
