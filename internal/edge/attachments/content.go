package attachments

import (
	"bytes"
	"slices"
	"strings"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

// sniffBytes is how much of a file is looked at.
const sniffBytes = 512

// family is a sort of content, told by its first bytes.
type family string

const (
	picture  family = "an image"
	document family = "a document" // an archive, too: many documents are one
	richText family = "rich text"
	media    family = "sound or video"
	program  family = "a program"
)

// signatures are the first bytes of well-known formats.
var signatures = []struct {
	at    int
	bytes string
	is    family
}{
	{0, "\x89PNG\r\n\x1a\n", picture},
	{0, "\xff\xd8\xff", picture},
	{0, "GIF8", picture},
	{8, "WEBP", picture},
	{0, "%PDF-", document},
	{0, "PK\x03\x04", document},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", document},
	{0, `{\rtf`, richText},
	{8, "WAVEfmt ", media},
	{0, "OggS", media},
	{0, "\x1aE\xdf\xa3", media},
	{0, "ID3", media},
	{0, "\x7fELF", program},
	{0, "MZ", program},
	{0, "\xfe\xed\xfa\xce", program},
	{0, "\xfe\xed\xfa\xcf", program},
	{0, "\xce\xfa\xed\xfe", program},
	{0, "\xcf\xfa\xed\xfe", program},
	{0, "\xca\xfe\xba\xbe", program},
}

// families are what content may be told to be, by what its type begins with. What
// is told to be nothing known is taken.
var families = []struct {
	prefix string
	may    []family
}{
	{"image/", []family{picture}},
	{"audio/", []family{media}},
	{"video/", []family{media}},
	{"text/", []family{richText}},
	{"application/", []family{document, richText}},
}

// checkContent refuses a file whose first bytes are those of something else than
// what was announced.
func checkContent(f *contact.File, head []byte) error {
	is := tell(head)
	if is == "" {
		return nil
	}
	for _, known := range families {
		if strings.HasPrefix(strings.ToLower(f.Type), known.prefix) && slices.Contains(known.may, is) {
			return nil
		}
	}
	return fault.Newf(fault.Invalid, "the file was announced as %s, and its first bytes are those of %s", f.Type, is)
}

// tell returns what the first bytes of a file are known for; empty: for nothing.
func tell(head []byte) family {
	if len(head) >= 12 && bytes.Equal(head[4:8], []byte("ftyp")) { // of MP4, QuickTime and HEIF
		switch string(head[8:12]) {
		case "heic", "heix", "hevc", "heim", "heis", "mif1", "msf1", "avif":
			return picture
		}
		return media
	}
	for _, s := range signatures {
		if len(head) >= s.at && bytes.HasPrefix(head[s.at:], []byte(s.bytes)) {
			if s.bytes == "MZ" && !executable(head) {
				continue
			}
			return s.is
		}
	}
	return ""
}

// executable reports whether a file that begins with MZ is a program: such a text
// holds no byte 0 in what would be its header.
func executable(head []byte) bool { return len(head) >= 64 && bytes.IndexByte(head[:64], 0) >= 0 }
