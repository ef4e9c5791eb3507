/* SPDX-License-Identifier: MIT */
#include "http/source.h"

struct source source_of(const struct request *request) {
    struct source source = { .length = 0 };
    source.length = http_peer(request->connection, source.address);
    return source;
}
