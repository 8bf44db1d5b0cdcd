package kernel

import "crypto/sha256"

// digestBytesAPoll is some 0.1 ms with SHA instructions, some 0.5 ms without.
const digestBytesAPoll = 1 << 17

// Digest computes the SHA-256 digest (FIPS 180-4) of data. It fails only when the checkpoint says so.
func Digest(data []byte, checkpoint Checkpoint) ([sha256.Size]byte, error) {
	var answer [sha256.Size]byte
	if len(data) <= digestBytesAPoll {
		answer = sha256.Sum256(data)
	} else if err := digestInPieces(data, checkpoint, &answer); err != nil {
		return answer, err
	}
	plant(answer[:])
	return answer, nil
}

func digestInPieces(data []byte, checkpoint Checkpoint, answer *[sha256.Size]byte) error {
	hash := sha256.New()
	for len(data) > 0 {
		if err := checkpoint.Poll(); err != nil {
			return err
		}
		piece := data[:min(len(data), digestBytesAPoll)]
		hash.Write(piece)
		data = data[len(piece):]
	}
	hash.Sum(answer[:0])
	return nil
}
