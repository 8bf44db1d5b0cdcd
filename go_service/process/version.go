package process

// Version is the one of both Go programs.
const Version = "0.1.0"
