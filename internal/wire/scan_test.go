package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// point is what a generated decoder looks like.
type point struct {
	Name string
	Note *string
	Size *int32
	Big  *int64
	Rate *float64
	On   *bool
	At   time.Time
	Tags []string
	Map  map[string]string
	Next *point
}

func (v *point) DecodeJSON(s *Scanner) {
	if !s.Object() {
		return
	}
	for s.NextKey() {
		switch string(s.Key()) {
		case "Name":
			v.Name = s.Str()
		case "Note":
			v.Note = s.StrPtr()
		case "Size":
			v.Size = s.Int32()
		case "Big":
			v.Big = s.Int64()
		case "Rate":
			v.Rate = s.Float()
		case "On":
			v.On = s.Bool()
		case "At":
			v.At = s.Time()
		case "Tags":
			v.Tags = s.Strings()
		case "Map":
			v.Map = s.StringMap()
		case "Next":
			v.Next = nil
			if !s.Null() {
				v.Next = new(point)
				v.Next.DecodeJSON(s)
			}
		default:
			s.Skip()
		}
	}
}

func decodePoint(text string) (point, error) {
	var r Request
	r.Body = []byte(text)
	s := r.Scanner()
	var v point
	if !s.Empty() {
		v.DecodeJSON(s)
	}
	return v, s.End()
}

func TestScannerReads(t *testing.T) {
	tests := []struct {
		name, text string
		want       point
	}{
		{"an empty body is an empty object", "", point{}},
		{"space is an empty body", " \r\n\t", point{}},
		{"null is an empty object", "null", point{}},
		{"an empty object", " { } ", point{}},
		{"a string", `{"Name":"a b"}`, point{Name: "a b"}},
		{"escapes", `{"Name":"\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00"}`, point{Name: "\"\\/\b\f\n\r\tAé€😀"}},
		{"escapes in a name", `{"N\u0061me":"x"}`, point{Name: "x"}},
		{"half a pair becomes a replacement character", `{"Name":"a\ud83db\ude00\ud83d\u0041"}`, point{Name: "a\ufffdb\ufffd\ufffdA"}},
		{"an unknown member of every type", `{"x":[1,{"y":[[],{}, true,false,null,"\u0041",-1.5e+3]}],"Name":"x"}`, point{Name: "x"}},
		{"null members are absent", `{"Name":null,"Size":null,"On":null,"At":null,"Tags":null,"Map":null,"Next":null,"Note":null,"Big":null,"Rate":null}`, point{}},
		{"the last of equal names wins", `{"Name":"a","Name":"b","Next":{"Name":"x"},"Next":{"Size":1},"Tags":["a"],"Tags":["b"]}`, point{Name: "b", Next: &point{Size: new(int32(1))}, Tags: []string{"b"}}},
		{"a later null wins", `{"Name":"a","Name":null}`, point{}},
		{"an empty string that means something", `{"Note":""}`, point{Note: new("")}},
		{"whole numbers", `{"Size":-2147483648,"Big":9223372036854775807}`, point{Size: new(int32(-1 << 31)), Big: new(int64(1<<63 - 1))}},
		{"whole numbers with a fraction of zero", `{"Size":5.0,"Big":5e3}`, point{Size: new(int32(5)), Big: new(int64(5000))}},
		{"numbers", `{"Rate":-0.5e-3,"On":true}`, point{Rate: new(-0.0005), On: new(true)}},
		{"nulls in lists and maps are dropped", `{"Tags":["a",null,"b"],"Map":{"a":"1","b":null}}`, point{Tags: []string{"a", "b"}, Map: map[string]string{"a": "1"}}},
		{"empty lists and maps are not absent", `{"Tags":[],"Map":{}}`, point{Tags: []string{}, Map: map[string]string{}}},
		{"seconds with a fraction", `{"At":1767323045.678}`, point{At: time.UnixMilli(1767323045678).UTC()}},
		{"a timestamp as text", `{"At":"2026-01-02T03:04:05.678Z"}`, point{At: time.UnixMilli(1767323045678).UTC()}},
		{"names differ in case", `{"name":"x"}`, point{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodePoint(tt.text)
			if err != nil {
				t.Fatalf("decode %s: %v", tt.text, err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("decode %s:\n got %+v\nwant %+v", tt.text, got, tt.want)
			}
		})
	}
}

func TestScannerRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"another type for a string", `{"Name":5}`, "Name: must be a string, not a number"},
		{"another type for a number", `{"Size":"5"}`, "Size: must be a number, not a string"},
		{"another type for a boolean", `{"On":1}`, "On: must be a boolean, not a number"},
		{"another type for a list", `{"Tags":{}}`, "Tags: must be a list, not an object"},
		{"another type for an object", `{"Next":[]}`, "Next: must be an object, not a list"},
		{"another type for a text in a map", `{"Map":{"a":true}}`, "a: must be a string, not a boolean"},
		{"a list as the body", `[]`, "must be an object, not a list"},
		{"a fraction", `{"Size":1.5}`, "Size: must be a whole number of 64 bits"},
		{"a number that is too large", `{"Size":2147483648}`, "Size: must be a whole number of 32 bits"},
		{"a number that is far too large", `{"Big":9223372036854775808}`, "Big: must be a whole number of 64 bits"},
		{"a number beyond floats", `{"Rate":1e999}`, "Rate: must be a number of 64 bits"},
		{"a date that is no date", `{"At":"soon"}`, "At: must be a timestamp"},
		{"a time beyond the calendar", `{"At":1e18}`, "At: must be a timestamp"},
		{"a leading zero", `{"Size":01}`, "malformed JSON"},
		{"a lonely minus", `{"Size":-}`, "malformed number"},
		{"a dot without digits", `{"Rate":1.}`, "malformed number"},
		{"trailing data", `{} x`, "unexpected data after the value"},
		{"two values", `{}{}`, "unexpected data after the value"},
		{"a trailing comma", `{"Name":"a",}`, "malformed JSON"},
		{"a trailing comma in a list", `{"Tags":["a",]}`, "malformed JSON"},
		{"a missing comma", `{"Name":"a" "Size":1}`, "malformed JSON"},
		{"a leading comma", `{,"Name":"a"}`, "malformed JSON"},
		{"a missing colon", `{"Name" "a"}`, "malformed JSON"},
		{"a name without quotes", `{Name:"a"}`, "malformed JSON"},
		{"single quotes", `{'Name':'a'}`, "malformed JSON"},
		{"an end in the middle", `{"Name":"a`, "unexpected end"},
		{"an end after a name", `{"Name"`, "unexpected end"},
		{"an end after a colon", `{"Name":`, "unexpected end"},
		{"an end of an unknown list", `{"x":[1`, "unexpected end"},
		{"a broken word", `{"On":tru}`, "malformed JSON"},
		{"a broken null", `{"Name":nul}`, "malformed JSON"},
		{"a bad escape", `{"Name":"\x"}`, "malformed escape"},
		{"a short escape", `{"Name":"\u12"}`, "malformed escape"},
		{"a control character", "{\"Name\":\"a\nb\"}", "control character"},
		{"bytes that are not UTF-8", "{\"Name\":\"a\xffb\"}", "must be UTF-8"},
		{"a surrogate as UTF-8", "{\"Name\":\"\xed\xa0\xbd\"}", "must be UTF-8"},
		{"a name that is not UTF-8", "{\"\xff\":1}", "must be UTF-8"},
		{"a byte order mark", "\ufeff{}", "malformed JSON"},
		{"depth", `{"x":` + strings.Repeat("[", 100000), "nested too deep"},
		{"depth of known members", strings.Repeat(`{"Next":`, 100), "nested too deep"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := decodePoint(tt.text)
			e, ok := errors.AsType[*SerializationError](err)
			if !ok || !strings.Contains(e.Message, tt.want) {
				t.Fatalf("decode %.80s: error %v, want a SerializationError with %q", tt.text, err, tt.want)
			}
			if e.StatusCode() != 400 || e.ErrorName() != "SerializationException" {
				t.Errorf("the error is a %d %s", e.StatusCode(), e.ErrorName())
			}
		})
	}
}

