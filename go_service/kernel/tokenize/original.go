package tokenize

import (
	"fmt"
	"sync"
	"unicode/utf8"

	"github.com/pkoukk/tiktoken-go"
	loader "github.com/pkoukk/tiktoken-go-loader"
)

var original = sync.OnceValue(func() *tiktoken.Tiktoken {
	tiktoken.SetBpeLoader(loader.NewOfflineLoader())
	encoding, err := tiktoken.GetEncoding(tiktoken.MODEL_CL100K_BASE)
	if err != nil {
		panic(fmt.Sprintf("tokenize: tiktoken-go has no cl100k_base: %v", err))
	}
	return encoding
})

// PreloadOriginal loads what the first call of Original does otherwise.
func PreloadOriginal() { original() }

// Original is the Go that profiles find: github.com/pkoukk/tiktoken-go, a regular expression and merges in quadratic
// time. Its answer is that of Tokenize; it polls no checkpoint.
func Original(text []byte) ([]uint32, error) {
	if !utf8.Valid(text) {
		return nil, notUTF8
	}
	found := original().EncodeOrdinary(string(text))
	ids := make([]uint32, len(found))
	for i, id := range found {
		ids[i] = uint32(id)
	}
	return ids, nil
}
