package channel

import (
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	wirev1 "github.com/sidecar-ipc/gateway/go_service/gen/wire/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// plainMetadata is that of a call without stamps and trace; the library only reads it.
var plainMetadata = metadata.Pairs(wire.MetadataContract, wire.ContractText)

// requestMetadata is all that a call carries: what the context holds for other services is not sent to a worker.
func requestMetadata(call *Call) metadata.MD {
	named := call.Method == wire.BytesMethod // its path does not name the kernel
	if !call.Stamps && call.Trace.IsZero() && !named {
		return plainMetadata
	}
	md := metadata.Pairs(wire.MetadataContract, wire.ContractText)
	if named {
		md[wire.MetadataKernel] = []string{call.Kernel}
	}
	if call.Stamps {
		md[wire.MetadataStamps] = []string{"1"}
	}
	if !call.Trace.IsZero() {
		md["traceparent"] = []string{call.Trace.Traceparent()}
		if call.Tracestate != "" {
			md["tracestate"] = []string{call.Tracestate}
		}
	}
	return md
}

// takeReceipt reads the receipt out of header or trailer; false when there is none that decodes.
func takeReceipt(receipt *wire.Receipt, places ...metadata.MD) bool {
	for _, md := range places {
		for _, entry := range md[wire.MetadataReceiptBin] {
			var message wirev1.Receipt
			if proto.Unmarshal([]byte(entry), &message) == nil {
				receipt.Take(&message)
				return true
			}
		}
	}
	return false
}

// checkContract refuses an answer of another major.
func checkContract(places ...metadata.MD) *wire.Error {
	for _, md := range places {
		for _, entry := range md[wire.MetadataContract] {
			if contract, ok := wire.ParseContract(entry); ok && !wire.ContractAgrees(contract) {
				return wire.ContractMismatch("the worker", contract)
			}
		}
	}
	return nil
}