func TestRequestReadsQueryAndHeaders(t *testing.T) {
	r := Request{RawQuery: "k=a&k=b%2Fc&n=1", Header: http.Header{"X-Amz-Bearer": {"tok", "other"}}}
	if got := r.QueryAll("k"); !reflect.DeepEqual(got, []string{"a", "b/c"}) {
		t.Errorf("QueryAll(k) = %q", got)
	}
	if got := r.Query("n") + r.Query("none"); got != "1" {
		t.Errorf("Query = %q", got)
	}
	if got := r.Head("X-Amz-Bearer") + r.Head("None"); got != "tok" {
		t.Errorf("Head = %q", got)
	}
	r.Reset()
	if got := r.Query("n"); got != "" {
		t.Errorf("after Reset: Query(n) = %q", got)
	}
}

func TestParams(t *testing.T) {
	if n, err := ParamInt32("N", "12"); err != nil || *n != 12 {
		t.Errorf("ParamInt32(12) = %v, %v", n, err)
	}
	if n, err := ParamInt64("N", "-12"); err != nil || *n != -12 {
		t.Errorf("ParamInt64(-12) = %v, %v", n, err)
	}
	if b, err := ParamBool("B", "true"); err != nil || !*b {
		t.Errorf("ParamBool(true) = %v, %v", b, err)
	}
	want := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, text := range []string{"Fri, 02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05Z"} {
		if got, err := ParamTime("T", text); err != nil || !got.Equal(want) {
			t.Errorf("ParamTime(%s) = %v, %v", text, got, err)
		}
	}
	_, e1 := ParamInt32("N", "x")
	_, e2 := ParamInt64("N", "x")
	_, e3 := ParamBool("N", "x")
	_, e4 := ParamTime("N", "x")
	for _, err := range []error{e1, e2, e3, e4} {
		if e, ok := errors.AsType[*CheckError](err); !ok || e.Member != "N" {
			t.Errorf("a bad parameter gives %v, want a CheckError about N", err)
		}
	}
}

