/* SPDX-License-Identifier: MIT */
/* Durable creates by many threads at once, as fast as they can. */
#ifndef CREATE_RATE_H
#define CREATE_RATE_H

#include <apitoken/apitoken.h>
#include <stddef.h>

struct creates {
    apitoken_store *store;
    size_t threads;
    size_t owners; /* 1 = a new owner; more: that many owners of a place, drawn at random */
    size_t each;   /* creates a thread */
};

/* Gives how many a second. */
double create_rate(const struct creates *creates);

#endif
