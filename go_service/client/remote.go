package client

import (
	"context"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// remote encodes, lets the channel carry, and decodes.
func remote[Q, R wire.Message](ctx context.Context, c *Client, k *Kernel[Q, R], request Q, s *callSettings) (R, error) {
	var none R
	carrier, ok := c.channels[s.route.Channel]
	if !ok {
		return none, missingChannel(s.route)
	}
	x := takeExchange(s.route.Codec, s.buffer)
	defer x.giveBack()
	if err := x.encode(&k.Spec, request, s); err != nil {
		return none, err
	}
	s.stamp(wire.T2)
	err := carrier.Call(ctx, &x.call, &x.reply)
	x.observe(s)
	if err != nil {
		return none, err
	}
	response := k.NewResponse()
	if err := x.decode(response); err != nil {
		return none, err
	}
	return response, nil
}

// encode fills in the call.
func (x *exchange) encode(spec *wire.KernelSpec, request wire.Message, s *callSettings) error {
	payload, err := wire.Encode(s.route.Codec, x.request[:0], request)
	if err != nil {
		return err
	}
	plantEncode()
	x.request = payload
	x.call = channel.Call{
		Kernel: spec.Name, Method: spec.Method, Codec: s.route.Codec, Payload: payload,
		Cheap: spec.CheapUpToBytes > 0 && len(payload) <= spec.CheapUpToBytes, Stamps: s.stamps, Trace: s.trace, Tracestate: s.tracestate,
	}
	if limit := spec.MaxRequestBytes; limit > 0 && len(payload) > limit {
		return wire.Failf(wire.ReasonRequestTooLarge, "%d bytes, the kernel takes %d", len(payload), limit)
	}
	return nil
}

func (x *exchange) decode(response wire.Message) error {
	plantReply(x.reply.Payload)
	if err := wire.Decode(x.call.Codec, x.reply.Payload, response); err != nil {
		failure := wire.Fail(wire.ReasonMalformedReply, err.Error())
		failure.Cause = err
		return failure
	}
	plantReplyDecode()
	return nil
}

// observe tells what the exchange was like.
func (x *exchange) observe(s *callSettings) {
	o := s.observation
	if o == nil {
		return
	}
	o.RequestBytes, o.ReplyBytes = len(x.call.Payload), len(x.reply.Payload)
	o.KernelVersion, o.HopsNs = x.reply.Receipt.KernelVersion, x.reply.Receipt.HopsNs
	if s.stamps {
		o.Stamps[wire.T3], o.Stamps[wire.T9] = x.reply.WrittenNs, x.reply.InHandNs
		o.Stamps.TakeReceipt(&x.reply.Receipt)
	}
}
