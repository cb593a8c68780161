package directory

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

// WidgetID names a widget: a UUID.
type WidgetID string

// Widget is the chat window that a web site puts on its pages: who may open it,
// what its chats begin with, and how it looks.
type Widget struct {
	ID   WidgetID
	Name string
	// Flow is what its chats start with; empty is the instance's default.
	Flow contact.FlowID
	// Origins are those of the pages that may show it, such as
	// https://shop.example.org or https://*.example.org; * is every page.
	Origins []string
	// Secrets are what tokens of starts are signed with, the one to use first.
	// While they are changed there are two, and both count.
	Secrets []string
	// Signed demands a token for every start.
	Signed bool
	// Hours are when somebody answers; empty: nobody has said.
	Hours HoursID
	// ReplyTime tells customers how soon that is, in words.
	ReplyTime string
	// Persistent lets a customer's chats go on from the one before.
	Persistent bool
	// ContentTypes are what its chats take besides plain text.
	ContentTypes []string
	// Duration ends its chats; 0 is the usual one.
	Duration time.Duration
	// Look is how it looks: an object of JSON, or nothing. See CheckLook.
	Look string
}

// What a widget may have.
const (
	MaxWidgetOrigins = 50
	MaxWidgetSecrets = 2
	WidgetSecretSize = 44 // characters
	MaxReplyTime     = 200
	MaxLook          = 48 << 10 // bytes, a logo among them: each visitor loads it
)

// WidgetContentTypes are the types that a widget's chats can take besides plain
// text.
var WidgetContentTypes = []string{contact.Markdown, contact.Interactive, contact.InteractiveResponse}

// NewWidgetSecret returns a secret that nobody knows yet.
func NewWidgetSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return base64.StdEncoding.EncodeToString(b)
}

// Check returns what is wrong with the widget by itself, of kind Invalid and
// beginning with the name of the key in files and on the line.
func (w *Widget) Check() error {
	switch {
	case len(w.Origins) > MaxWidgetOrigins:
		return fault.Newf(fault.Invalid, "origins: a widget may have %d at most", MaxWidgetOrigins)
	case len(w.Secrets) > MaxWidgetSecrets:
		return fault.Newf(fault.Invalid, "secrets: a widget may have %d at most", MaxWidgetSecrets)
	case w.Signed && len(w.Secrets) == 0:
		return fault.Newf(fault.Invalid, "signed: needs a secret")
	case utf8.RuneCountInString(w.ReplyTime) > MaxReplyTime:
		return fault.Newf(fault.Invalid, "reply_time: must have at most %d characters", MaxReplyTime)
	case w.Duration != 0 && (w.Duration < contact.MinDuration || w.Duration > contact.MaxDuration):
		return fault.Newf(fault.Invalid, "duration: must be %v to %v", contact.MinDuration, contact.MaxDuration)
	}
	for i, o := range w.Origins {
		switch {
		case !validOrigin(o):
			return fault.Newf(fault.Invalid, "origins: %q must be an origin such as https://shop.example.org or https://*.example.org, or *", o)
		case slices.Contains(w.Origins[:i], o):
			return fault.Newf(fault.Invalid, "origins: %s is there twice", o)
		}
	}
	for i, s := range w.Secrets {
		if len(s) != WidgetSecretSize || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return fault.Newf(fault.Invalid, "secrets: each must have %d characters", WidgetSecretSize)
		}
		if slices.Contains(w.Secrets[:i], s) {
			return fault.Newf(fault.Invalid, "secrets: they must differ")
		}
	}
	for i, t := range w.ContentTypes {
		switch {
		case !slices.Contains(WidgetContentTypes, t):
			return fault.Newf(fault.Invalid, "content_types: %q must be one of %s", t, strings.Join(WidgetContentTypes, ", "))
		case slices.Contains(w.ContentTypes[:i], t):
			return fault.Newf(fault.Invalid, "content_types: %s is there twice", t)
		}
	}
	return CheckLook(w.Look)
}

// validOrigin reports whether s is an origin as browsers write it, one with a
// host of any name below another, or a star.
func validOrigin(s string) bool {
	if s == "*" {
		return true
	}
	s = strings.Replace(s, "://*.", "://any.", 1)
	u, err := url.Parse(s)
	return err == nil && usualPorts[u.Scheme] != "" && u.Hostname() != "" && u.Scheme+"://"+u.Host == s && strings.ToLower(s) == s &&
		u.Port() != usualPorts[u.Scheme] && !strings.HasSuffix(u.Host, ":") && !strings.ContainsFunc(s, func(r rune) bool { return r == '*' || r > '~' })
}

// usualPorts are those that browsers leave out of an origin.
var usualPorts = map[string]string{"https": "443", "http": "80"}

// Allows reports whether pages of an origin may show the widget.
func (w *Widget) Allows(origin string) bool {
	if origin == "" || origin == "null" {
		return slices.Contains(w.Origins, "*")
	}
	return slices.ContainsFunc(w.Origins, func(o string) bool {
		scheme, parent, wild := strings.Cut(o, "://*.")
		if !wild {
			return o == "*" || o == origin
		}
		host, found := strings.CutPrefix(origin, scheme+"://")
		name, below := strings.CutSuffix(host, "."+parent)
		return found && below && name != "" && !strings.ContainsAny(name, "/@:?#")
	})
}

