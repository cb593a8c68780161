package server_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

var update = flag.Bool("update", false, "rewrite what the server answers in testdata/wire; read the diff")

// TestWire runs the scripts of testdata/wire, each against a server of its own
// in virtual time. A script begins with a sentence of why. Then come steps in
// the order of the file:
//
//	-- do --         what people do, one thing a line; see (*script).do
//	-- request --    method and path, headers, values to save, a body
//	-- response --   status, error type and body of that request
//	-- send ada --   frames for the socket of that name, one a line
//	-- socket ada -- what has arrived there since it was last looked at; a chat
//	                 frame is written as the item in it
//
// A value that has a name stands in the file as ${name}: a request saves some
// with "save name = Path.In.Body", others come with the people. Each step takes
// a tenth of a second.
func TestWire(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { runScript(t, file) })
		})
	}
}

func runScript(t *testing.T, file string) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(ar.Comment, []byte("# ")) {
		t.Errorf("%s does not begin by saying why", file)
	}
	s := &script{
		t: t, srv: servertest.New(t), values: map[string]string{},
		customers: map[string]*servertest.Customer{}, agents: map[string]*servertest.Agent{}, sockets: map[string]*servertest.Socket{},
	}
	s.name("instance", string(seed.DevInstance))
	s.name("flow", string(seed.DevFlow))
	s.name("queue", string(seed.DevQueue))
	got := &txtar.Archive{Comment: ar.Comment}
	for _, f := range ar.Files {
		f.Data = []byte(s.step(f.Name, string(f.Data)))
		got.Files = append(got.Files, f)
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
	}
	out := txtar.Format(got)
	if *update {
		if err := os.WriteFile(file, out, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(out)); diff != "" {
		t.Errorf("the server answers otherwise than the script says (-script +server):\n%s", diff)
	}
}

// script is one that runs.
type script struct {
	t         *testing.T
	srv       *servertest.Server
	values    map[string]string
	names     []string // of values, the longest value first
	customers map[string]*servertest.Customer
	agents    map[string]*servertest.Agent
	sockets   map[string]*servertest.Socket
	answer    servertest.Answer
}

// step runs a step and returns its text as it should stand in the file.
func (s *script) step(title, text string) string {
	s.t.Helper()
	kind, arg, _ := strings.Cut(title, " ")
	switch kind {
	case "do":
		for line := range strings.Lines(text) {
			s.do(strings.Fields(strings.TrimSpace(s.expand(line))))
		}
		return text
	case "request":
		s.request(text)
		return text
	case "response":
		return s.response()
	case "send":
		s.send(arg, text)
		return text
	case "socket":
		return s.received(arg)
	}
	s.t.Fatalf("there is no step %q", title)
	return ""
}

// do does what one line says.
func (s *script) do(words []string) {
	s.t.Helper()
	who, verb, rest := words[0], "", []string(nil)
	if len(words) > 1 {
		verb, rest = words[1], words[2:]
	}
	switch line := strings.Join(words[1:], " "); {
	case who == "sleep":
		d, err := time.ParseDuration(verb)
		if err != nil {
			s.t.Fatal(err)
		}
		time.Sleep(d)
	case who == "restart":
		s.srv.Restart()
	case line == "starts a chat": // and does not connect
		s.customer(who, s.srv.NewChat(title(who)))
	case line == "connects":
		c := s.customers[who]
		c.Connect()
		s.name(who+".connection", c.Connection)
		s.sockets[who] = c.Socket
	case line == "signs in":
		a := s.srv.SignIn(who)
		s.agents[who] = a
		s.sockets[who] = a.Socket
		s.name(who+".access", a.Access)
	case verb == "is": // ana is Available
		s.agents[who].SetState(rest[0])
	case verb == "accepts": // ana accepts ada
		a, c := s.agents[who], s.customers[rest[0]]
		a.Accept(c)
		s.name(who+".id", a.ID(c))
		s.name(who+".token", a.Token(c))
		s.name(who+".connection", a.Connection(c))
	case verb == "rejects":
		s.agents[who].Reject(s.customers[rest[0]])
	case verb == "clears":
		s.agents[who].Clear(s.customers[rest[0]])
	case verb == "says": // ana says to ada Hello, or ada says Hello
		if a := s.agents[who]; a != nil {
			a.Say(s.customers[rest[1]], strings.Join(rest[2:], " "))
			return
		}
		s.customers[who].Say(strings.Join(rest, " "))
	case verb == "sends": // ada sends 40 messages
		n, err := strconv.Atoi(rest[0])
		if err != nil {
			s.t.Fatal(err)
		}
		for i := range n {
			id := s.customers[who].Say(strconv.Itoa(i + 1))
			s.name("m"+strconv.Itoa(i+1), id)
			time.Sleep(time.Millisecond)
		}
	case line == "leaves":
		s.customers[who].Leave()
	case line == "hangs up":
		s.sockets[who].Close()
	case verb == "opens": // ada opens ${url}: a socket of its own, not subscribed
		s.open(who, rest[0])
	default:
		s.t.Fatalf("nobody can do this: %s", strings.Join(words, " "))
	}
	synctest.Wait()
}

