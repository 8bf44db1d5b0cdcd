//go:build plant

package client

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// What SIDECAR_PLANT asks of this package; protos/HANDSHAKE.md.
var (
	encodeDelay      = plantedDelay("delay:encode:")
	replyDecodeDelay = plantedDelay("delay:reply_decode:")
	byteInCodec      = planted("byte:go-codec")
)

func plantEncode()      { delay(encodeDelay) }
func plantReplyDecode() { delay(replyDecodeDelay) }

// plantReply changes the last byte of an answer before it is decoded.
func plantReply(payload []byte) {
	if byteInCodec && len(payload) > 0 {
		payload[len(payload)-1] ^= 1
	}
}

func plants() []string { return strings.Split(os.Getenv("SIDECAR_PLANT"), ",") }

func planted(name string) bool {
	for _, plant := range plants() {
		if plant == name {
			return true
		}
	}
	return false
}

func plantedDelay(prefix string) time.Duration {
	for _, plant := range plants() {
		if ns, err := strconv.ParseInt(strings.TrimPrefix(plant, prefix), 10, 64); err == nil && strings.HasPrefix(plant, prefix) {
			return time.Duration(ns)
		}
	}
	return 0
}

func delay(d time.Duration) {
	if d > 0 {
		time.Sleep(d)
	}
}
