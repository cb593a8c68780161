package widgetapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

const (
	newSecret = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
	oldSecret = "oooooooooooooooooooooooooooooooooooooooooooo"
)

func jwt(header, claims, secret string) string {
	enc := base64.RawURLEncoding
	body := enc.EncodeToString([]byte(header)) + "." + enc.EncodeToString([]byte(claims))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return body + "." + enc.EncodeToString(mac.Sum(nil))
}

func TestTokensOfStarts(t *testing.T) {
	const good = `{"alg":"HS256","typ":"JWT"}`
	w := &directory.Widget{ID: "00000000-0000-4000-8000-000000000001", Secrets: []string{newSecret, oldSecret}, Signed: true}
	now := time.Unix(1767225600, 0)
	at := func(iat, exp int, more string) string {
		return fmt.Sprintf(`{"sub":"%s","iat":%d,"exp":%d%s}`, w.ID, now.Unix()+int64(iat), now.Unix()+int64(exp), more)
	}
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(at(0, 600, ""))) + "."
	for name, c := range map[string]struct {
		token string
		want  string // of the refusal; empty: it is taken
	}{
		"ten minutes":                       {jwt(good, at(0, 600, ""), newSecret), ""},
		"by the secret that is going":       {jwt(good, at(0, 600, ""), oldSecret), ""},
		"by a clock that is a little ahead": {jwt(good, at(25, 325, ""), newSecret), ""},
		"just over, by our clock":           {jwt(good, at(-600, -20, ""), newSecret), ""},
		"fractions of seconds":              {jwt(good, fmt.Sprintf(`{"sub":"%s","iat":%d.5,"exp":%d.25}`, w.ID, now.Unix(), now.Unix()+60), newSecret), ""},
		"no typ":                            {jwt(`{"alg":"HS256"}`, at(0, 60, ""), newSecret), ""},

		"by another secret":        {jwt(good, at(0, 600, ""), strings.Repeat("x", 44)), "signature"},
		"without signature":        {none, "HS256"},
		"as none, but signed":      {jwt(`{"alg":"none"}`, at(0, 600, ""), newSecret), "HS256"},
		"as HS512":                 {jwt(`{"alg":"HS512"}`, at(0, 600, ""), newSecret), "HS256"},
		"with a critical header":   {jwt(`{"alg":"HS256","crit":["b64"],"b64":false}`, at(0, 600, ""), newSecret), "critical"},
		"of eleven minutes":        {jwt(good, at(0, 660, ""), newSecret), "at most"},
		"that ends as it begins":   {jwt(good, at(0, 0, ""), newSecret), "after iat"},
		"of the future":            {jwt(good, at(60, 120, ""), newSecret), "not good yet"},
		"not before the future":    {jwt(good, at(0, 600, `,"nbf":1767225700`), newSecret), "not good yet"},
		"that has expired":         {jwt(good, at(-600, -60, ""), newSecret), "expired"},
		"without iat":              {jwt(good, fmt.Sprintf(`{"sub":"%s","exp":%d}`, w.ID, now.Unix()+60), newSecret), "iat"},
		"without exp":              {jwt(good, fmt.Sprintf(`{"sub":"%s","iat":%d}`, w.ID, now.Unix()), newSecret), "exp"},
		"with a time as text":      {jwt(good, fmt.Sprintf(`{"sub":"%s","iat":"now","exp":1}`, w.ID), newSecret), "claims"},
		"with an endless time":     {jwt(good, fmt.Sprintf(`{"sub":"%s","iat":1e300,"exp":1e300}`, w.ID), newSecret), "iat"},
		"of another widget":        {jwt(good, `{"sub":"other","iat":1767225600,"exp":1767225660}`, newSecret), "sub"},
		"with a number":            {jwt(good, at(0, 60, `,"attributes":{"age":7}`), newSecret), `"age"`},
		"with null":                {jwt(good, at(0, 60, `,"attributes":{"age":null}`), newSecret), `"age"`},
		"with a list":              {jwt(good, at(0, 60, `,"attributes":["a"]`), newSecret), "claims"},
		"that is too long":         {jwt(good, at(0, 60, `,"attributes":{"a":"`+strings.Repeat("x", 6000)+`"}`), newSecret), "6144"},
		"of two parts":             {"a.b", "JWT"},
		"of four parts":            {"a." + jwt(good, at(0, 60, ""), newSecret), "header"},
		"with bits to spare":       {jwt(good, at(0, 60, ""), newSecret) + "=", "signature"},
		"that is empty":            {".", "JWT"},
		"with a header of nothing": {jwt("null", at(0, 60, ""), newSecret), "HS256"},
		"with more behind claims":  {jwt(good, at(0, 60, "")+"{}", newSecret), "claims"},
	} {
		_, err := readToken(c.token, w, now)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("a token %s: %v", name, err)
		case c.want != "" && (err == nil || fault.KindOf(err) != fault.Denied || !strings.Contains(err.Error(), c.want)):
			t.Errorf("a token %s: %v, want %s", name, err, c.want)
		}
	}
	got, err := readToken(jwt(good, at(0, 60, `,"customerId":"c-7","attributes":{"plan":"gold"}`), newSecret), w, now)
	if diff := cmp.Diff(signed{map[string]string{"plan": "gold"}, "c-7"}, got); diff != "" || err != nil {
		t.Errorf("what a token says: %v\n%s", err, diff)
	}
	bare := &directory.Widget{ID: w.ID}
	if _, err := readToken(jwt(good, at(0, 60, ""), ""), bare, now); fault.KindOf(err) != fault.Denied {
		t.Errorf("a widget without secrets takes a token by none: %v", err)
	}
}
