package kernel

import "sort"

// TopkOriginal is the Go that profiles find: it scores all vectors and sorts them all. It polls no checkpoint.
func TopkOriginal(query []byte, k uint32) (indexes []uint32, scores []int32, err error) {
	if err := checkTopk(query, k); err != nil {
		return nil, nil, err
	}
	type match struct {
		index uint32
		score int32
	}
	var matches []match
	for number, vector := range topkIndex() {
		score := int32(0)
		for i, component := range vector {
			score += int32(component) * int32(int8(query[i]))
		}
		matches = append(matches, match{uint32(number), score})
	}
	sort.SliceStable(matches, func(i, j int) bool { return matches[i].score > matches[j].score })
	for _, match := range matches[:k] {
		indexes, scores = append(indexes, match.index), append(scores, match.score)
	}
	return indexes, scores, nil
}
