package callout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// ResponseType is what a flow expects of a function's answer.
type ResponseType string

// The response types.
const (
	StringMap ResponseType = "STRING_MAP" // one object of texts
	JSON      ResponseType = "JSON"       // any object
)

// Values are a function's answer: texts, and with [JSON] also [json.Number],
// bool, nil, []any and map[string]any.
type Values map[string]any

const (
	maxAnswer = 32 << 10 // bytes of a function's answer
	maxDepth  = 32       // objects and arrays within each other
)

// parseAnswer reads a function's answer. Numbers keep the digits they came in.
// As inferred: in a STRING_MAP numbers and booleans become texts, and what is
// null is left out. See docs/fidelity.md#callouts.
func parseAnswer(data []byte, t ResponseType) (Values, error) {
	if len(data) > maxAnswer {
		return nil, fmt.Errorf("%w: it is longer than %d bytes", ErrAnswer, maxAnswer)
	}
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%w: it is not UTF-8", ErrAnswer)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("%w: it is not JSON: %w", ErrAnswer, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows the JSON", ErrAnswer)
	}
	values, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: it is not an object", ErrAnswer)
	}
	if t == JSON {
		if deeper(values, maxDepth) {
			return nil, fmt.Errorf("%w: it is nested more than %d deep", ErrAnswer, maxDepth)
		}
		return values, nil
	}
	return flat(values)
}

func flat(values map[string]any) (Values, error) {
	for k, v := range values {
		switch v := v.(type) {
		case string:
		case json.Number:
			values[k] = v.String()
		case bool:
			values[k] = "false"
			if v {
				values[k] = "true"
			}
		case nil:
			delete(values, k)
		default:
			return nil, fmt.Errorf("%w: %q is nested, the flow expects a STRING_MAP", ErrAnswer, cut(k, 100))
		}
		if k == "" {
			return nil, fmt.Errorf("%w: a key is empty", ErrAnswer)
		}
	}
	return values, nil
}

// deeper reports whether v is nested more than most deep.
func deeper(v any, most int) bool {
	var inner []any
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			inner = append(inner, e)
		}
	case []any:
		inner = v
	default:
		return false
	}
	if most == 0 {
		return true
	}
	for _, e := range inner {
		if deeper(e, most-1) {
			return true
		}
	}
	return false
}
