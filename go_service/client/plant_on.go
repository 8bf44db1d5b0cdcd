//go:build plant

package client

import "github.com/sidecar-ipc/gateway/go_service/internal/plant"

var (
	encodeDelay      = plant.Asked.Delay("encode")
	replyDecodeDelay = plant.Asked.Delay("reply_decode")
	byteInCodec      = plant.Asked.Byte("go-codec")
)

func plantEncode()      { plant.Wait(encodeDelay) }
func plantReplyDecode() { plant.Wait(replyDecodeDelay) }

// plantReply changes an answer before it is decoded.
func plantReply(payload []byte) {
	if byteInCodec {
		plant.Change(payload)
	}
}
