/* SPDX-License-Identifier: MIT */
/* What all requests of the Tax Data Hub share. */
#ifndef TAX_DATA_HUB_H
#define TAX_DATA_HUB_H

#include <apitoken/apitoken.h>
#include <stdint.h>

struct imports_db;

struct hub {
    apitoken_store *tokens; /* verify-only */
    const char *keys;       /* path of its keyring */
    struct imports_db *imports;
    int data_fd; /* the data directory, where spool files are created */
    uint64_t max_body;
};

#endif
