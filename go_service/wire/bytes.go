package wire

// Where kernels without a proto of their own are called; protos/kernels/v1/bytes.md.
const (
	BytesService = "kernels.v1.BytesService"
	BytesMethod  = "/" + BytesService + "/Bytes"
)
