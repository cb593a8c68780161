package connectapi

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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

// resultsLife is how long a token of pageOf is good.
const resultsLife = 5 * time.Minute

// pageOf is page for lists that are made anew for each request, in an order that
// may change meanwhile: a token holds how many entries were given, is good for
// five minutes, and only for the same request. asked is that request without its
// token.
func pageOf[T any](all []T, size *int32, usual int, token string, asked any, now time.Time) (part []T, next string, err error) {
	request, err := json.Marshal(asked)
	if err != nil {
		return nil, "", fmt.Errorf("name a request: %w", err)
	}
	sum := sha256.Sum256(request)
	digest := hex.EncodeToString(sum[:8])
	if size != nil {
		usual = int(*size)
	}
	from := 0
	if token != "" {
		if from, err = readResultsToken(token, digest, now); err != nil {
			return nil, "", err
		}
	}
	all = all[min(from, len(all)):]
	if len(all) <= usual {
		return all, "", nil
	}
	return all[:usual], writeToken(fmt.Sprintf("%d.%d.%s", from+usual, now.UnixMilli(), digest)), nil
}

// readResultsToken returns how many entries have been given.
func readResultsToken(token, digest string, now time.Time) (from int, err error) {
	place, err := readToken(token)
	if err != nil {
		return 0, err
	}
	parts := strings.Split(place, ".")
	if len(parts) != 3 {
		return 0, fault.Newf(fault.Invalid, "NextToken: is none that was given out")
	}
	from, err = strconv.Atoi(parts[0])
	made, bad := strconv.ParseInt(parts[1], 10, 64)
	switch {
	case err != nil || bad != nil || from < 0:
		return 0, fault.Newf(fault.Invalid, "NextToken: is none that was given out")
	case parts[2] != digest:
		return 0, fault.Newf(fault.Invalid, "NextToken: belongs to another request")
	case now.Sub(time.UnixMilli(made)) > resultsLife:
		return 0, fault.Newf(fault.Invalid, "NextToken: has expired")
	}
	return from, nil
}
