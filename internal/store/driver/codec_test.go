package driver

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/contact"
)

// golden are items and their bodies in version 1, which is never changed.
var golden = []struct {
	name string
	item contact.Item
	body string
}{
	{
		"a customer's message",
		contact.Item{
			ID: itemID("019d38f2-bb80-7abc-8def-0123456789ab"), At: time.UnixMilli(0x019d38f2bb80).UTC(),
			Kind: contact.Message, Type: contact.PlainText, Text: "Grüße",
			By: "11111111-2222-4333-8444-555555555555", Role: contact.Customer, Name: "Ada",
			Contact: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", Token: 300,
		},
		"01" + "01" + "00" + "019d38f2bb807abc8def0123456789ab" + "00" + "ac02" +
			"05" + "02" + "11111111222243338444555555555555" + "3d" + "0c" + "416461" + "02" + "aaaaaaaabbbb4ccc8dddeeeeeeeeeeee" +
			"4772c3bcc39f65",
	},
	{
		"an event for agents, later than its id",
		contact.Item{
			ID: itemID("019d38f2-bb80-7abc-8def-0123456789ab"), At: time.UnixMilli(0x019d38f2bb81).UTC(),
			Kind: contact.Event, Type: contact.ParticipantJoined, Visibility: contact.ToAgents,
			By: "AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee", Role: contact.System, Name: contact.SystemName,
		},
		"01" + "02" + "02" + "019d38f2bb807abc8def0123456789ab" + "02" + "00" +
			"2d" + "9001" + hex.EncodeToString([]byte("AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee")) + "45" + "51" + "01",
	},
}

func itemID(s string) contact.ItemID {
	id, ok := contact.ParseItemID(s)
	if !ok {
		panic(s)
	}
	return id
}

func TestItemVersion1IsReadAndWrittenAsEver(t *testing.T) {
	for _, test := range golden {
		t.Run(test.name, func(t *testing.T) {
			if got := hex.EncodeToString(AppendItem(nil, &test.item)); got != test.body {
				t.Errorf("body\n got %s\nwant %s", got, test.body)
			}
			body, err := hex.DecodeString(test.body)
			if err != nil {
				t.Fatal(err)
			}
			var it contact.Item
			if err := new(Decoder).Item(body, &it); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.item, it); diff != "" {
				t.Errorf("item (-want +got):\n%s", diff)
			}
			if at, err := ItemTime(body); err != nil || !at.Equal(test.item.At) {
				t.Errorf("time %v, error %v, want %v", at, err, test.item.At)
			}
		})
	}
}

// The numbers of words are in every stored item.
func TestWordsKeepTheirNumbers(t *testing.T) {
	want := strings.Join([]string{
		"", "text/plain", "text/markdown", "application/json",
		"application/vnd.amazonaws.connect.message.interactive", "application/vnd.amazonaws.connect.message.interactive.response",
		"application/vnd.amazonaws.connect.event.typing", "application/vnd.amazonaws.connect.event.message.delivered",
		"application/vnd.amazonaws.connect.event.message.read", "application/vnd.amazonaws.connect.event.message.metadata",
		"application/vnd.amazonaws.connect.event.connection.acknowledged", "application/vnd.amazonaws.connect.event.participant.joined",
		"application/vnd.amazonaws.connect.event.participant.left", "application/vnd.amazonaws.connect.event.participant.invited",
		"application/vnd.amazonaws.connect.event.chat.ended",
		"CUSTOMER", "AGENT", "SYSTEM", "CUSTOM_BOT", "SUPERVISOR", "SYSTEM_MESSAGE",
	}, "\n")
	if got := strings.Join(words[:], "\n"); !strings.HasPrefix(got, want) {
		t.Errorf("words are\n%s\nand must begin with\n%s", got, want)
	}
}

func TestItemsOfANewerProgramAreRefused(t *testing.T) {
	newer := AppendItem(nil, &golden[0].item)
	newer[0]++
	word := bytes.Replace(AppendItem(nil, &golden[0].item), []byte{0x3d, 0x0c}, []byte{0xfd, 0x7f, 0x0c}, 1)
	for name, body := range map[string][]byte{"version": newer, "word": word} {
		err := new(Decoder).Item(body, new(contact.Item))
		if err == nil || !strings.Contains(err.Error(), "run a newer program") {
			t.Errorf("%s: error %v, want advice to run a newer program", name, err)
		}
	}
}

// One Decoder reads many items, more different words than it remembers.
func TestDecoderRemembersTheRightWords(t *testing.T) {
	var dec Decoder
	ids := contact.SeededIDs(1)
	var names []string
	for range 40 {
		names = append(names, ids.New())
	}
	for round := range 3 {
		for i := range names {
			want := contact.Item{
				By: contact.ParticipantID(names[i]), Name: names[i][:i%36], Contact: contact.ID(names[(i*7+round)%len(names)]),
				At: time.UnixMilli(0).UTC(),
			}
			var got contact.Item
			if err := dec.Item(AppendItem(nil, &want), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("item %d of round %d (-want +got):\n%s", i, round, diff)
			}
		}
	}
}

// FuzzItem reads anything; what can be read is written and read again alike.
func FuzzItem(f *testing.F) {
	for _, test := range golden {
		body, err := hex.DecodeString(test.body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
		f.Add(body[:30])
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		var first, second contact.Item
		if err := new(Decoder).Item(body, &first); err != nil {
			return
		}
		if at, err := ItemTime(body); err != nil || !at.Equal(first.At) {
			t.Errorf("time alone is %v, error %v, and in the item %v", at, err, first.At)
		}
		if err := new(Decoder).Item(AppendItem(nil, &first), &second); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("written and read again (-first +second):\n%s", diff)
		}
	})
}
