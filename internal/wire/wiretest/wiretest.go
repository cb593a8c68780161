// Package wiretest compares generated codecs with encoding/json.
package wiretest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/wire"
)

// Codec is a structure with a generated encoder and decoder.
type Codec interface {
	wire.Output
	DecodeJSON(s *wire.Scanner)
}

// Fill gives every member of the structure that v points to a value, down to
// structures that contain themselves twice. Members named in except stay
// empty, as do timestamps, which encoding/json writes in another way.
func Fill(v any, except ...string) {
	f := filler{}
	f.value(reflect.ValueOf(v).Elem())
	for _, name := range except {
		if m := reflect.ValueOf(v).Elem().FieldByName(name); m.IsValid() {
			m.SetZero()
		}
	}
}

type filler struct {
	n    int
	open []reflect.Type
}

func (f *filler) value(v reflect.Value) {
	f.n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d \"é\\\n😀", f.n))
	case reflect.Int32, reflect.Int64:
		v.SetInt(int64(f.n) - 5)
	case reflect.Float64:
		v.SetFloat(float64(f.n)/4 - 1)
	case reflect.Bool:
		v.SetBool(f.n%2 == 0)
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		f.value(p.Elem())
		v.Set(p)
	case reflect.Slice:
		list := reflect.MakeSlice(v.Type(), 2, 2)
		f.value(list.Index(0))
		f.value(list.Index(1))
		v.Set(list)
	case reflect.Map:
		m := reflect.MakeMap(v.Type())
		for range 2 {
			e := reflect.New(v.Type().Elem()).Elem()
			f.value(e)
			m.SetMapIndex(reflect.ValueOf(fmt.Sprintf("key %d", f.n)), e)
		}
		v.Set(m)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() || count(f.open, v.Type()) == 2 {
			return
		}
		f.open = append(f.open, v.Type())
		for _, m := range v.Fields() {
			f.value(m)
		}
		f.open = f.open[:len(f.open)-1]
	default:
		panic("cannot fill a " + v.Type().String())
	}
}

func count(open []reflect.Type, t reflect.Type) int {
	n := 0
	for _, o := range open {
		if o == t {
			n++
		}
	}
	return n
}

// CheckEncoder encodes v and expects encoding/json to read the same from it,
// without unknown members.
func CheckEncoder(t *testing.T, v wire.Output) {
	t.Helper()
	text := v.AppendJSON(nil)
	got := reflect.New(reflect.TypeOf(v).Elem()).Interface()
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(got); err != nil {
		t.Fatalf("encoding/json cannot read %s: %v", text, err)
	}
	if diff := cmp.Diff(v, got); diff != "" {
		t.Errorf("encoded %s; differences (-encoded +read):\n%s", text, diff)
	}
	if again := v.AppendJSON(nil); !bytes.Equal(again, text) {
		t.Errorf("encoding twice gives\n%s\nand\n%s", text, again)
	}
}

// CheckDecoder lets encoding/json write v and expects the decoder to read the
// same from it.
func CheckDecoder(t *testing.T, v interface{ DecodeJSON(*wire.Scanner) }) {
	t.Helper()
	text, err := json.MarshalIndent(withoutTimes(v), " ", "\t")
	if err != nil {
		t.Fatal(err)
	}
	got := reflect.New(reflect.TypeOf(v).Elem()).Interface().(interface{ DecodeJSON(*wire.Scanner) })
	r := wire.Request{Body: slices.Clone(text)}
	s := r.Scanner()
	got.DecodeJSON(s)
	if err := s.End(); err != nil {
		t.Fatalf("decode %s: %v", text, err)
	}
	clear(r.Body) // what was read must not point into it
	if diff := cmp.Diff(v, got); diff != "" {
		t.Errorf("decoded %s; differences (-written +decoded):\n%s", text, diff)
	}
}

// withoutTimes returns v as a tree of maps in which zero timestamps are absent.
func withoutTimes(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var tree any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		return err
	}
	return prune(tree)
}

func prune(tree any) any {
	switch tree := tree.(type) {
	case map[string]any:
		for k, v := range tree {
			if v == "0001-01-01T00:00:00Z" {
				delete(tree, k)
				continue
			}
			tree[k] = prune(v)
		}
	case []any:
		for i := range tree {
			tree[i] = prune(tree[i])
		}
	}
	return tree
}
