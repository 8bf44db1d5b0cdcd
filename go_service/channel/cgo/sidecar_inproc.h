/* The part of protos/ABI.md that Go calls. The package carries it, so that a module elsewhere needs only the library. */
#ifndef SIDECAR_INPROC_GO_H
#define SIDECAR_INPROC_GO_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint32_t kernel;
  uint32_t codec;
  const uint8_t *request;
  size_t request_len;
  uint8_t *reply;
  size_t reply_cap;
  uint64_t max_reply;
  uint64_t deadline_ns;
  const uint32_t *cancel;
  uint32_t stamps;
  uint32_t reserved;
} sidecar_call_t;

typedef struct {
  uint32_t status;
  uint32_t reason;
  uint32_t executed;
  uint32_t kernel_version;
  uint64_t stamps_ns[5];
  uint64_t reply_len;
  uint64_t token;
  uint32_t message_len;
  uint32_t reserved;
  uint8_t message[176];
} sidecar_receipt_t;

_Static_assert(sizeof(sidecar_call_t) == 72, "protos/ABI.md: 72 bytes");
_Static_assert(sizeof(sidecar_receipt_t) == 256, "protos/ABI.md: 256 bytes");

uint32_t sidecar_abi_version(void);
uint32_t sidecar_kernel(const uint8_t *name, size_t name_len, uint32_t *kernel);
uint32_t sidecar_call(const sidecar_call_t *call, sidecar_receipt_t *receipt);
uint32_t sidecar_take(uint64_t token, uint8_t *reply, size_t reply_cap, size_t *reply_len);
void sidecar_drop(uint64_t token);
uint32_t sidecar_enable_faults(const uint8_t *append_file, size_t append_file_len);

/* Go may pass pointers as arguments but none inside a struct, so the struct is built on this side. */
static inline uint32_t sidecar_call_flat(uint32_t kernel, uint32_t codec, const uint8_t *request, size_t request_len,
                                         uint8_t *reply, size_t reply_cap, uint64_t max_reply, uint64_t deadline_ns,
                                         const uint32_t *cancel, uint32_t stamps, sidecar_receipt_t *receipt) {
  sidecar_call_t call = {kernel,    codec,       request, request_len, reply, reply_cap,
                         max_reply, deadline_ns, cancel,  stamps,      0};
  return sidecar_call(&call, receipt);
}

#endif
