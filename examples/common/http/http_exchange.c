/* SPDX-License-Identifier: MIT */
#include "http_exchange.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "clocks.h"
#include "http_early.h"
#include "http_linger.h"
#include "http_next_head.h"
#include "http_request.h"

/*
 * The rest of a refused body is read if it is this short, so that the connection can go on with
 * the next request. Who does not send it within a second gets the answer without that.
 */
enum { SHORT_REST = 64 * 1024, SHORT_REST_SECONDS = 1 };

/* The least rate of a body, after a time in which nothing is expected of a client. */
enum { GRACE_MS = 20 * 1000, BYTES_A_SECOND = 1024 };

enum stage {
    BODY,   /* more of the body may arrive, and no answer is queued */
    LOST,   /* the connection ends before libmicrohttpd would have sent an answer */
    QUEUED, /* libmicrohttpd has the answer */
};

struct exchange {
    struct exchange *next, *previous;
    void *request; /* the host's */
    struct http_body body;
    uint64_t received;
    int64_t begin_ms;
    int fd;
    enum stage stage;
    struct http_address client;
    bool is_head;    /* an answer to HEAD has no body */
    bool goes_on;    /* the connection takes another request afterwards */
    bool has_unread; /* some of the body was not read */
};

/* ---- the list of those that run -------------------------------------------------------------- */

static void add(struct exchanges *all, struct exchange *one) {
    pthread_mutex_lock(&all->mutex);
    one->next = all->first;
    if (one->next) one->next->previous = one;
    all->first = one;
    pthread_mutex_unlock(&all->mutex);
}

static void drop(struct exchanges *all, struct exchange *one) {
    pthread_mutex_lock(&all->mutex);
    if (one->next) one->next->previous = one->previous;
    if (one->previous)
        one->previous->next = one->next;
    else
        all->first = one->next;
    pthread_mutex_unlock(&all->mutex);
}

static void set_stage(struct exchanges *all, struct exchange *one, enum stage stage) {
    pthread_mutex_lock(&all->mutex);
    one->stage = stage;
    pthread_mutex_unlock(&all->mutex);
}

/* Behind a proxy, requests are counted where connections would be. */
static bool has_too_many(struct exchanges *all, const struct exchange *one) {
    int count = 0;
    pthread_mutex_lock(&all->mutex);
    for (const struct exchange *other = all->first; other; other = other->next)
        count += other->client.length == one->client.length &&
                 memcmp(other->client.bytes, one->client.bytes, one->client.length) == 0;
    pthread_mutex_unlock(&all->mutex);
    return count > HTTP_PER_ADDRESS_MAX;
}

bool http_exchanges_close(struct exchanges *all) {
    pthread_mutex_lock(&all->mutex);
    all->is_closed = !all->first;
    bool is_closed = all->is_closed;
    pthread_mutex_unlock(&all->mutex);
    return is_closed;
}

void http_exchanges_cut(struct exchanges *all) {
    pthread_mutex_lock(&all->mutex);
    all->is_cut = true;
    /* wakes the thread that waits for the body; the socket is open as long as it is in the list */
    for (struct exchange *one = all->first; one; one = one->next)
        if (one->stage == BODY) shutdown(one->fd, SHUT_RD);
    pthread_mutex_unlock(&all->mutex);
}

static bool is_cut(struct exchanges *all) {
    pthread_mutex_lock(&all->mutex);
    bool is_cut = all->is_cut;
    pthread_mutex_unlock(&all->mutex);
    return is_cut;
}

static bool is_closed(struct exchanges *all) {
    pthread_mutex_lock(&all->mutex);
    bool is_closed = all->is_closed;
    pthread_mutex_unlock(&all->mutex);
    return is_closed;
}

/* ---- begin ----------------------------------------------------------------------------------- */

static struct http_answer *complete_answer(struct exchanges *all, struct exchange *one) {
    struct http_answer *answer = all->host->answer(one->request);
    if (all->host->complete_answer) all->host->complete_answer(one->request);
    return answer;
}

