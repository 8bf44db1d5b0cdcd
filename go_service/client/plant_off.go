//go:build !plant

package client

func plantEncode()      {}
func plantReplyDecode() {}
func plantReply([]byte) {}
