package driver

import (
	"encoding/hex"
	"testing"

	"github.com/bellpull/bellpull/internal/contact"
)

func TestOnlyUUIDsAreTakenForUUIDs(t *testing.T) {
	const good = "01234567-89ab-4def-8123-456789abcdef"
	id, ok := parseUUID(good)
	if !ok || id.String() != good {
		t.Errorf("%s: got %s, %t", good, id, ok)
	}
	for _, bad := range []string{
		"", "01234567-89ab-4def-8123-456789abcde", good + "0", "0123456789ab-4def-8123-456789abcdef-",
		"01234567-89AB-4def-8123-456789abcdef", "01234567-89ab-4def-8123-456789abcdeg", "-11-1111-2222-3333-4444-555555555555",
		"01234567-89ab-4def-8123-45-789abcdef",
	} {
		if id, ok := parseUUID(bad); ok {
			t.Errorf("%q is taken for %s", bad, id)
		}
	}
}

// BenchmarkCodec encodes and decodes a message.
func BenchmarkCodec(b *testing.B) {
	body, err := hex.DecodeString(golden[0].body)
	if err != nil {
		b.Fatal(err)
	}
	var it contact.Item
	var dec Decoder
	b.ReportAllocs()
	for b.Loop() {
		if err := dec.Item(body, &it); err != nil {
			b.Fatal(err)
		}
		body = AppendItem(body[:0], &it)
	}
}
