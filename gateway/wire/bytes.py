"""Where kernels without a proto of their own are called; `protos/kernels/v1/bytes.md`."""

BYTES_SERVICE = "kernels.v1.BytesService"
BYTES_METHOD = f"/{BYTES_SERVICE}/Bytes"