// open opens a socket; a refusal counts as what the socket said.
func (s *script) open(name, url string) {
	s.t.Helper()
	sock, status := s.srv.TrySocket(url, http.Header{
		"Origin":                   {"https://shop.example.org"},
		"Sec-Websocket-Extensions": {"permessage-deflate; client_max_window_bits"},
	})
	if sock == nil {
		s.t.Logf("refused with %d", status)
	}
	s.sockets[name] = sock
}

func (s *script) customer(name string, c *servertest.Customer) {
	s.customers[name] = c
	s.name(name+".contact", c.Contact)
	s.name(name+".id", c.ID)
	s.name(name+".token", c.Token)
}

func title(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// name gives a value a name.
func (s *script) name(name, value string) {
	if value == "" {
		s.t.Fatalf("%s is empty", name)
	}
	if _, ok := s.values[name]; !ok {
		s.names = append(s.names, name)
	}
	s.values[name] = value
	slices.SortStableFunc(s.names, func(a, b string) int { return len(s.values[b]) - len(s.values[a]) })
}

// expand replaces names by values.
func (s *script) expand(text string) string {
	for _, n := range s.names {
		text = strings.ReplaceAll(text, "${"+n+"}", s.values[n])
	}
	if _, after, found := strings.Cut(text, "${"); found {
		s.t.Fatalf("nothing has this name: ${%.20s", after)
	}
	return text
}

// collapse replaces values by names.
func (s *script) collapse(text string) string {
	for _, n := range s.names {
		text = strings.ReplaceAll(text, s.values[n], "${"+n+"}")
	}
	return text
}

// request makes the request that text says and saves values of the answer.
func (s *script) request(text string) {
	s.t.Helper()
	head, body, _ := strings.Cut(text, "\n\n")
	first, rest, _ := strings.Cut(head, "\n")
	method, path, _ := strings.Cut(strings.TrimSpace(s.expand(first)), " ")
	header := http.Header{}
	if strings.HasPrefix(path, "/contact") {
		header = servertest.Signed() // good enough for a dev server
	}
	saves := map[string]string{}
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if save, ok := strings.CutPrefix(line, "save "); ok {
			name, from, _ := strings.Cut(save, " = ")
			saves[name] = from
		} else if name, value, ok := strings.Cut(s.expand(line), ":"); ok {
			header[name] = []string{strings.TrimSpace(value)} // spelled as the script has it
		}
	}
	s.answer = s.srv.Do(method, path, header, s.body(body))
	if s.answer.Header.Get("X-Amzn-Requestid") == "" && strings.HasPrefix(path, "/participant/") {
		s.t.Errorf("%s %s: the answer has no x-amzn-RequestId", method, path)
	}
	for name, from := range saves {
		s.name(name, at(s.t, s.answer.Body, from))
	}
}

