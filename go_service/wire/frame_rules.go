package wire

// Side is an end of a connection.
type Side uint8

// The two sides.
const (
	SideClient Side = 1 << iota
	SideWorker
)

// maxPingBytes bounds what a ping carries.
const maxPingBytes = 64

// frameRule is what protos/FRAME.md says of a type of frame.
type frameRule struct {
	from        Side // who may send it
	ofCall      bool // its call id is a call's; else 0, where anyID is not set
	anyID       bool
	header      bool // it may have one
	mostPayload int  // bytes; less than 0 is any number
	flags       uint8
}

var frameRules = [...]frameRule{
	FrameHello:  {from: SideClient | SideWorker, header: true},
	FrameCall:   {from: SideClient, ofCall: true, header: true, mostPayload: -1, flags: FlagMore},
	FrameReply:  {from: SideWorker, ofCall: true, header: true, mostPayload: -1, flags: FlagMore},
	FrameCancel: {from: SideClient, ofCall: true},
	FramePing:   {from: SideClient | SideWorker, anyID: true, mostPayload: maxPingBytes},
	FramePong:   {from: SideClient | SideWorker, anyID: true, mostPayload: maxPingBytes},
	FrameGoaway: {from: SideClient | SideWorker, header: true},
}

// Check returns *ProtocolError when that side may not send such a frame. The head must come from ParseFrameHead.
func (h *FrameHead) Check(sender Side) error {
	rule := &frameRules[h.Type]
	switch {
	case rule.from&sender == 0:
		return protocolError("this side may not send %s", h.Type)
	case !rule.anyID && rule.ofCall != (h.CallID != 0):
		return protocolError("%s with the call id %d", h.Type, h.CallID)
	case !rule.header && h.HeaderBytes > 0:
		return protocolError("%s with a header", h.Type)
	case rule.mostPayload >= 0 && h.PayloadBytes > rule.mostPayload:
		return protocolError("%s with a payload of %d bytes", h.Type, h.PayloadBytes)
	case h.Flags&^rule.flags != 0:
		return protocolError("%s with the flags %#x", h.Type, h.Flags)
	}
	return nil
}
