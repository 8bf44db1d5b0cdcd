package channel

// For the suite, which stands outside: the errors of a plain gRPC client as the channel reads them, and what a call sends.
var (
	Detailed        = detailed
	RequestMetadata = requestMetadata
)
