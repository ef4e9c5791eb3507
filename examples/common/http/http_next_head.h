/* SPDX-License-Identifier: MIT */
/* Waits for the next head of a connection that goes on, and checks it before it is read. */
#ifndef EXAMPLES_HTTP_NEXT_HEAD_H
#define EXAMPLES_HTTP_NEXT_HEAD_H

#include <stdatomic.h>
#include <stdbool.h>

#include "http_connections.h"
#include "http_head.h"

/* A head may take this long from its first byte. */
#define HTTP_HEAD_MS (10 * 1000)

/* Looks at what has arrived without reading it. Returns false if the client has closed. */
bool http_head_look(int fd, struct http_head *ret_head, size_t *ret_arrived);

/* Answers a head that is not good: 400, 408, 431 or 505, and logs that. */
void http_head_refuse(struct http_connections *all, int fd, const struct http_head *head);

/* In the thread of the connection, after an answer. Shuts the connection down if it is over. */
void http_next_head_await(struct http_connections *all, int fd, const atomic_bool *is_stopping);

#endif
