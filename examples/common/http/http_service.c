/* SPDX-License-Identifier: MIT */
/*
 */
#include "http_service.h"

#include "http_listen.h"
#include "http_log.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * A connection may hold a socket and a file: twice as many fit the usual limit of 1,024
 * descriptors. What a connection keeps in memory is bounded, and one that says nothing for a while
 * is closed.
 */
enum {
    CONNECTIONS_MAX = 448,
    CONNECTION_MEMORY = 64 * 1024,
    CONNECTION_STACK = 256 * 1024,
    SILENCE_SECONDS = 30,
    DRAIN_POLL_MS = 20,
    /* a client that sends its request byte by byte cannot hold up the end for longer */
    DRAIN_SECONDS = 60
};

struct service {
    const struct http_host *host;
    pthread_mutex_t mutex;
    unsigned under_way; /* requests that were handed to the host and are not done */
    bool closed;        /* no request may begin any more */
    atomic_bool serving;
};

static sigset_t stop_signals(void) {
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

void http_signals_prepare(void) {
    sigset_t set = stop_signals();

    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN); /* a client that went away */
    signal(SIGXFSZ, SIG_IGN); /* a file beyond the limit: the write says so */
}

static bool request_begins(struct service *service) {
    pthread_mutex_lock(&service->mutex);
    bool open = !service->closed;
    service->under_way++;
    pthread_mutex_unlock(&service->mutex);
    return open;
}

static void request_ends(struct service *service) {
    pthread_mutex_lock(&service->mutex);
    service->under_way--;
    pthread_mutex_unlock(&service->mutex);
}

/* Closes the door if nobody is inside. Both in one step: no request slips in between. */
static bool close_if_idle(struct service *service) {
    pthread_mutex_lock(&service->mutex);
    service->closed = service->under_way == 0;
    bool closed = service->closed;
    pthread_mutex_unlock(&service->mutex);
    return closed;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **req_cls) {
    struct service *service = ctx;
    const struct http_host *host = service->host;

    (void)version;
    if (!*req_cls)
        return request_begins(service) ? host->begin(host->ctx, connection, url, method, req_cls)
                                       : MHD_NO;
    if (*size == 0) return host->finish(*req_cls);
    size_t length = *size;
    *size = 0;
    return host->take(*req_cls, data, length);
}

static void on_done(void *ctx, struct MHD_Connection *connection, void **req_cls,
                    enum MHD_RequestTerminationCode code) {
    struct service *service = ctx;

    (void)connection;
    if (*req_cls) service->host->done(*req_cls, code);
    *req_cls = NULL;
    request_ends(service);
}

/*
 * Paths and queries are taken as they are sent: with an escape they match nothing, and %00 cannot
 * cut them short.
 */
static size_t keep_escapes(void *ctx, struct MHD_Connection *connection, char *text) {
    (void)ctx;
    (void)connection;
    return strlen(text);
}

/*
 * Why it does not start. Later messages may quote what a client sent, so they are left out: the
 * host logs each request.
 */
__attribute__((format(printf, 2, 0))) static void log_library(void *ctx, const char *format,
                                                              va_list args) {
    struct service *service = ctx;
    char text[256];

    if (service->serving || vsnprintf(text, sizeof text, format, args) < 0) return;
    text[strcspn(text, "\r\n")] = '\0';
    http_log("http: %s", text);
}

static struct MHD_Daemon *start(int socket_fd, struct service *service) {
    /*
     * A thread for each connection: a client that stalls, or an import that is being written, holds
     * up nobody else, and handlers may simply block.
     */
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                     MHD_USE_POLL | MHD_USE_ITC | MHD_USE_ERROR_LOG;

    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, service, MHD_OPTION_EXTERNAL_LOGGER, log_library,
        service, /* first, so that it sees the complaints about the others */
        MHD_OPTION_LISTEN_SOCKET, socket_fd, MHD_OPTION_NOTIFY_COMPLETED, on_done, service,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)SILENCE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)CONNECTION_STACK, MHD_OPTION_END);
}

static time_t seconds_running(void) {
    struct timespec now = { 0, 0 };

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static void wait_for_requests(struct service *service, const sigset_t *signals) {
    const struct timespec pause = { 0, DRAIN_POLL_MS * 1000000L };
    time_t end = seconds_running() + DRAIN_SECONDS;

    while (!close_if_idle(service)) {
        if (sigtimedwait(signals, NULL, &pause) > 0) return;
        if (seconds_running() < end) continue;
        http_log("requests are still under way after %d seconds: cut off", DRAIN_SECONDS);
        return;
    }
}

int http_serve(int socket_fd, const struct http_host *host) {
    struct service service = { host, PTHREAD_MUTEX_INITIALIZER, 0, false, false };
    sigset_t signals = stop_signals();
    int signal_number = 0;
    int rc = -1;

    struct MHD_Daemon *daemon = start(socket_fd, &service);
    if (!daemon) {
        http_log("cannot start the HTTP server");
        close(socket_fd);
        return -1;
    }
    service.serving = true;
    if (http_announce(socket_fd) == 0) {
        sigwait(&signals, &signal_number);
        http_log("%s: finishing requests under way",
                 signal_number == SIGINT ? "SIGINT" : "SIGTERM");
        rc = 0;
    }
    int listening = MHD_quiesce_daemon(daemon);
    if (host->stopping) host->stopping(host->ctx);
    wait_for_requests(&service, &signals);
    MHD_stop_daemon(daemon);
    /* not before: a thread of the daemon might still look at it */
    if (listening >= 0) close(listening);
    return rc;
}
