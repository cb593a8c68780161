package widgetapi

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// What a token of a start may be.
const (
	maxToken     = 6144 // bytes
	maxTokenLife = 10 * time.Minute
	clockSkew    = 30 * time.Second
)

// signed is what a genuine token says.
type signed struct {
	Attributes map[string]string
	CustomerID string
}

// tokenHeader is the first part of a token. An extension that is critical is one
// that we do not know.
type tokenHeader struct {
	Algorithm string          `json:"alg"`
	Critical  json.RawMessage `json:"crit"`
}

type tokenClaims struct {
	Subject    string         `json:"sub"`
	Issued     *json.Number   `json:"iat"`
	Expires    *json.Number   `json:"exp"`
	NotBefore  *json.Number   `json:"nbf"`
	CustomerID string         `json:"customerId"`
	Attributes map[string]any `json:"attributes"`
}

// denied says why a token is refused. The site's developers read it; it tells
// nothing that whoever made the token does not know.
func denied(format string, args ...any) error {
	return fault.Newf(fault.Denied, "token: "+format, args...)
}

// readToken reads a JWT that the site's server made for a widget: signed by one
// of the widget's secrets with HS256 and nothing else, of at most ten minutes.
func readToken(token string, w *directory.Widget, now time.Time) (signed, error) {
	if len(token) > maxToken {
		return signed{}, denied("must have at most %d bytes", maxToken)
	}
	body, mac, _ := cutLast(token, ".")
	head, payload, ok := strings.Cut(body, ".")
	if !ok {
		return signed{}, denied("must be a JWT")
	}
	var h tokenHeader
	if !decodePart(head, &h) {
		return signed{}, denied("its header cannot be read")
	}
	if h.Algorithm != "HS256" || h.Critical != nil {
		return signed{}, denied("must be signed with HS256, and need nothing that is critical")
	}
	sum, err := base64.RawURLEncoding.Strict().DecodeString(mac)
	if err != nil || !genuine(body, sum, w.Secrets) {
		return signed{}, denied("its signature is not by a secret of this widget")
	}
	var c tokenClaims
	if !decodePart(payload, &c) {
		return signed{}, denied("its claims cannot be read")
	}
	return c.check(w, now)
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func decodePart(part string, into any) bool {
	text, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into) == nil && !d.More()
}

// genuine reports whether one of the secrets made a signature. It takes as long
// whichever it is.
func genuine(body string, sum []byte, secrets []string) bool {
	good := false
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(body))
		good = hmac.Equal(mac.Sum(nil), sum) || good
	}
	return good
}

func (c *tokenClaims) check(w *directory.Widget, now time.Time) (signed, error) {
	issued, ok := moment(c.Issued)
	if !ok {
		return signed{}, denied("iat must be a time in seconds")
	}
	expires, ok := moment(c.Expires)
	if !ok {
		return signed{}, denied("exp must be a time in seconds")
	}
	from := issued
	if c.NotBefore != nil {
		if from, ok = moment(c.NotBefore); !ok {
			return signed{}, denied("nbf must be a time in seconds")
		}
	}
	switch {
	case c.Subject != string(w.ID):
		return signed{}, denied("sub must be the widget's id")
	case expires.Sub(issued) > maxTokenLife:
		return signed{}, denied("exp must be at most %v after iat", maxTokenLife)
	case !expires.After(issued):
		return signed{}, denied("exp must be after iat")
	case now.Before(issued.Add(-clockSkew)), now.Before(from.Add(-clockSkew)):
		return signed{}, denied("it is not good yet; are the clocks right?")
	case !now.Before(expires.Add(clockSkew)):
		return signed{}, denied("it has expired")
	}
	s := signed{CustomerID: c.CustomerID, Attributes: make(map[string]string, len(c.Attributes))}
	for k, v := range c.Attributes {
		text, ok := v.(string)
		if !ok {
			return signed{}, denied("the attribute %q must be a text", k)
		}
		s.Attributes[k] = text
	}
	return s, nil
}

// moment returns a time that is given in seconds since 1970.
func moment(n *json.Number) (time.Time, bool) {
	if n == nil {
		return time.Time{}, false
	}
	seconds, err := n.Float64()
	if err != nil || seconds < 0 || seconds > 1e11 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(seconds * 1000)), true
}