// body expands a body. In it ${text N} stands for a text of N characters.
func (s *script) body(text string) string {
	text = strings.TrimSuffix(text, "\n")
	for {
		before, after, ok := strings.Cut(text, "${text ")
		if !ok {
			return s.expand(text)
		}
		size, after, _ := strings.Cut(after, "}")
		n, err := strconv.Atoi(size)
		if err != nil {
			s.t.Fatal(err)
		}
		text = before + strings.Repeat("é", n) + after
	}
}

// at returns a value of a body: names and places in lists, with dots between.
func at(t *testing.T, body []byte, path string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	for key := range strings.SplitSeq(path, ".") {
		switch have := v.(type) {
		case map[string]any:
			v = have[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(have) {
				t.Fatalf("there is no %s in %s", path, body)
			}
			v = have[i]
		}
	}
	text, ok := v.(string)
	if !ok {
		t.Fatalf("there is no text at %s in %s", path, body)
	}
	return text
}

// headersThatMatter are written down where an answer has them.
var headersThatMatter = []string{
	"X-Amzn-Errortype", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers",
	"Access-Control-Allow-Methods", "Access-Control-Expose-Headers",
}

// response writes down the answer. That browsers may read it is written down
// once, for preflights and in the scripts about that.
func (s *script) response() string {
	a := s.answer
	var b strings.Builder
	fmt.Fprintln(&b, a.Status)
	for _, h := range headersThatMatter {
		if v := a.Header.Get(h); v != "" && (h == "X-Amzn-Errortype" || len(a.Body) == 0 || a.Header.Get("Access-Control-Allow-Credentials") != "") {
			fmt.Fprintf(&b, "%s: %s\n", h, v)
		}
	}
	if ct := a.Header.Get("Content-Type"); ct != "application/json" && len(a.Body) > 0 {
		fmt.Fprintf(&b, "Content-Type: %s\n", ct)
	}
	if len(a.Body) > 0 {
		fmt.Fprintf(&b, "%s\n", strings.TrimSuffix(broken(string(a.Body)), "\n"))
	}
	return s.collapse(b.String())
}

// broken puts each element of the lists directly in a JSON object on a line of
// its own, and changes nothing else.
func broken(body string) string {
	var b strings.Builder
	depth, list, quoted := 0, false, false
	for i, c := range body {
		if c == '"' && (i == 0 || !escaped(body[:i])) {
			quoted = !quoted
		}
		if quoted {
			b.WriteRune(c)
			continue
		}
		switch c {
		case '{', '[':
			depth++
			if list = list || depth == 2 && c == '['; list && depth == 3 {
				b.WriteString("\n ")
			}
		case '}', ']':
			depth--
			list = list && depth >= 2
		}
		b.WriteRune(c)
	}
	return b.String()
}

// escaped says whether the character after text is escaped by it.
func escaped(text string) bool {
	return (len(text)-len(strings.TrimRight(text, `\`)))%2 == 1
}

// send sends frames: text, or one of the kinds by its name. A text may end with
// anything, so it stands as it is.
func (s *script) send(name, text string) {
	s.t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(s.expand(line), "\n")
		kind, rest, _ := strings.Cut(line, " ")
		switch kind {
		case "subscribe":
			s.sockets[name].Send(servertest.Subscribe)
		case "ping":
			s.sockets[name].SendFrame(servertest.Ping, []byte(rest))
		case "binary":
			b, err := hex.DecodeString(rest)
			if err != nil {
				s.t.Fatal(err)
			}
			s.sockets[name].SendFrame(servertest.Binary, b)
		case "text":
			s.sockets[name].Send(rest)
		default:
			s.t.Fatalf("send %q: say subscribe, text, binary or ping", line)
		}
		synctest.Wait()
	}
}

// received writes down what has arrived on a socket.
func (s *script) received(name string) string {
	sock := s.sockets[name]
	if sock == nil {
		return "refused\n"
	}
	var b strings.Builder
	for _, f := range sock.Frames() {
		if item, ok := f.Decoded(); ok {
			fmt.Fprintf(&b, "%s\n", item)
		} else if !strings.Contains(f.String(), `"agent/snapshot"`) {
			fmt.Fprintf(&b, "%s\n", f)
		}
	}
	if sock.Over() {
		b.WriteString("closed\n")
	}
	return s.collapse(b.String())
}
