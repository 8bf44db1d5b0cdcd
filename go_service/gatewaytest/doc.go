// Package gatewaytest is for the tests of teams that import the client. New makes a test double, which needs no worker;
// Start starts a real one for a test. The same suite holds both to the same contract (contract_test.go).
package gatewaytest
