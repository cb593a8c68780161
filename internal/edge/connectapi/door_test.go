package connectapi_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/edge/connectapi"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/store/embedded"
	"github.com/bellpull/bellpull/internal/token"
)

const instance = string(seed.DevInstance)

// at is the clock of these tests.
var at = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)

// door is the control plane on a store of its own, with the dev instance in it.
type door struct {
	t     *testing.T
	svc   http.Handler
	store *embedded.Store
	arn   string // of the instance
}

// open opens a door. Limits that are the zero value are the usual ones.
func open(t *testing.T, limits admin.Limits) *door {
	t.Helper()
	st, err := embedded.Open(t.Context(), embedded.Options{Path: t.TempDir(), Sync: embedded.Normal})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() }) // closed already where a test wants it so
	dev := seed.Dev()
	clear(dev.Associations)
	if err := st.PutDirectory(t.Context(), dev); err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return at }
	ids, log := contact.SeededIDs(1), slog.New(slog.NewTextHandler(t.Output(), nil))
	c, err := centre.New(t.Context(), centre.Options{Store: st, Bus: new(bus.Local), Log: log, Now: now, IDs: ids})
	if err != nil {
		t.Fatal(err)
	}
	adm := admin.New(admin.Options{Store: st, Reload: c.Reload, IDs: ids, Now: now, Limits: limits})
	api := connectapi.New(c, adm, token.NewKeyring(now, token.Key{ID: 1, Secret: make([]byte, 32)}))
	return &door{t, api.Serve(awshttp.Config{NewID: ids.New, Now: now, Log: log}), st, dev.Instance.ARN()}
}

// few are limits that a test can reach.
func few() admin.Limits {
	l := admin.DefaultLimits
	l.Flows, l.Modules, l.Versions, l.Aliases, l.Functions, l.Bots, l.Tags = 16, 1, 2, 1, 1, 1, 2
	return l
}

func (d *door) send(call, body string) *httptest.ResponseRecorder {
	method, target, _ := strings.Cut(call, " ")
	w := httptest.NewRecorder()
	d.svc.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	return w
}

// do makes a call that must succeed, and reads the answer into out unless that
// is nil. call is a method and a path, in which I stands for the instance.
func (d *door) do(call, body string, out any) {
	d.t.Helper()
	call = strings.Replace(call, "/I", "/"+instance, 1)
	w := d.send(call, body)
	if w.Code != http.StatusOK {
		d.t.Fatalf("%s: %d %s", call, w.Code, w.Body)
	}
	if out == nil {
		out = new(map[string]any)
	}
	if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
		d.t.Fatalf("%s: %v in %s", call, err, w.Body)
	}
}

// refusal is a call that must fail.
type refusal struct {
	name, call, body string
	status           int
	want             string // the error's name
	says             string // is part of its body
}

func (d *door) refuse(cases []refusal) {
	for _, test := range cases {
		d.t.Run(test.name, func(t *testing.T) {
			w := d.send(strings.Replace(test.call, "/I", "/"+instance, 1), test.body)
			var got struct {
				Type string `json:"__type"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if w.Code != test.status || got.Type != test.want || w.Header()["x-amzn-ErrorType"][0] != test.want || !strings.Contains(w.Body.String(), test.says) {
				t.Errorf("%s: got %d %s, want %d %s and %q", test.call, w.Code, w.Body, test.status, test.want, test.says)
			}
		})
	}
}

// js returns v as JSON.
func js(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

type obj = map[string]any

// Contents of flows: one that says a word, and one that nobody can publish.
func saying(word string) string {
	return `{"Version":"2019-10-30","StartAction":"say","Metadata":{"note":"` + word + `"},"Actions":[` +
		`{"Identifier":"say","Type":"MessageParticipant","Parameters":{"Text":"` + word + `"},"Transitions":{"NextAction":"end","Errors":[{"NextAction":"end","ErrorType":"NoMatchingError"}]}},` +
		`{"Identifier":"end","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`
}

const broken = `{"Version":"2019-10-30","StartAction":"nowhere","Actions":[{"Identifier":"a","Type":"TransferContactToQueue","Parameters":{},"Transitions":{"NextAction":"a"}}]}`
