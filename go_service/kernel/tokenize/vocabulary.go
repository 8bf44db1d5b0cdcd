package tokenize

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"

	"github.com/pkoukk/tiktoken-go-loader/assets"
)

const (
	vocabularyFile = "cl100k_base.tiktoken"
	// bytesInVocabulary are the first tokens: the single bytes.
	bytesInVocabulary = 256
	// none is no token.
	none = 1<<32 - 1
)

// words is the vocabulary, made for looking up. An id is a rank too.
type words struct {
	lengths []uint8
	// shorter is, for each token, the longest other one that it begins with.
	shorter []uint32
	halves  []pair
	short   shortTable
	middle  middleTable
	long    map[string]uint32
	pairs   pairTable
	trie    trie
}

// pair are the two tokens that a token is merged from.
type pair struct{ left, right uint32 }

var vocabulary = sync.OnceValue(load)

// Preload loads the vocabulary, some 0.1 s, which the first call does otherwise.
func Preload() {
	vocabulary()
	classesOf()
}

// load panics where the embedded vocabulary is not what it was built with.
func load() *words {
	tokens := read()
	w := &words{
		lengths: make([]uint8, len(tokens)), shorter: make([]uint32, len(tokens)), halves: make([]pair, len(tokens)),
		long: map[string]uint32{},
	}
	for id, token := range tokens {
		w.lengths[id] = uint8(len(token))
		w.enter(token, uint32(id))
	}
	for id, token := range tokens {
		w.shorter[id] = w.trie.longest(token[:len(token)-1])
	}
	for id, token := range tokens[bytesInVocabulary:] {
		w.split(token, uint32(id+bytesInVocabulary))
	}
	return w
}

func read() [][]byte {
	content, err := assets.Assets.ReadFile(vocabularyFile)
	if err != nil {
		panic(fmt.Sprintf("tokenize: no vocabulary in this build: %v", err))
	}
	var tokens [][]byte
	for line := range bytes.Lines(content) {
		word, rank, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		token, err := base64.StdEncoding.AppendDecode(nil, word)
		if id, _ := strconv.Atoi(string(rank)); err != nil || id != len(tokens) {
			panic(fmt.Sprintf("tokenize: line %d of %s is no token of that rank", len(tokens)+1, vocabularyFile))
		}
		tokens = append(tokens, token)
	}
	return tokens
}

// split finds what the token is merged from, once that is known of all lower ones: of the ways to cut it into two lower
// tokens, the one that merging those does not change.
func (w *words) split(token []byte, id uint32) {
	for left := w.shorter[id]; left != none; left = w.shorter[left] {
		cut := w.length(left)
		right := w.find(token, cut, len(token))
		if left < id && right < id && w.stay(left, right) {
			w.halves[id] = pair{left, right}
			w.pairs.enter(left, right, id)
			return
		}
	}
	panic(fmt.Sprintf("tokenize: token %d of %s is merged from no two others", id, vocabularyFile))
}

func (w *words) length(id uint32) int { return int(w.lengths[id]) }

func (w *words) longest(text []byte) uint32 { return w.trie.longest(text) }

func (w *words) joined(left, right uint32) uint32 { return w.pairs.find(left, right) }

// find is the token text[start:end], or none.
func (w *words) find(text []byte, start, end int) uint32 {
	switch length := end - start; {
	case length <= shortBytes:
		return w.short.find(load64(text, start, length) | uint64(length)<<56)
	case length <= middleBytes:
		low := binary.LittleEndian.Uint64(text[start:])
		return w.middle.find(low, load64(text, start+8, length-8)|uint64(length)<<56)
	default:
		return w.findLong(text[start:end])
	}
}

func (w *words) findLong(token []byte) uint32 {
	if len(token) <= longBytes {
		if id, ok := w.long[string(token)]; ok {
			return id
		}
	}
	return none
}

func (w *words) enter(token []byte, id uint32) {
	switch length := len(token); {
	case length <= shortBytes:
		w.short.enter(load64(token, 0, length)|uint64(length)<<56, id)
	case length <= middleBytes:
		low := binary.LittleEndian.Uint64(token)
		w.middle.enter(low, load64(token, 8, length-8)|uint64(length)<<56, id)
	default:
		w.long[string(token)] = id
	}
	w.trie.enter(token, id)
}

// load64 is the up to 7 bytes of text from start on as one number, the first one lowest.
func load64(text []byte, start, length int) uint64 {
	if start+8 <= len(text) {
		return binary.LittleEndian.Uint64(text[start:]) & (1<<(8*length) - 1)
	}
	var word uint64
	for i := range length {
		word |= uint64(text[start+i]) << (8 * i)
	}
	return word
}
