package flow

import (
	"encoding/json"
	"testing"
)

func seeds(f *testing.F) {
	for name := range examples {
		f.Add(example(f, name), []byte{1, 2, 3})
	}
	f.Add(benchmarkFlow, []byte{0})
	f.Add(legacyFlow, []byte{0})
	f.Add(`{"Version":"2019-10-30","StartAction":"a","Actions":[{"Identifier":"a","Type":"Loop","Parameters":{"Elements":["$.External.a[0]"],"LoopName":"x"},"Transitions":{"NextAction":"a","Conditions":[{"NextAction":"a","Condition":{"Operator":"And","Operands":[{"Operator":"Equals","Operands":["$.Loop.x.Element"]}]}}]}}]}`, []byte{9})
}

// FuzzRead reads anything, checks it, and writes it again in a stable way.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, content string, _ []byte) {
		fl, err := Read(content)
		if err != nil {
			return
		}
		problems, _ := Check(fl, Options{Type: Inbound, Strict: true})
		d := Drawing{Flow: fl}
		if d.SVG() == "" || d.Mermaid() == "" {
			t.Error("no picture")
		}
		for _, p := range problems {
			if p.Path == "" || p.Message == "" {
				t.Errorf("a problem without a place: %+v", p)
			}
		}
		once := Write(fl)
		again, err := Read(once)
		if err != nil {
			if len(once) > MaxContent {
				return // it has grown beyond the limit
			}
			t.Fatalf("what was written cannot be read: %v\n%s", err, once)
		}
		if len(problems) == 0 {
			if twice := Write(again); twice != once {
				t.Errorf("written %s\nand then %s", once, twice)
			}
		}
	})
}

// FuzzRun runs whatever can be read, with whatever answers; it ends, and what
// it remembers stays small.
func FuzzRun(f *testing.F) {
	seeds(f)
	data := []json.RawMessage{
		nil, json.RawMessage(`{}`), json.RawMessage(`{"a":[1,"x"],"items":[1,2],"Queue":{"Size":3}}`), json.RawMessage(`nonsense`),
		json.RawMessage(`{"sessionState":{"intent":{"name":"x","state":"Failed"}},"messages":[{"content":"y"}]}`),
	}
	f.Fuzz(func(t *testing.T, content string, choices []byte) {
		fl, err := Read(content)
		if err != nil {
			return
		}
		src := Source{ID: "main", Version: "1", Type: Inbound, Flow: fl}
		env := Env{Random: func(n int) int { return n / 2 }, Log: func(Entry) {}}
		env.Values = func(keys []string) (string, bool) { return keys[len(keys)-1], len(keys)%2 == 0 }
		m := New(Begin{Source: src, Logging: true}, env)
		for i := range 200 {
			switch e := m.Next().(type) {
			case End, Disconnect, Failed:
				return
			default:
				o := Outcome{Source: src}
				c := byte(i)
				if len(choices) > 0 {
					c = choices[i%len(choices)]
				}
				o.Data = data[int(c)%len(data)]
				if c&0x40 != 0 {
					o.Error = NoMatchingError
				}
				if _, ok := e.(Wait); ok {
					o.Event = TimerFired
				}
				if err := m.Answer(o); err != nil {
					t.Fatalf("%T: %v", e, err)
				}
			}
			if n := m.st.size(); n > maxState {
				t.Fatalf("it remembers %d bytes", n)
			}
			raw, err := json.Marshal(m.State())
			if err != nil {
				t.Fatal(err)
			}
			var back State
			if err := json.Unmarshal(raw, &back); err != nil {
				t.Fatalf("%v in %s", err, raw)
			}
			m = Resume(back, env, src)
		}
	})
}