func TestAppendStringIsReadBackByOthers(t *testing.T) {
	for _, s := range []string{"", "plain", `"\/`, "\x00\x1f\n\r\t", "é€😀", "\u2028\u2029", "<script>&", strings.Repeat("x\"", 1000), "Она сказала: «здравствуйте»,\n\"мир\" 😀\u2028конец"} {
		var got string
		if err := json.Unmarshal(AppendString(nil, s), &got); err != nil || got != s {
			t.Errorf("AppendString(%q) = %s, read as %q, %v", s, AppendString(nil, s), got, err)
		}
	}
	if got, want := string(AppendString(nil, "a\xffb\xc3\xe2\x82")), "\"a\ufffdb\ufffd\ufffd\ufffd\""; got != want {
		t.Errorf("bytes that are not UTF-8: %q, want %q", got, want)
	}
	if got, want := string(AppendString(nil, "\u2028")), `"\u2028"`; got != want {
		t.Errorf("line separator: %s, want %s", got, want)
	}
}

// Long texts are read eight bytes at a time: no byte may be missed there.
func TestAppendStringEscapesEveryByteAtEveryPlace(t *testing.T) {
	long := []byte("twenty-two plain bytes")
	for at := range long {
		for c := range 256 {
			s := slices.Clone(long)
			s[at] = byte(c)
			quoted := AppendString(nil, s)
			var got string
			if err := json.Unmarshal(quoted, &got); err != nil || got != strings.ToValidUTF8(string(s), "\ufffd") {
				t.Fatalf("AppendString(%q) = %s, read as %q, %v", s, quoted, got, err)
			}
		}
	}
}

func TestTimesHaveTheFormOfTheirService(t *testing.T) {
	at := time.Date(2026, 1, 2, 4, 4, 5, 678_900_000, time.FixedZone("", 3600))
	if got, want := FormatTime(at), "2026-01-02T03:04:05.678Z"; got != want {
		t.Errorf("FormatTime = %s, want %s", got, want)
	}
	if got, want := FormatTime(at.Truncate(time.Second)), "2026-01-02T03:04:05.000Z"; got != want {
		t.Errorf("FormatTime of a whole second = %s, want %s", got, want)
	}
	if got, want := FormatTime(time.Date(1999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)), "1999-12-31T23:59:59.999Z"; got != want {
		t.Errorf("FormatTime of the last moment of a year = %s, want %s", got, want)
	}
	if got := FormatTime(time.Time{}); got != "" {
		t.Errorf("FormatTime of no time = %s", got)
	}
	for ms, want := range map[int64]string{
		1767323045678: "1767323045.678", 1767323045000: "1767323045", 1767323045007: "1767323045.007", -1500: "-1.500",
	} {
		if got := string(AppendEpoch(nil, time.UnixMilli(ms))); got != want {
			t.Errorf("AppendEpoch(%d ms) = %s, want %s", ms, got, want)
		}
	}
	if got, want := string(AppendISO(nil, at)), `"2026-01-02T03:04:05.678Z"`; got != want {
		t.Errorf("AppendISO = %s, want %s", got, want)
	}
}

// FuzzScanner holds the scanner against encoding/json. They differ on purpose
// in three things: invalid UTF-8, depth, and an empty text.
func FuzzScanner(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"Name":"a\u00e9\ud83d","x":[1,-2.5e3,{"y":null}],"Tags":["a"]}`, `{"Map":{"a":"b","a":null}}`, `[`, `{"Size":1e2}`,
		"{\"Name\":\"\xff\"}", `{"Next":{"Next":{"On":true}}}`, ` null `, `{"a":1,}`, `{"At":12.5}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s Scanner
		s.Reset(data)
		if s.Empty() {
			return
		}
		s.Skip()
		err := s.End()
		valid := json.Valid(data) && utf8.Valid(data)
		if err == nil && !valid {
			t.Fatalf("skipped malformed %q", data)
		}
		if err != nil && valid && !strings.Contains(err.Error(), "too deep") {
			t.Fatalf("refused %q: %v", data, err)
		}

		v, err := decodePoint(string(data))
		if err != nil {
			return
		}
		var ref map[string]any
		if err := json.Unmarshal(data, &ref); err != nil {
			t.Fatalf("decoded %q: %+v; encoding/json says %v", data, v, err)
		}
		if name, _ := ref["Name"].(string); name != v.Name {
			t.Fatalf("decode %q: Name is %q, want %q", data, v.Name, name)
		}
		if got := string(AppendString(nil, v.Name)); !json.Valid([]byte(got)) {
			t.Fatalf("AppendString(%q) = %s", v.Name, got)
		}
		if m, _ := ref["Map"].(map[string]any); m != nil {
			for k, e := range v.Map {
				if fmt.Sprint(m[k]) != e {
					t.Fatalf("decode %q: Map[%q] is %q, want %v", data, k, e, m[k])
				}
			}
		}
	})
}
