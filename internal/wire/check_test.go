package wire

import (
	"errors"
	"strings"
	"testing"
)

func TestCheckErrorsNameThePath(t *testing.T) {
	err := At("List", AtIndex(3, At("Map", AtKey("k", Missing("Name")))))
	if got, want := err.Error(), `List[3].Map["k"].Name: is required`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	err = At("List", AtIndex(0, CheckLength("", 1, 5)))
	if got, want := err.Error(), `List[0]: must have at least 1 character`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := AtKey(strings.Repeat("é", 1000), Missing("x")).Error(); len(got) > 200 {
		t.Errorf("a long key is repeated in full: %d bytes", len(got))
	}
	other := errors.New("other")
	if got := At("x", other); !errors.Is(got, other) {
		t.Errorf("At changed a foreign error to %v", got)
	}
}

func TestLengthsCountCharacters(t *testing.T) {
	tests := []struct {
		s           string
		least, most int
		want        string
	}{
		{"", 0, -1, ""},
		{"ééééé", 5, 5, ""},
		{"😀😀😀😀😀", 5, 5, ""},
		{"ééééé", 6, -1, "must have at least 6 characters"},
		{"éééééé", 0, 5, "must have at most 5 characters"},
		{"", 1, 1, "must have at least 1 character"},
		{"ab", 1, 1, "must have at most 1 character"},
	}
	for _, tt := range tests {
		got := ""
		if err := CheckLength(tt.s, tt.least, tt.most); err != nil {
			got = strings.TrimPrefix(err.Error(), ": ")
		}
		if got != tt.want {
			t.Errorf("CheckLength(%q, %d, %d) = %q, want %q", tt.s, tt.least, tt.most, got, tt.want)
		}
	}
}

func TestNumbersAndSizesHaveBounds(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{CheckLeast(int32(5), 5), ""},
		{CheckLeast(int32(4), 5), ": must be at least 5"},
		{CheckMost(1.5, 1.5), ""},
		{CheckMost(int64(6), 5), ": must be at most 5"},
		{CheckSize(1, 1, 1), ""},
		{CheckSize(0, 1, -1), ": must have at least 1 member"},
		{CheckSize(3, 0, 2), ": must have at most 2 members"},
	} {
		got := ""
		if tt.err != nil {
			got = tt.err.Error()
		}
		if got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
