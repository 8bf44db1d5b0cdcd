// Package gatewaytest has a test double for teams that import the client: their tests need no worker. The same suite
// holds the double and a real worker to the same contract (contract_test.go).
package gatewaytest
