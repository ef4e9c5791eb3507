/* SPDX-License-Identifier: MIT */
#include "http_service.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clocks.h"
#include "http_listen.h"
#include "http_log.h"

/*
 * A connection may need two descriptors, a socket and a file: 448 of them fit the usual limit of
 * 1,024.
 */
enum {
    CONNECTIONS_MAX = 448,
    CONNECTION_MEMORY = 64 * 1024,
    CONNECTION_STACK = 256 * 1024,
    IDLE_SECONDS = 30, /* a silent connection is then closed */
    DRAIN_POLL_MS = 20,
    DRAIN_SECONDS = 60 /* a client that sends byte by byte cannot delay the stop for longer */
};

struct service {
    const struct http_host *host;
    pthread_mutex_t mutex;
    unsigned running; /* requests that `begin` saw and `done` did not */
    bool closed;      /* no new request is accepted */
    atomic_bool serving;
};

static sigset_t stop_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

static sigset_t all_signals(void) {
    sigset_t set = stop_signals();
    sigaddset(&set, SIGHUP);
    return set;
}

void http_signals_prepare(void) {
    sigset_t set = all_signals();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN); /* the client closed its connection: write() returns an error */
    signal(SIGXFSZ, SIG_IGN); /* a file is too large: write() returns an error */
}

static bool count_request_begin(struct service *service) {
    pthread_mutex_lock(&service->mutex);
    bool open = !service->closed;
    service->running++;
    pthread_mutex_unlock(&service->mutex);
    return open;
}

static void count_request_end(struct service *service) {
    pthread_mutex_lock(&service->mutex);
    service->running--;
    pthread_mutex_unlock(&service->mutex);
}

/* Checks and closes in one step, so that no request begins in between. */
static bool close_if_idle(struct service *service) {
    pthread_mutex_lock(&service->mutex);
    service->closed = service->running == 0;
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
        return count_request_begin(service)
                   ? host->begin(host->ctx, connection, url, method, req_cls)
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
    count_request_end(service);
}

/*
 * Leaves percent escapes in paths and queries: a path with one matches no route, and %00 cannot
 * truncate a text.
 */
static size_t keep_escapes(void *ctx, struct MHD_Connection *connection, char *text) {
    (void)ctx;
    (void)connection;
    return strlen(text);
}

/*
 * Logs why the server does not start. Later messages may quote a client's text, so they are not
 * logged.
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
     * One thread per connection: a slow client or a long write delays no other request, and
     * callbacks may block.
     */
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                     MHD_USE_POLL | MHD_USE_ITC | MHD_USE_ERROR_LOG;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, service, MHD_OPTION_EXTERNAL_LOGGER, log_library,
        service, /* first, so that it gets the messages about the other options */
        MHD_OPTION_LISTEN_SOCKET, socket_fd, MHD_OPTION_NOTIFY_COMPLETED, on_done, service,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)CONNECTION_STACK, MHD_OPTION_END);
}

static void wait_for_requests(struct service *service, const sigset_t *signals) {
    const struct timespec pause = { 0, DRAIN_POLL_MS * 1000000L };
    int64_t end_ms = monotonic_clock_ms() + DRAIN_SECONDS * INT64_C(1000);
    while (!close_if_idle(service)) {
        if (sigtimedwait(signals, NULL, &pause) > 0) return;
        if (monotonic_clock_ms() < end_ms) continue;
        http_log("aborting requests that are still running after %d seconds", DRAIN_SECONDS);
        return;
    }
}

static int wait_for_stop(const struct http_host *host) {
    sigset_t signals = all_signals();
    int signal_number = 0;
    for (;;) {
        sigwait(&signals, &signal_number);
        if (signal_number != SIGHUP) return signal_number;
        host->reload(host->ctx);
    }
}

int http_serve(int socket_fd, const struct http_host *host) {
    struct service service = { host, PTHREAD_MUTEX_INITIALIZER, 0, false, false };
    sigset_t signals = stop_signals();
    int rc = -1;
    struct MHD_Daemon *daemon = start(socket_fd, &service);
    if (!daemon) {
        http_log("cannot start the HTTP server");
        close(socket_fd);
        return -1;
    }
    service.serving = true;
    if (http_announce(socket_fd) == 0) {
        const int signal_number = wait_for_stop(host);
        http_log("%s: finishing the running requests",
                 signal_number == SIGINT ? "SIGINT" : "SIGTERM");
        rc = 0;
    }
    int listening = MHD_quiesce_daemon(daemon);
    if (host->stopping) host->stopping(host->ctx);
    wait_for_requests(&service, &signals);
    MHD_stop_daemon(daemon);
    /* not earlier: a thread of the daemon may still use the socket */
    if (listening >= 0) close(listening);
    return rc;
}
