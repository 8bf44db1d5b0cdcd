package channel

// Detailed lets the suite read the errors of a plain gRPC client as the channel would.
var Detailed = detailed
