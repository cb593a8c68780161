package config

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/bellpull/bellpull/internal/callout"
)

// source is this package's own text, whose comments are the reference.
//
//go:embed config.go
var source string

// Describe returns the defaults as YAML, each setting under the comment that
// its field has.
func Describe() string {
	var b strings.Builder
	describe(&b, comments(), reflect.ValueOf(Default()), "")
	return b.String()
}

// comments returns the comments of all fields, by package, type and name.
func comments() map[string]string {
	all := map[string]string{}
	for from, text := range map[string]string{"config": source, "callout": callout.ConfigSource, "callout/webhook": callout.WebhookSource, "callout/scanner": callout.ScannerSource} {
		file, err := parser.ParseFile(token.NewFileSet(), from, text, parser.ParseComments)
		if err != nil {
			panic(err) // it has been compiled
		}
		pkg := file.Name.Name
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range s.Fields.List {
					for _, name := range f.Names {
						all[pkg+"."+spec.Name.Name+"."+name.Name] = f.Doc.Text()
					}
				}
			}
			return true
		})
	}
	return all
}

func describe(b *strings.Builder, docs map[string]string, v reflect.Value, indent string) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key := f.Tag.Get("yaml")
		// A comment begins with the name in Go; here it is the key.
		doc := key + strings.TrimPrefix(docs[v.Type().String()+"."+f.Name], f.Name)
		for line := range strings.Lines(doc) {
			fmt.Fprintf(b, "%s# %s", indent, line)
		}
		if f.Type.Kind() == reflect.Struct {
			fmt.Fprintf(b, "%s%s:\n", indent, key)
			describe(b, docs, v.Field(i), indent+"  ")
			continue
		}
		fmt.Fprintf(b, "%s%s: %s\n", indent, key, value(v.Field(i).Interface()))
	}
}

func value(v any) string {
	if d, ok := v.(time.Duration); ok {
		return d.String()
	}
	out, err := yaml.MarshalWithOptions(v, yaml.Flow(true))
	if err != nil {
		panic(err) // every field is a plain value
	}
	return strings.TrimSpace(string(out))
}
