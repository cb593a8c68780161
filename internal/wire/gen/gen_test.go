package main

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden file")

// The golden file shows everything the generator can write; review its diff.
func TestGenerateParcels(t *testing.T) {
	model, err := os.ReadFile("testdata/parcels.json")
	if err != nil {
		t.Fatal(err)
	}
	files, err := generate("parcels", model, "*\nclient\nalways ListParcelsResponse.Parcels # they want it\n")
	if err != nil {
		t.Fatal(err)
	}
	m, err := load("parcels", model)
	if err != nil {
		t.Fatal(err)
	}
	files["parcels.gen.ts"] = []byte(m.typescript())
	var got bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		got.WriteString("-- " + name + " --\n")
		got.Write(files[name])
	}
	const golden = "testdata/parcels.golden"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("run with -update and review (-golden +generated):\n%s", diff)
	}
}

func TestGeneratedFilesAreCurrent(t *testing.T) {
	for service, file := range map[string]string{"connect": "connect.json", "participant": "connectparticipant.json"} {
		model, err := os.ReadFile(filepath.Join("../model", file))
		if err != nil {
			t.Fatal(err)
		}
		codecs, err := os.ReadFile(filepath.Join("..", service, "codecs.txt"))
		if err != nil {
			t.Fatal(err)
		}
		files, err := generate(service, model, string(codecs))
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range files {
			got, err := os.ReadFile(filepath.Join("..", service, name))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s/%s is old; run go generate ./internal/wire/...", service, name)
			}
		}
	}
}

func TestTypesOfPagesAreCurrent(t *testing.T) {
	model, err := os.ReadFile("../model/connectparticipant.json")
	if err != nil {
		t.Fatal(err)
	}
	m, err := load("participant", model)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../web/chat/wire/participant.gen.ts")
	if err != nil {
		t.Fatal(err)
	}
	if m.typescript() != string(got) {
		t.Error("participant.gen.ts is old; run go generate ./internal/wire/...")
	}
}

func TestModelsHaveNoProse(t *testing.T) {
	files, err := filepath.Glob("../model/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("models: %v, %v", files, err)
	}
	prose := regexp.MustCompile(`(?i)"documentation"|"[a-z]*message":"[^"]* [^"]* |<p>`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := prose.Find(text); found != nil {
			t.Errorf("%s has prose: %s", file, found)
		}
	}
}

func TestGenerateRefuses(t *testing.T) {
	model := func(shapes string) string {
		return `{"operations":{"Go":{"name":"Go","http":{"method":"GET","requestUri":"/go"},"input":{"shape":"In"}}},"shapes":{` + shapes + `}}`
	}
	tests := []struct{ name, model, codecs, want string }{
		{"an operation that is not there", model(`"In":{"type":"structure"}`), "Stop", "no operation Stop"},
		{"a list that is not there", model(`"In":{"type":"structure"}`), "always In.X", "In.X is not a list"},
		{"an unknown type", model(`"In":{"type":"blob"}`), "", `unknown type "blob"`},
		{"an unknown shape", model(`"In":{"type":"structure","members":{"A":{"shape":"Nope"}}}`), "", `unknown shape "Nope"`},
		{"a parameter that is not in the path", model(`"In":{"type":"structure","members":{"A":{"shape":"S","location":"uri","locationName":"A"}}},"S":{"type":"string"}`), "Go", "A is not in the path"},
		{"a lookahead in the middle", model(`"In":{"type":"structure","members":{"A":{"shape":"S"}}},"S":{"type":"string","pattern":"a(?!b)"}`), "", "invalid or unsupported Perl syntax"},
		{"two meanings of a name", model(`"In":{"type":"structure"},"InA":{"type":"structure"},"in":{"type":"string","enum":["A"]}`), "", "InA stands for two things"},
		{"text that is no model", `[]`, "", "cannot unmarshal"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := generate("x", []byte(tt.model), tt.codecs)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestTranslatedPatternsMatchTheSame(t *testing.T) {
	tests := []struct {
		pattern string
		yes, no []string
	}{
		{`^(?!aws:)[a-z:]+$`, []string{"team", "a:b"}, []string{"aws:x", "", "A"}},
		{`(?!aws:|connect:)[\u0020-\u007E]+$`, []string{"x y"}, []string{"aws:1", "connect:1", "é"}},
		{`^(?!\\.$)(?!\\.\\.$)[\\p{L}.]+$`, []string{"é", "a.", "..."}, []string{".", "..", "1"}},
		{`/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[a-zA-Z\d\S]{8,64}$/`, []string{"Abcdefg1", "1ABCDEFg!"}, []string{"abcdefg1", "Abcdefgh", "Abc1", "Abc defg1"}},
		{`\\+[1-9]\\d{1,14}$`, []string{"+491"}, []string{"491", "+0", "x+491"}},
		{`.*\\S.*`, []string{"a", " a ", "a\nb"}, []string{"", " \n"}},
		{`[a-f0-9]{2}`, []string{"a0"}, []string{"a0b", "xa0"}},
		{`(^[\S].*[\S]$)|(^[\S]$)`, []string{"a", "a b"}, []string{" a", "a ", ""}},
		{`^$|^[a-z]{3,}$`, []string{"", "abc"}, []string{"ab"}},
	}
	for _, tt := range tests {
		must, not, err := translate(tt.pattern)
		if err != nil {
			t.Errorf("translate(%s): %v", tt.pattern, err)
			continue
		}
		matches := func(s string) bool {
			for _, e := range must {
				if !regexp.MustCompile(e).MatchString(s) {
					return false
				}
			}
			for _, e := range not {
				if regexp.MustCompile(e).MatchString(s) {
					return false
				}
			}
			return true
		}
		for _, s := range tt.yes {
			if !matches(s) {
				t.Errorf("%s became %q and not %q, which refuse %q", tt.pattern, must, not, s)
			}
		}
		for _, s := range tt.no {
			if matches(s) {
				t.Errorf("%s became %q and not %q, which accept %q", tt.pattern, must, not, s)
			}
		}
	}
}
