package wire

// names of the closed lists, so that they are parsed by what the generator wrote.
var (
	reasonsByName  = byName[Reason](1 << 8)
	executedByName = byName[Executed](1 << 4)
	codecsByName   = byName[Codec](1 << 4)
)

// ParseReason finds a reason by its name, such as "QUEUE_FULL".
func ParseReason(name string) (Reason, bool) {
	reason, ok := reasonsByName[name]
	return reason, ok
}

// ParseExecuted finds "no", "unknown" or "yes".
func ParseExecuted(name string) (Executed, bool) {
	executed, ok := executedByName[name]
	return executed, ok
}

// ParseCodec finds a codec by its name.
func ParseCodec(name string) (Codec, bool) {
	codec, ok := codecsByName[name]
	return codec, ok
}

// byName asks every number below a bound for its name.
func byName[T interface {
	~uint32
	Known() bool
	String() string
}](bound T) map[string]T {
	names := map[string]T{}
	for number := range bound {
		if number.Known() {
			names[number.String()] = number
		}
	}
	return names
}
