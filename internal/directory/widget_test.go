package directory

import (
	"strings"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

func TestWhatMayBeSaidOfAWidget(t *testing.T) {
	secret := strings.Repeat("s", WidgetSecretSize)
	for name, c := range map[string]struct {
		widget Widget
		wrong  string // how the fault begins; empty: there is none
	}{
		"nothing at all":                 {Widget{}, ""},
		"all of it":                      {Widget{Origins: []string{"*", "https://a.example.org:8443"}, Secrets: []string{secret, NewWidgetSecret()}, Signed: true, Duration: time.Hour, ContentTypes: WidgetContentTypes}, ""},
		"a token without secret":         {Widget{Signed: true}, "signed: "},
		"a short secret":                 {Widget{Secrets: []string{"short"}}, "secrets: "},
		"the same secret twice":          {Widget{Secrets: []string{secret, secret}}, "secrets: "},
		"a third secret":                 {Widget{Secrets: []string{secret, NewWidgetSecret(), NewWidgetSecret()}}, "secrets: "},
		"an origin with a path":          {Widget{Origins: []string{"https://a.example.org/"}}, "origins: "},
		"an origin of stars":             {Widget{Origins: []string{"https://*"}}, "origins: "},
		"stars within a name":            {Widget{Origins: []string{"https://*.*.example.org"}}, "origins: "},
		"an origin in capitals":          {Widget{Origins: []string{"https://A.example.org"}}, "origins: "},
		"a port that browsers leave out": {Widget{Origins: []string{"https://a.example.org:443"}}, "origins: "},
		"a host as nobody sends it":      {Widget{Origins: []string{"https://bücher.example.org"}}, "origins: "},
		"another scheme":                 {Widget{Origins: []string{"ftp://a.example.org"}}, "origins: "},
		"an origin twice":                {Widget{Origins: []string{"*", "*"}}, "origins: "},
		"too many origins":               {Widget{Origins: make([]string, MaxWidgetOrigins+1)}, "origins: "},
		"another content type":           {Widget{ContentTypes: []string{contact.PlainText}}, "content_types: "},
		"a chat of minutes":              {Widget{Duration: time.Minute}, "duration: "},
		"a long reply time":              {Widget{ReplyTime: strings.Repeat("ü", MaxReplyTime+1)}, "reply_time: "},
		"a broken look":                  {Widget{Look: "[]"}, "look: "},
	} {
		err := c.widget.Check()
		if (c.wrong == "") != (err == nil) || err != nil && (!strings.HasPrefix(err.Error(), c.wrong) || fault.KindOf(err) != fault.Invalid) {
			t.Errorf("%s: %v, want %q", name, err, c.wrong)
		}
	}
}

func TestLooks(t *testing.T) {
	for look, ok := range map[string]bool{
		`{}`: true,
		`{"title":"Hi","theme":"dark","position":"left","radius":24,"offset":{"x":1.5},"colors":{"accent":"#0b6e4f"},"later":[1]}`:  true,
		`{"form":[{"name":"topic","label":"Topic","type":"select","options":["a"]},{"name":"mail","label":"Mail","type":"email"}]}`: true,
		`{"logo":"/logo.svg","consent":{"text":"I agree","link":"https://example.org/privacy"}}`:                                    true,
		`{"logo":"data:image/svg+xml;base64,PHN2Zy8+"}`:                                                                             true,

		`null`:               false,
		`{"title":1}`:        false,
		`{"theme":"blue"}`:   false,
		`{"position":"top"}`: false,
		`{"radius":25}`:      false,
		`{"colors":{"accent":"red;background:url(x)"}}`:                                            false,
		`{"logo":"https://elsewhere.example/x.png"}`:                                               false,
		`{"logo":"//elsewhere.example/x.png"}`:                                                     false,
		`{"logo":"data:text/html,<script>"}`:                                                       false,
		`{"consent":{"text":"x","link":"javascript:1"}}`:                                           false,
		`{"consent":{"link":"/privacy"}}`:                                                          false,
		`{"form":[{"name":"a b","label":"A","type":"text"}]}`:                                      false,
		`{"form":[{"name":"a","label":"A","type":"file"}]}`:                                        false,
		`{"form":[{"name":"a","label":"A","type":"select"}]}`:                                      false,
		`{"form":[{"name":"a","label":"A","type":"text"},{"name":"a","label":"A","type":"text"}]}`: false,
		`{"form":[{"name":"a","label":"","type":"text"}]}`:                                         false,
		`{"title":"` + strings.Repeat("x", MaxLook) + `"}`:                                         false,
	} {
		if err := CheckLook(look); (err == nil) != ok {
			t.Errorf("%.80s: %v", look, err)
		}
	}
}

func TestWhichPagesMayShowAWidget(t *testing.T) {
	for _, c := range []struct {
		allowed, origin string
		want            bool
	}{
		{"https://shop.example.org", "https://shop.example.org", true},
		{"https://shop.example.org", "http://shop.example.org", false},
		{"https://shop.example.org", "https://shop.example.org:8443", false},
		{"https://shop.example.org", "https://shop.example.org.evil.test", false},
		{"https://*.example.org", "https://shop.example.org", true},
		{"https://*.example.org", "https://a.b.example.org", true},
		{"https://*.example.org", "https://example.org", false},
		{"https://*.example.org", "https://.example.org", false},
		{"https://*.example.org", "http://shop.example.org", false},
		{"https://*.example.org", "https://evilexample.org", false},
		{"https://*.example.org", "https://evil.test/.example.org", false},
		{"https://*.example.org", "https://evil.test#.example.org", false},
		{"*", "https://anything.test", true},
		{"*", "null", true},
		{"*", "", true},
		{"https://shop.example.org", "", false},
		{"https://shop.example.org", "null", false},
	} {
		if got := (&Widget{Origins: []string{c.allowed}}).Allows(c.origin); got != c.want {
			t.Errorf("%s for pages of %q: %v", c.allowed, c.origin, got)
		}
	}
}

func TestASecretCountsOnUntilTheNextIsChanged(t *testing.T) {
	w := Widget{}
	for _, s := range []string{"a", "b", "c"} {
		w.Rotate(s)
	}
	if got := strings.Join(w.Secrets, " "); got != "c b" {
		t.Errorf("secrets %q", got)
	}
}
