// Package sigv4 signs requests with AWS Signature Version 4, in the
// Authorization header. Whoever sends a request calls [Key.Sign]; whoever checks
// one computes with [Scope.Signature] what should have come.
package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What stands in signatures.
const (
	Algorithm  = "AWS4-HMAC-SHA256"
	Terminator = "aws4_request"
	TimeLayout = "20060102T150405Z" // of X-Amz-Date
)

// Key is an access key; a temporary one has a session token. The zero value
// signs nothing.
type Key struct{ ID, Secret, SessionToken string }

// Scope is what a signature is good for.
type Scope struct {
	Date    string // 20260102
	Region  string
	Service string
}

// String returns the scope as it is written in the header.
func (s Scope) String() string {
	return s.Date + "/" + s.Region + "/" + s.Service + "/" + Terminator
}

// Sign signs a request with the host and all headers that it has; what is added
// to it later is not signed. The query must be written as it is signed, with
// %20 for a space.
func (k Key) Sign(r *http.Request, body []byte, service, region string, now time.Time) {
	if k.ID == "" {
		return
	}
	stamp := now.UTC().Format(TimeLayout)
	r.Header.Set("X-Amz-Date", stamp)
	if k.SessionToken != "" {
		r.Header.Set("X-Amz-Security-Token", k.SessionToken)
	}
	signed := []string{"host"}
	for name := range r.Header {
		signed = append(signed, strings.ToLower(name))
	}
	slices.Sort(signed)
	s := Scope{Date: stamp[:8], Region: region, Service: service}
	signature := s.Signature(k.Secret, stamp, Canonical(r, signed, Hash(body)))
	r.Header.Set("Authorization", Algorithm+" Credential="+k.ID+"/"+s.String()+
		", SignedHeaders="+strings.Join(signed, ";")+", Signature="+hex.EncodeToString(signature))
}

// Signature returns the signature of a canonical request that was made at the
// time of the stamp.
func (s Scope) Signature(secret, stamp string, canonical []byte) []byte {
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.Date, s.Region, s.Service, Terminator} {
		key = sum(key, part)
	}
	return sum(key, Algorithm+"\n"+stamp+"\n"+s.String()+"\n"+Hash(canonical))
}

func sum(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// Hash returns the hexadecimal SHA-256.
func Hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Canonical writes what is signed of a request, on either side of the line.
// The path is encoded once more than it is written, and the headers are those
// that are listed, in lower case. payload is the hash of the body. See
// docs/fidelity.md#signatures.
func Canonical(r *http.Request, signed []string, payload string) []byte {
	b := append([]byte(r.Method), '\n')
	b = appendEncodedPath(b, writtenPath(r))
	b = append(b, '\n')
	b = appendCanonicalQuery(b, r.URL.RawQuery)
	b = append(b, '\n')
	for _, name := range signed {
		b = append(b, name...)
		b = append(b, ':')
		b = appendHeaderValue(b, r, name)
		b = append(b, '\n')
	}
	b = append(b, '\n')
	b = append(b, strings.Join(signed, ";")...)
	b = append(b, '\n')
	return append(b, payload...)
}

// writtenPath is the path exactly as the client writes it.
func writtenPath(r *http.Request) string {
	path := r.RequestURI
	if !strings.HasPrefix(path, "/") {
		path = r.URL.EscapedPath()
	}
	path, _, _ = strings.Cut(path, "?")
	if path == "" {
		return "/"
	}
	return path
}

func appendEncodedPath(b []byte, path string) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(path) {
		c := path[i]
		switch {
		case c == '/', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '-', c == '.', c == '_', c == '~':
			b = append(b, c)
		default:
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return b
}

// appendCanonicalQuery sorts the pairs, which stay encoded as they are.
func appendCanonicalQuery(b []byte, raw string) []byte {
	if raw == "" {
		return b
	}
	var pairs [][2]string
	for part := range strings.SplitSeq(raw, "&") {
		if part != "" {
			key, value, _ := strings.Cut(part, "=")
			pairs = append(pairs, [2]string{key, value})
		}
	}
	slices.SortFunc(pairs, func(x, y [2]string) int {
		if c := strings.Compare(x[0], y[0]); c != 0 {
			return c
		}
		return strings.Compare(x[1], y[1])
	})
	for i, p := range pairs {
		if i > 0 {
			b = append(b, '&')
		}
		b = append(b, p[0]...)
		b = append(b, '=')
		b = append(b, p[1]...)
	}
	return b
}

// appendHeaderValue appends a header's values as they are signed: trimmed, runs
// of spaces folded, joined by commas. net/http keeps some headers elsewhere.
func appendHeaderValue(b []byte, r *http.Request, name string) []byte {
	switch name {
	case "host":
		if r.Host == "" {
			return append(b, r.URL.Host...)
		}
		return append(b, r.Host...)
	case "content-length":
		return strconv.AppendInt(b, max(r.ContentLength, 0), 10)
	case "transfer-encoding":
		return append(b, strings.Join(r.TransferEncoding, ",")...)
	}
	for i, value := range r.Header[http.CanonicalHeaderKey(name)] {
		if i > 0 {
			b = append(b, ',')
		}
		space := false
		for _, c := range []byte(strings.Trim(value, " \t")) {
			if c == ' ' && space {
				continue
			}
			space = c == ' '
			b = append(b, c)
		}
	}
	return b
}
