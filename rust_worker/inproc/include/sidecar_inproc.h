/* The kernels inside the caller's process. protos/ABI.md is the contract; this header follows it.
 *
 * Every buffer belongs to the caller, and no function keeps a pointer after it returned. Functions may be called from
 * any thread. Every export catches a Rust panic; an abort, a stack overflow or an invalid access ends the process.
 */
#ifndef SIDECAR_INPROC_H
#define SIDECAR_INPROC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The contract: major << 16 | minor. */
uint32_t sidecar_abi_version(void);

/* Looks a kernel up once. Returns a status of lists.toml: OK, UNIMPLEMENTED for a name that no kernel has,
 * INVALID_ARGUMENT for a NULL. *kernel is valid until the process ends. */
uint32_t sidecar_kernel(const uint8_t *name, size_t name_len, uint32_t *kernel);

typedef struct {
  uint32_t kernel;        /*  0 from sidecar_kernel */
  uint32_t codec;         /*  4 number from lists.toml */
  const uint8_t *request; /*  8 */
  size_t request_len;     /* 16 */
  uint8_t *reply;         /* 24 caller's buffer; may be NULL when reply_cap is 0 */
  size_t reply_cap;       /* 32 */
  uint64_t max_reply;     /* 40 message limit, bytes */
  uint64_t deadline_ns;   /* 48 CLOCK_MONOTONIC, 0 = none */
  const uint32_t *cancel; /* 56 NULL, or a flag that turns non-zero */
  uint32_t stamps;        /* 64 non-zero: read the clock for t4..t8 */
  uint32_t reserved;      /* 68 zero */
} sidecar_call_t;         /* 72 bytes */

typedef struct {
  uint32_t status;         /*  0 */
  uint32_t reason;         /*  4 */
  uint32_t executed;       /*  8 0 no, 1 unknown, 2 yes */
  uint32_t kernel_version; /* 12 */
  uint64_t stamps_ns[5];   /* 16 t4..t8, zero unless asked for */
  uint64_t reply_len;      /* 56 */
  uint64_t token;          /* 64 non-zero: the reply did not fit, take it with sidecar_take */
  uint32_t message_len;    /* 72 */
  uint32_t reserved;       /* 76 */
  uint8_t message[176];    /* 80 text for a person, cut to fit; bytes from message_len on are left as they were */
} sidecar_receipt_t;       /* 256 bytes */

/* Makes one call and returns receipt->status. The receipt need not be cleared before. */
uint32_t sidecar_call(const sidecar_call_t *call, sidecar_receipt_t *receipt);

/* Copies a kept reply and forgets it. Returns OK, RESOURCE_EXHAUSTED with the length in *reply_len when reply_cap is
 * too small (the reply stays), or INVALID_ARGUMENT for a NULL or a token that is not kept. */
uint32_t sidecar_take(uint64_t token, uint8_t *reply, size_t reply_cap, size_t *reply_len);

/* Forgets a kept reply. */
void sidecar_drop(uint64_t token);

/* For a test host: adds the kernels that misbehave. append_file may be NULL. A second call changes nothing. */
uint32_t sidecar_enable_faults(const uint8_t *append_file, size_t append_file_len);

/* For the test bed: the bare crossing that routes in process are held against. Copies the request into reply, which has
 * room for it and does not overlap it, and returns length. */
size_t sidecar_reference_echo(const uint8_t *request, size_t length, uint8_t *reply);

#ifdef __cplusplus
}
#endif

#endif
