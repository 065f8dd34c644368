#pragma once
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/bio.h>
#include <openssl/x509.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

// OpenSSL spells these as macros with casts, which Swift does not import.

static inline int krp_ssl_ctx_set_min_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}

static inline int krp_ssl_ctx_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

static inline int krp_ssl_add_chain_certificate(SSL *session, X509 *certificate) {
    return (int)SSL_add1_chain_cert(session, certificate);
}

// Thousands of idle connections must not keep 34 KB of buffers each.
static inline void krp_ssl_ctx_release_idle_buffers(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

// A write that the socket takes in part is tried again with what is left, wherever that lies by then.
static inline void krp_ssl_allow_partial_writes(SSL *session) {
    SSL_set_mode(session, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static inline void krp_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }
static inline void krp_bio_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void krp_bio_retry_write(BIO *bio) { BIO_set_retry_write(bio); }

// The server name that a client asks for (SNI).
static inline int krp_ssl_name_server(SSL *session, const char *name) {
    return (int)SSL_set_tlsext_host_name(session, name);
}

static inline void krp_ssl_ctx_refuse_renegotiation(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
}

// A passphrase of "" keeps OpenSSL from asking for one on the terminal.
static inline EVP_PKEY *krp_pem_read_private_key(BIO *source) {
    return PEM_read_bio_PrivateKey(source, NULL, NULL, (void *)"");
}

static inline X509 *krp_pem_read_certificate(BIO *source) {
    return PEM_read_bio_X509(source, NULL, NULL, (void *)"");
}

// Whether the last PEM read found nothing more, rather than something broken.
static inline int krp_error_is_end_of_pem(unsigned long code) {
    return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

// The errno behind an error of the system, else 0.
static inline int krp_error_errno(unsigned long code) {
    return ERR_SYSTEM_ERROR(code) ? ERR_GET_REASON(code) : 0;
}

static inline const char *krp_ssl_server_name(const SSL *session) {
    return SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
}

// The DNS names among the subject alternative names, one after another.
static inline void krp_x509_each_dns_name(
    X509 *certificate, void (*take)(const unsigned char *bytes, int length, void *context), void *context) {
    GENERAL_NAMES *names = (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int index = 0; index < sk_GENERAL_NAME_num(names); index++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
        if (name->type != GEN_DNS) continue;
        take(ASN1_STRING_get0_data(name->d.dNSName), ASN1_STRING_length(name->d.dNSName), context);
    }
    GENERAL_NAMES_free(names);
}

// Gives back what a memory BIO grew to, if it is empty: it would keep room for the most that it ever held.
static inline void krp_bio_shrink(BIO *bio, size_t kept) {
    BUF_MEM *bytes = NULL;
    BIO_get_mem_ptr(bio, &bytes);
    if (bytes == NULL || bytes->length > 0 || bytes->max <= kept) return;
    BUF_MEM *fresh = BUF_MEM_new();
    if (fresh != NULL) (void)BIO_set_mem_buf(bio, fresh, BIO_CLOSE);
}
