// The only C of the product: libpq, and the three Linux headers that waiting for its sockets needs.
#ifndef CPOSTGRES_SHIM_H
#define CPOSTGRES_SHIM_H

#include <libpq-fe.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

struct ssl_st;
extern int SSL_pending(const struct ssl_st *ssl);

// Bytes that OpenSSL has taken off the socket and decrypted, but libpq has not read yet. The
// socket does not become readable for them, so whoever waits with epoll must ask.
static inline int postgres_pending_tls_bytes(PGconn *connection) {
    if (!PQsslInUse(connection)) {
        return 0;
    }
    const struct ssl_st *ssl = PQsslStruct(connection, "OpenSSL");
    return ssl ? SSL_pending(ssl) : 0;
}

// Drops what a server says unasked; libpq would print it to the standard error.
static inline void postgres_ignore_notice(void *argument, const PGresult *result) {
    (void)argument;
    (void)result;
}

static inline void postgres_ignore_notices(PGconn *connection) {
    PQsetNoticeReceiver(connection, postgres_ignore_notice, 0);
}

static const int postgres_field_sqlstate = PG_DIAG_SQLSTATE;
static const int postgres_field_message = PG_DIAG_MESSAGE_PRIMARY;
static const int postgres_field_constraint = PG_DIAG_CONSTRAINT_NAME;

static const uint32_t postgres_readable = EPOLLIN;
static const uint32_t postgres_writable = EPOLLOUT;

#endif
