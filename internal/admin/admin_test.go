package admin_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

const content = `{"Version":"2019-10-30","StartAction":"a","Actions":[{"Identifier":"a","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`

// kept is a store that remembers what was last put into it.
type kept struct {
	*embedded.Store
	put *directory.Directory
}

func (k *kept) PutDirectory(ctx context.Context, d *directory.Directory, remove ...directory.Ref) error {
	k.put = d
	return k.Store.PutDirectory(ctx, d, remove...)
}

func open(t *testing.T, reload func(context.Context) error) (*admin.Admin, *kept) {
	t.Helper()
	st, err := embedded.Open(t.Context(), embedded.Options{Path: t.TempDir(), Sync: embedded.Normal})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := st.PutDirectory(t.Context(), seed.Dev()); err != nil {
		t.Fatal(err)
	}
	k := &kept{Store: st}
	return admin.New(admin.Options{
		Store: k, Reload: reload, IDs: contact.SeededIDs(1), Now: func() time.Time { return time.UnixMilli(1767323045678).UTC() },
	}), k
}

func seen(context.Context) error { return nil }

func (k *kept) flows(t *testing.T) map[contact.FlowID]*directory.Flow {
	t.Helper()
	d, err := k.Directory(t.Context(), seed.DevInstance)
	if err != nil {
		t.Fatal(err)
	}
	return d.Flows
}

func TestOfTwoWhoWantANameOneGetsIt(t *testing.T) {
	a, st := open(t, seen)
	before := len(st.flows(t))
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = a.CreateFlow(t.Context(), seed.DevInstance, admin.Flows, directory.Flow{Name: "Mine", Type: "CONTACT_FLOW", Content: content}, false, "")
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if fault.KindOf(err) != fault.Conflict {
			t.Error(err)
		}
	}
	if got := len(st.flows(t)) - before; won != 1 || got != 1 {
		t.Errorf("%d got the name and there are %d flows more, want 1", won, got)
	}
}

func TestNothingIsLostWhenManyChangeAFlow(t *testing.T) {
	a, st := open(t, seen)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if err := a.Tag(t.Context(), seed.DevInstance, admin.Flows, seed.DevFlow, map[string]string{fmt.Sprint(i): "x"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := st.flows(t)[seed.DevFlow].Tags; len(got) != 8 {
		t.Errorf("the tags are %v, want 8", got)
	}
}

// slow is a store on which something can happen elsewhere while a directory is
// read.
type slow struct {
	admin.Directories
	meanwhile func() // once
}

func (s *slow) Directory(ctx context.Context, id contact.InstanceID) (*directory.Directory, error) {
	d, err := s.Directories.Directory(ctx, id)
	if do := s.meanwhile; do != nil {
		s.meanwhile = nil
		do()
	}
	return d, err
}

// Nor is it when two processes do.
func TestNothingIsLostWhenTwoNodesChangeAFlow(t *testing.T) {
	a, st := open(t, seen)
	refused := make(chan struct{})
	var once sync.Once
	a.Claim = st.Claim
	other := admin.New(a.Options)
	other.Claim = func(ctx context.Context, name, holder string, d time.Duration) (bool, error) {
		held, err := st.Claim(ctx, name, holder, d)
		if !held && d > 0 {
			once.Do(func() { close(refused) })
		}
		return held, err
	}
	done := make(chan struct{})
	tag := func(by *admin.Admin, key string) {
		if err := by.Tag(t.Context(), seed.DevInstance, admin.Flows, seed.DevFlow, map[string]string{key: "x"}); err != nil {
			t.Error(err)
		}
	}
	a.Store = &slow{st, func() {
		go func() {
			defer close(done)
			tag(other, "there")
		}()
		select {
		case <-refused: // it waits
		case <-done:
		}
	}}
	tag(a, "here")
	<-done
	if got := st.flows(t)[seed.DevFlow].Tags; len(got) != 2 {
		t.Errorf("the tags are %v, want those of both", got)
	}
}

func TestOnlyWhatChangesIsStored(t *testing.T) {
	a, st := open(t, seen)
	if err := a.UpdateAbout(t.Context(), seed.DevInstance, admin.Flows, seed.DevFlow, admin.About{Name: "New"}); err != nil {
		t.Fatal(err)
	}
	want := directory.New()
	want.Instance = seed.Dev().Instance
	f := *seed.Dev().Flows[seed.DevFlow]
	f.Name, f.Modified = "New", a.Now()
	want.Flows[f.ID] = &f
	if diff := cmp.Diff(want, st.put); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

// Who has gone must not leave others with what was before.
func TestWhatIsStoredIsSeenAlsoWhenTheCallerHasGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var alive error
	a, _ := open(t, func(ctx context.Context) error {
		cancel()
		alive = ctx.Err()
		return nil
	})
	if err := a.Untag(ctx, seed.DevInstance, admin.Flows, seed.DevFlow, nil); err != nil || alive != nil || ctx.Err() == nil {
		t.Errorf("got %v; the reload had a context with %v", err, alive)
	}
}

func TestAReloadThatFailsIsTold(t *testing.T) {
	down := errors.New("down")
	a, st := open(t, func(context.Context) error { return down })
	if err := a.Tag(t.Context(), seed.DevInstance, admin.Flows, seed.DevFlow, map[string]string{"a": "b"}); !errors.Is(err, down) {
		t.Errorf("got %v, want %v", err, down)
	}
	if got := st.flows(t)[seed.DevFlow].Tags["a"]; got != "b" {
		t.Errorf("the store has %q", got)
	}
}

func TestTheCheckerDecidesWhatIsPublished(t *testing.T) {
	a, _ := open(t, seen)
	down := errors.New("down")
	for _, test := range []struct {
		name    string
		says    error
		refused bool
	}{
		{"nothing", nil, false},
		{"problems", flow.Problems{{Message: "no"}}, true},
		{"no flow at all", fault.Newf(fault.Invalid, "no"), true},
		{"a failure of its own", down, false},
	} {
		var asked flow.Type
		a.Check = func(_ string, t flow.Type, _ *directory.Directory) error {
			asked = t
			return test.says
		}
		err := a.UpdateContent(t.Context(), seed.DevInstance, admin.Flows, admin.Ref{ID: seed.DevFlow}, "anything", nil)
		r, refused := errors.AsType[*admin.Refused](err)
		if refused != test.refused || asked != flow.Inbound || !refused && !errors.Is(err, test.says) || refused && r.Problems[0].Message != "no" {
			t.Errorf("%s: got %v for type %s", test.name, err, asked)
		}
	}
}

func TestReferences(t *testing.T) {
	for name, want := range map[string]admin.Ref{
		"f":         {ID: "f"},
		"f:$SAVED":  {ID: "f", Qualifier: "$SAVED"},
		"f:$LATEST": {ID: "f"},
		"arn:aws:connect:us-west-2:0:instance/i/contact-flow/f":         {ID: "f"},
		"arn:aws:connect:us-west-2:0:instance/i/contact-flow/f:$SAVED":  {ID: "f", Qualifier: "$SAVED"},
		"arn:aws:connect:us-west-2:0:instance/i/flow-module/f:live":     {ID: "f", Qualifier: "live"},
		"arn:aws:connect:us-west-2:0:instance/i/flow-module/f:$LATEST":  {ID: "f"},
		"arn:aws:connect:us-west-2:0:instance/i/contact-flow/f:12:more": {ID: "f", Qualifier: "12:more"},
		"": {},
	} {
		if got := admin.ParseRef(name); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}
