/* SPDX-License-Identifier: MIT */
/* The outcome of a call on a host's own database. */
#ifndef EXAMPLE_DB_RESULT_H
#define EXAMPLE_DB_RESULT_H

enum db_result {
    DB_OK,
    DB_NOT_FOUND,
    DB_EXISTS,
    DB_FULL,    /* the map or the disk is full; nothing was changed */
    DB_REFUSED, /* a check of the caller failed, and whoever made it reported why */
    DB_FAILED   /* any other failure; the log has the reason */
};

#endif
