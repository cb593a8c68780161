package contact_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

func TestTagsAreAddedAllOrNone(t *testing.T) {
	w := newWorld(t)
	d := contact.NewDraft(w.chat, w.now)
	good := map[string]string{"a": "", strings.Repeat("é", 128): strings.Repeat("é", 256)}
	if err := d.Tag(good); err != nil {
		t.Fatal(err)
	}
	w.apply(d)
	for name, bad := range map[string]map[string]string{
		"a seventh":        {"1": "", "2": "", "3": "", "4": "", "5": ""},
		"no key":           {"": "x"},
		"a key of ours":    {"aws:x": "y", "b": "c"},
		"a key too long":   {strings.Repeat("é", 129): "x"},
		"a value too long": {"b": strings.Repeat("é", 257)},
	} {
		d := contact.NewDraft(w.chat, w.now)
		if err := d.Tag(bad); fault.KindOf(err) != fault.Invalid || !maps.Equal(d.Chat().Details.Tags, good) {
			t.Errorf("%s: %v, and the tags are %v", name, err, d.Chat().Details.Tags)
		}
	}
}
