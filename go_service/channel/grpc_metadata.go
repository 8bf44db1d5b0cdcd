package channel

import (
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	wirev1 "github.com/sidecar-ipc/gateway/go_service/gen/wire/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Metadata entries of the contract beside W3C's.
const (
	metadataContract = "boundary-contract"
	metadataStamps   = "boundary-stamps"
	metadataReceipt  = "boundary-receipt-bin"
)

// plainMetadata is that of a call without stamps and trace; the library only reads it.
var plainMetadata = metadata.Pairs(metadataContract, wire.ContractText)

// requestMetadata is all that a call carries: what the context holds for other services is not sent to a worker.
func requestMetadata(call *Call) metadata.MD {
	if !call.Stamps && call.Trace.IsZero() {
		return plainMetadata
	}
	md := metadata.Pairs(metadataContract, wire.ContractText)
	if call.Stamps {
		md[metadataStamps] = []string{"1"}
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
		for _, entry := range md[metadataReceipt] {
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
		for _, entry := range md[metadataContract] {
			if contract, ok := wire.ParseContract(entry); ok && !wire.ContractAgrees(contract) {
				return wire.ContractMismatch("the worker", contract)
			}
		}
	}
	return nil
}