// Rotate puts a secret before the one that was in use, which counts on. An older
// one does not.
func (w *Widget) Rotate(secret string) {
	w.Secrets = append([]string{secret}, w.Secrets[:min(len(w.Secrets), MaxWidgetSecrets-1)]...)
}

// Types returns the content types of the widget's chats.
func (w *Widget) Types() []string { return append([]string{contact.PlainText}, w.ContentTypes...) }

// The parts of a look that are checked: those whose form must be right for pages
// to show anything. Every key may be left out, and others are left to the pages.
type look struct {
	Title         string
	Welcome       string
	Colors        map[string]string
	Theme         string
	Font          string
	Radius        float64
	Position      string
	Offset        struct{ X, Y float64 }
	Logo          string
	LauncherLabel string
	Language      string
	Strings       map[string]map[string]string
	Form          []lookField
	Consent       *struct{ Text, Link string }
	Receipts      bool
	Typing        bool
	Sounds        bool
	Transcript    bool
	Emoji         bool
	Hide          struct {
		Paths  []string
		Mobile bool
	}
}

type lookField struct {
	Name, Label, Type string
	Required          bool
	Options           []string
	Autocomplete      string
}

// What a look may have.
const (
	maxRadius     = 24
	maxFormFields = 20
)

var (
	lookThemes    = []string{"", "auto", "light", "dark"}
	lookPositions = []string{"", "right", "left"}
	fieldTypes    = []string{"text", "email", "tel", "select", "textarea", "checkbox"}
)

// CheckLook returns what is wrong with a widget's look, of kind Invalid. A logo
// or a link must not run anything, nor lead a visitor's browser to strangers
// unasked.
func CheckLook(text string) error {
	if text == "" {
		return nil
	}
	if len(text) > MaxLook {
		return fault.Newf(fault.Invalid, "look: must have at most %d bytes", MaxLook)
	}
	var l look
	if !bytes.HasPrefix(bytes.TrimSpace([]byte(text)), []byte("{")) {
		return fault.Newf(fault.Invalid, "look: must be an object")
	}
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return fault.Newf(fault.Invalid, "look: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	for key, color := range l.Colors {
		if !validColor(color) {
			return fault.Newf(fault.Invalid, "look: colors.%s: %q must be a color such as #0b6e4f", key, color)
		}
	}
	switch {
	case !slices.Contains(lookThemes, l.Theme):
		return fault.Newf(fault.Invalid, "look: theme: must be auto, light or dark")
	case !slices.Contains(lookPositions, l.Position):
		return fault.Newf(fault.Invalid, "look: position: must be right or left")
	case l.Radius < 0 || l.Radius > maxRadius:
		return fault.Newf(fault.Invalid, "look: radius: must be 0 to %d", maxRadius)
	case !validLogo(l.Logo):
		return fault.Newf(fault.Invalid, "look: logo: must be a data: URL of an image, or a path such as /logo.svg")
	case l.Consent != nil && l.Consent.Text == "":
		return fault.Newf(fault.Invalid, "look: consent: needs a text")
	case l.Consent != nil && l.Consent.Link != "" && !validLink(l.Consent.Link):
		return fault.Newf(fault.Invalid, "look: consent.link: must be an address such as https://shop.example.org/privacy")
	case len(l.Form) > maxFormFields:
		return fault.Newf(fault.Invalid, "look: form: may have %d fields at most", maxFormFields)
	}
	return checkForm(l.Form)
}

func checkForm(fields []lookField) error {
	names := map[string]bool{}
	for _, f := range fields {
		switch {
		case !contact.ValidAttributeName(f.Name):
			return fault.Newf(fault.Invalid, "look: form: the name %q must consist of letters, digits, - and _", f.Name)
		case names[f.Name]:
			return fault.Newf(fault.Invalid, "look: form: there are two fields %s", f.Name)
		case f.Label == "":
			return fault.Newf(fault.Invalid, "look: form: the field %s needs a label", f.Name)
		case !slices.Contains(fieldTypes, f.Type):
			return fault.Newf(fault.Invalid, "look: form: the type of %s must be one of %s", f.Name, strings.Join(fieldTypes, ", "))
		case (f.Type == "select") != (len(f.Options) > 0):
			return fault.Newf(fault.Invalid, "look: form: options are for fields of type select, which need some; see %s", f.Name)
		}
		names[f.Name] = true
	}
	return nil
}

// validColor reports whether s is a color in hexadecimal digits.
func validColor(s string) bool {
	digits, ok := strings.CutPrefix(s, "#")
	return ok && slices.Contains([]int{3, 6}, len(digits)) && strings.Trim(strings.ToLower(digits), "0123456789abcdef") == ""
}

// logoTypes are images that run nothing where a page shows them as an image.
var logoTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/svg+xml"}

func validLogo(s string) bool {
	if data, ok := strings.CutPrefix(s, "data:"); ok {
		kind, _, comma := strings.Cut(data, ",")
		kind, _, _ = strings.Cut(kind, ";")
		return comma && slices.Contains(logoTypes, kind)
	}
	return s == "" || localPath(s)
}

func validLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" || localPath(s)
}

// localPath reports whether s is an absolute path, which no browser takes for
// another host.
func localPath(s string) bool {
	return path.IsAbs(s) && !strings.HasPrefix(s, "//") && !strings.Contains(s, `\`)
}
