package callout

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		as           ResponseType
		want         Values
		err          string
	}{
		{"texts", `{"state":"DELAYED","tier":"GOLD"}`, StringMap, Values{"state": "DELAYED", "tier": "GOLD"}, ""},
		{"nothing", `{}`, StringMap, Values{}, ""},
		{"numbers and booleans become texts", `{"n":1.50,"big":12345678901234567890,"yes":true,"no":false}`, StringMap, Values{"n": "1.50", "big": "12345678901234567890", "yes": "true", "no": "false"}, ""},
		{"null is left out", `{"a":null,"b":"c"}`, StringMap, Values{"b": "c"}, ""},
		{"odd keys are reached in brackets", `{"my key.$":"x"}`, StringMap, Values{"my key.$": "x"}, ""},
		{"space around", " {\"a\":\"b\"} \n", StringMap, Values{"a": "b"}, ""},
		{"an object within a map", `{"a":{"b":"c"}}`, StringMap, nil, `"a" is nested`},
		{"a list within a map", `{"a":["b"]}`, StringMap, nil, `"a" is nested`},
		{"an empty key", `{"":"b"}`, StringMap, nil, "a key is empty"},
		{"nested JSON", `{"Name":{"First":"Ada"},"n":[1,null,true]}`, JSON, Values{"Name": map[string]any{"First": "Ada"}, "n": []any{json.Number("1"), nil, true}}, ""},
		{"a list", `["a"]`, JSON, nil, "not an object"},
		{"a text", `"a"`, StringMap, nil, "not an object"},
		{"null", `null`, JSON, nil, "not an object"},
		{"no answer", ``, StringMap, nil, "not JSON"},
		{"not JSON", `<html>`, StringMap, nil, "not JSON"},
		{"two answers", `{} {}`, StringMap, nil, "something follows"},
		{"not UTF-8", "{\"a\":\"\xff\"}", StringMap, nil, "not UTF-8"},
		{"the longest", `{"a":"` + strings.Repeat("x", maxAnswer-8) + `"}`, StringMap, Values{"a": strings.Repeat("x", maxAnswer-8)}, ""},
		{"too long", `{"a":"` + strings.Repeat("x", maxAnswer-7) + `"}`, StringMap, nil, "longer than 32768"},
		{"too deep", strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33), JSON, nil, "nested more than 32 deep"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseAnswer([]byte(tt.answer), tt.as)
			if tt.err != "" {
				if !errors.Is(err, ErrAnswer) || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want ErrAnswer with %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParseAnswer(f *testing.F) {
	for _, s := range []string{`{"a":"b","c":1,"d":null}`, `{"a":{"b":[1,true]}}`, `[]`, `{"a":1e999}`, `{"a":"\ud800"}`, strings.Repeat(`{"a":`, 50)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		flat, err := parseAnswer(data, StringMap)
		if err == nil {
			for k, v := range flat {
				if _, ok := v.(string); !ok || k == "" {
					t.Fatalf("%q: %v in a map of texts", k, v)
				}
			}
		} else if !errors.Is(err, ErrAnswer) {
			t.Fatalf("error %v, want ErrAnswer", err)
		}
		nested, err := parseAnswer(data, JSON)
		if flat != nil && err != nil {
			t.Fatalf("a map of texts is JSON, too: %v", err)
		}
		if err == nil {
			if deeper(map[string]any(nested), maxDepth) {
				t.Fatal("too deep")
			}
			if _, err := encode(nested); err != nil {
				t.Fatalf("it cannot be written again: %v", err)
			}
		}
	})
}
