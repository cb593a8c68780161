package attachments

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

func TestCheckContent(t *testing.T) {
	const docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	exe := "MZ\x90\x00" + strings.Repeat("\x00", 60) + "PE"
	for _, c := range []struct {
		name, contentType, head string
		good                    bool
	}{
		{"an image", "image/png", "\x89PNG\r\n\x1a\nxx", true},
		{"an image of another format", "image/jpeg", "\x89PNG\r\n\x1a\nxx", true},
		{"a photo of a phone", "image/heic", "\x00\x00\x00\x18ftypheic", true},
		{"a photo as a video", "video/mp4", "\x00\x00\x00\x18ftypheic", false},
		{"a video", "video/quicktime", "\x00\x00\x00\x14ftypqt  ", true},
		{"a sound", "audio/wav", "RIFF\x00\x00\x00\x00WAVEfmt ", true},
		{"a document", docx, "PK\x03\x04xx", true},
		{"an old document", "application/msword", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", true},
		{"an archive as an image", "image/png", "PK\x03\x04xx", false},
		{"rich text by its old name", "text/richtext", `{\rtf1`, true},
		{"a text", "text/plain", "hello", true},
		{"a text that begins as a program does", "text/plain", "MZ is the name of the file that " + strings.Repeat("x", 100), true},
		{"a script as a text", "text/plain", "#!/bin/sh", true},
		{"a table in UTF-16", "text/csv", "\xff\xfea\x00,\x00", true},
		{"five bytes of nothing known", "image/png", "12345", true},
		{"a program as an image", "image/png", exe, false},
		{"a program as a document", docx, exe, false},
		{"a program as a text", "text/plain", "\x7fELF\x02", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := checkContent(&contact.File{Type: c.contentType}, []byte(c.head))
			if (err == nil) != c.good {
				t.Errorf("error %v, want good: %v", err, c.good)
			}
		})
	}
}

// exact hands out what was announced, byte for byte, however it comes.
func TestExact(t *testing.T) {
	long := strings.Repeat("0123456789", 200)
	for _, c := range []struct {
		name, body string
		size       int64
		good       bool
	}{
		{"one byte", "x", 1, true},
		{"a long one", long, 2000, true},
		{"as much as is looked at", long[:sniffBytes], sniffBytes, true},
		{"too few", long, 2001, false},
		{"too many", long, 1999, false},
		{"none", "", 1, false},
		{"one too many", "xy", 1, false},
	} {
		for how, wrap := range map[string]func(io.Reader) io.Reader{
			"at once": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader, "with the end": iotest.DataErrReader,
		} {
			t.Run(c.name+" "+how, func(t *testing.T) {
				got, err := io.ReadAll(&exact{r: wrap(strings.NewReader(c.body)), f: &contact.File{Type: "text/plain", Size: c.size}, left: c.size})
				if c.good && (err != nil || string(got) != c.body) || !c.good && fault.KindOf(err) != fault.Invalid {
					t.Errorf("got %d bytes, %v", len(got), err)
				}
			})
		}
	}
}

func TestDisposition(t *testing.T) {
	for name, want := range map[string]string{
		"a b.png":  `attachment; filename="a b.png"`,
		`a"/\.png`: `attachment; filename="a___.png"; filename*=UTF-8''a%22%2F%5C.png`,
		"ünï.pdf":  `attachment; filename="_n_.pdf"; filename*=UTF-8''%C3%BCn%C3%AF.pdf`,
		"100%.csv": `attachment; filename="100_.csv"; filename*=UTF-8''100%25.csv`,
	} {
		if got := disposition(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
