package connectapi

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/bellpull/bellpull/internal/fault"
)

// page returns the part of a list that a request asks for, and the token of
// the rest. The list must be sorted by place, and no two may have the same. A
// token holds the place of the last one that was given, so it stays good
// whatever is added or removed. usual is the size of a page where the request
// does not say one.
func page[T any](all []T, place func(T) string, size *int32, usual int, token string) (part []T, next string, err error) {
	if size != nil {
		usual = int(*size)
	}
	if token != "" {
		last, err := readToken(token)
		if err != nil {
			return nil, "", err
		}
		from, found := slices.BinarySearchFunc(all, last, func(v T, last string) int { return strings.Compare(place(v), last) })
		if found {
			from++
		}
		all = all[from:]
	}
	if len(all) <= usual {
		return all, "", nil
	}
	return all[:usual], writeToken(place(all[usual-1])), nil
}

// tokenMark begins what a token says, so that others are told apart.
const tokenMark = "\x01"

func writeToken(place string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(tokenMark + place))
}

func readToken(token string) (place string, err error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	place, ok := strings.CutPrefix(string(b), tokenMark)
	if err != nil || !ok {
		return "", fault.Newf(fault.Invalid, "NextToken: is none that was given out")
	}
	return place, nil
}
