package password

import (
	"strings"
	"testing"
)

func TestPasswordsThatPeopleChoose(t *testing.T) {
	for chosen, want := range map[string]string{
		"correct horse battery":      "",
		"ghetto-blåbær":              "",
		"Mia-and-her-seven-cats":     "",
		"short":                      "at least",
		"ten chars ":                 "",
		"aaaaaaaaaaaaaaa":            "guess",
		"abababababab":               "guess",
		"password123456":             "guess",
		"Password1234!":              "guess",
		"miaexample2026":             "guess",
		"Bellpull-1":                 "guess",
		"\xff\xfe and so on and on":  "text",
		strings.Repeat("ab cdé", 50): "at most",
	} {
		got := Weakness(chosen, "mia", "Mia", "Example")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%.30q: %q, want %q", chosen, got, want)
		}
	}
}
