/* SPDX-License-Identifier: MIT */
/*
 * Which resource a path names.
 */
#ifndef TAX_DATA_HUB_ROUTE_H
#define TAX_DATA_HUB_ROUTE_H

#include "hub.h"

enum route_kind { ROUTE_NONE, ROUTE_IMPORT, ROUTE_IMPORTS, ROUTE_ONE };

struct route {
    enum route_kind kind;
    const char *method; /* the one that the resource has */
    char name[48];      /* for the log: made of checked text alone */
    char interface[INTERFACE_MAX + 1];
    uint64_t import;
};

struct route route_of(const char *path);

#endif