static bool has_close(const struct http_answer *answer) {
    return answer->response &&
           MHD_get_response_header(answer->response, MHD_HTTP_HEADER_CONNECTION) != NULL;
}

static enum MHD_Result queue(struct exchanges *all, struct exchange *one,
                             struct MHD_Connection *connection) {
    struct http_answer *answer = complete_answer(all, one);
    if (atomic_load(&all->is_stopping) || has_close(answer)) one->goes_on = false;
    if (!one->goes_on) http_answer_header(answer, MHD_HTTP_HEADER_CONNECTION, "close");
    set_stage(all, one, QUEUED);
    http_connections_mark(all->connections, one->fd, HTTP_ANSWER);
    return http_answer_send(answer, connection);
}

static bool is_decided(const struct exchanges *all, const struct exchange *one) {
    return all->host->answer(one->request)->status != 0;
}

static bool is_short(const struct exchange *one) {
    return one->body.declared != HTTP_LENGTH_UNKNOWN && !one->body.expects_continue &&
           one->body.declared - one->received <= SHORT_REST;
}

/*
 * Does libmicrohttpd expect another request on the connection? The end of a chunked body cannot be
 * found before it is read, so none follows it.
 */
static bool may_go_on(const struct exchange *one, struct MHD_Connection *connection,
                      const char *version) {
    const char *option = http_header(connection, MHD_HTTP_HEADER_CONNECTION);
    if (one->body.declared == HTTP_LENGTH_UNKNOWN) return false;
    if (option && strcasecmp(option, "keep-alive") == 0) return true;
    return !option && strcmp(version, MHD_HTTP_VERSION_1_1) == 0;
}

static void set_timeout(struct MHD_Connection *connection, unsigned seconds) {
    MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}

static enum MHD_Result begin(struct exchanges *all, struct exchange *one,
                             struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version) {
    /* of an ambiguous body nothing is read: what follows might be it, or the next request */
    if (!http_body_framing(connection, &one->body)) one->body.declared = HTTP_LENGTH_UNKNOWN;
    one->goes_on = may_go_on(one, connection, version);
    one->request = all->host->begin(all->host->ctx, connection, http_path(url), method);
    if (!one->request) return MHD_NO;
    if (is_closed(all)) all->host->refuse(one->request, MHD_HTTP_SERVICE_UNAVAILABLE);
    if (has_too_many(all, one)) all->host->refuse(one->request, MHD_HTTP_TOO_MANY_REQUESTS);
    set_timeout(connection, HTTP_IDLE_SECONDS);
    if (!is_decided(all, one) || one->body.declared == 0) return MHD_YES;
    if (!is_short(one)) {
        one->has_unread = true;
        one->goes_on = false;
        return queue(all, one, connection);
    }
    set_timeout(connection, SHORT_REST_SECONDS);
    return MHD_YES;
}

static struct exchange *make(struct exchanges *all, struct MHD_Connection *connection,
                             const char *method) {
    struct exchange *one = calloc(1, sizeof *one);
    if (!one) return NULL;
    one->fd = http_socket(connection);
    one->begin_ms = monotonic_clock_ms();
    one->client.length = http_peer(connection, one->client.bytes);
    if (one->client.length == 16) memset(one->client.bytes + 8, 0, 8); /* an IPv6 /64 is counted */
    one->is_head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    http_connections_mark(all->connections, one->fd, HTTP_BODY);
    add(all, one);
    return one;
}

/* ---- body ------------------------------------------------------------------------------------ */

static bool is_too_slow(const struct exchange *one) {
    int64_t over_ms = monotonic_clock_ms() - one->begin_ms - GRACE_MS;
    return over_ms > 0 && one->received / BYTES_A_SECOND < (uint64_t)over_ms / 1000;
}

