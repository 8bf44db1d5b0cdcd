// Package service is the HTTP service: the kernels as a team would offer them, each by the route that its operator
// chose. Bodies are raw bytes both ways and stand in no log, span or error.
package service