static enum MHD_Result lose(struct exchanges *all, struct exchange *one) {
    one->has_unread = true;
    set_stage(all, one, LOST);
    return MHD_NO;
}

static enum MHD_Result take(struct exchanges *all, struct exchange *one,
                            struct MHD_Connection *connection, const char *bytes, size_t length) {
    const struct http_host *host = all->host;
    one->received += length;
    http_connections_touch(all->connections, one->fd);
    if (is_decided(all, one)) return MHD_YES; /* a short rest */
    host->take(one->request, bytes, length);
    if (!is_decided(all, one) && is_cut(all))
        host->refuse(one->request, MHD_HTTP_SERVICE_UNAVAILABLE);
    if (!is_decided(all, one) && is_too_slow(one))
        host->refuse(one->request, MHD_HTTP_REQUEST_TIMEOUT);
    if (!is_decided(all, one)) return MHD_YES;
    if (one->body.declared == one->received) return MHD_YES;
    if (!is_short(one)) return lose(all, one);
    set_timeout(connection, SHORT_REST_SECONDS);
    return MHD_YES;
}

enum MHD_Result http_exchange_step(void *ctx, struct MHD_Connection *connection, const char *url,
                                   const char *method, const char *version, const char *data,
                                   size_t *size, void **exchange) {
    struct exchanges *all = ctx;
    struct exchange *one = *exchange;
    size_t length = *size;
    if (!one) {
        one = *exchange = make(all, connection, method);
        return one ? begin(all, one, connection, url, method, version) : MHD_NO;
    }
    if (length == 0) {
        http_connections_mark(all->connections, one->fd, HTTP_BUSY);
        set_stage(all, one, QUEUED); /* the body is complete: whatever comes, it is finished */
        if (!is_decided(all, one)) all->host->finish(one->request);
        return queue(all, one, connection);
    }
    *size = 0;
    return take(all, one, connection, data, length);
}

/* ---- end ------------------------------------------------------------------------------------- */

/*
 * libmicrohttpd gives the connection up. It is still open: the host itself may answer. A body that
 * its client ended has no answer, because nobody waits for one.
 */
static enum http_outcome answer_late(struct exchanges *all, struct exchange *one,
                                     enum MHD_RequestTerminationCode code) {
    const struct http_host *host = all->host;
    if (!one->request || code == MHD_REQUEST_TERMINATED_DAEMON_SHUTDOWN) return HTTP_CUT_OFF;
    if (!is_decided(all, one) && is_cut(all))
        host->refuse(one->request, MHD_HTTP_SERVICE_UNAVAILABLE);
    if (!is_decided(all, one) && code == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED)
        host->refuse(one->request, MHD_HTTP_REQUEST_TIMEOUT);
    if (!is_decided(all, one)) return HTTP_CUT_OFF;
    one->has_unread = true;
    bool is_sent = http_early_write(one->fd, complete_answer(all, one), !one->is_head);
    return is_sent ? HTTP_SENT : HTTP_CUT_OFF;
}

void http_exchange_end(void *ctx, struct MHD_Connection *connection, void **exchange,
                       enum MHD_RequestTerminationCode code) {
    struct exchanges *all = ctx;
    struct exchange *one = *exchange;
    (void)connection;
    if (!one) return;
    enum http_outcome outcome = HTTP_CUT_OFF;
    if (one->stage != QUEUED)
        outcome = answer_late(all, one, code);
    else if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        outcome = HTTP_SENT;
    http_connections_mark(all->connections, one->fd, HTTP_LINGER);
    if (outcome == HTTP_SENT && one->has_unread && !http_linger(one->fd, &all->is_stopping))
        outcome = HTTP_RESET;
    if (one->request) all->host->done(one->request, outcome);
    *exchange = NULL;
    drop(all, one);
    if (outcome == HTTP_SENT && one->goes_on && !one->has_unread)
        http_next_head_await(all->connections, one->fd, &all->is_stopping);
    free(one);
}
