// Package admin is what administrators do to the directory of an instance:
// flows, flow modules, views, widgets, the functions and bots that flows may call, and tags.
//
// Start reading at Admin; every change goes through Admin.edit. Who only wants
// to look reads a directory that somebody else holds, the centre's for one.
package admin

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/store"
)

// Directories is where directories are kept. A store.Store is one.
type Directories interface {
	// Instances returns the ids of all instances.
	Instances(ctx context.Context) ([]contact.InstanceID, error)
	// Directory returns what is kept of an instance; it is only read.
	Directory(ctx context.Context, instance contact.InstanceID) (*directory.Directory, error)
	// PutDirectory stores the entries of d and removes those that are named,
	// all or nothing. Other entries stay as they are.
	PutDirectory(ctx context.Context, d *directory.Directory, remove ...directory.Ref) error
}

// Live tells what goes on, so that nothing is removed that is in use. A
// store.Store does.
type Live interface {
	// Waiting returns the chats of an instance that wait in queues.
	Waiting(ctx context.Context, instance contact.InstanceID) ([]store.Waiting, error)
	// Agent returns what a user does. One who never signed in is NotFound.
	Agent(ctx context.Context, user contact.UserID) (*contact.Agent, error)
}

// Checker judges content that is to be published in an instance: of a flow of
// the given type, or of a module. The error is flow.Problems, or a fault of
// kind Invalid for what is not a flow at all.
type Checker func(content string, t flow.Type, in *directory.Directory) error

// Limits are how many of each an instance may have.
type Limits struct {
	Flows, Modules   int
	Views            int
	Widgets          int
	Versions         int // of one flow, module or view
	Aliases          int // of one module
	Functions, Bots  int // bots of the two kinds together
	Name, About      int // characters of a flow's name and of a description
	Tags             int // of one flow, module or view
	ContentOfModules int // characters
}

// DefaultLimits are wide: they are to stop programs that went wild.
var DefaultLimits = Limits{
	Flows: 1000, Modules: 1000, Views: 1000, Widgets: 1000, Versions: 100, Aliases: 100, Functions: 500, Bots: 500,
	Name: 256, About: 2000, Tags: 50, ContentOfModules: 256_000,
}

// PublishedLimits are those that the service publishes, where it does.
func PublishedLimits() Limits {
	l := DefaultLimits
	l.Flows, l.Modules, l.Functions, l.Bots, l.Widgets = 100, 200, 50, 100, 20
	return l
}

// Unlimited leaves the sizes and lifts the counts.
func Unlimited() Limits {
	l := DefaultLimits
	for _, count := range []*int{&l.Flows, &l.Modules, &l.Views, &l.Widgets, &l.Versions, &l.Aliases, &l.Functions, &l.Bots} {
		*count = math.MaxInt
	}
	return l
}

// Options are what an Admin is made of.
type Options struct {
	Store Directories
	// Live is asked by Rewrite; nil: nothing goes on.
	Live Live
	// Claim makes something that is done once this process's for a while, among
	// those that share a store; nil: there are no others.
	Claim func(ctx context.Context, name, holder string, d time.Duration) (bool, error)
	// Reload makes everybody see what has been stored.
	Reload func(ctx context.Context) error
	IDs    *contact.IDs
	Now    func() time.Time
	Check  Checker // nil is CheckContent
	Limits Limits  // the zero value is DefaultLimits
}

// Admin does what administrators ask for. Faults that a client can act on have
// a kind; content that may not be published is a *Refused.
type Admin struct {
	Options
	mu sync.Mutex // held by the one edit of this process that goes on
}

// New returns an Admin.
func New(o Options) *Admin {
	if o.Check == nil {
		o.Check = CheckContent
	}
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits
	}
	return &Admin{Options: o}
}

// Refused says why content may not be published.
type Refused struct{ Problems flow.Problems }

func (r *Refused) Error() string { return r.Problems.Error() }

// check judges content that is to be published.
func (a *Admin) check(content string, t flow.Type, in *directory.Directory) error {
	err := a.Check(content, t, in)
	if problems, ok := errors.AsType[flow.Problems](err); ok {
		return &Refused{problems}
	}
	if fault.KindOf(err) == fault.Invalid {
		return &Refused{flow.Problems{{Message: err.Error()}}}
	}
	return err
}

// edition is an edit under way: what is, and what shall be.
type edition struct {
	is     *directory.Directory
	put    *directory.Directory // entries to store
	remove []directory.Ref
	now    time.Time
}

// How long an edit whose process has died keeps others from theirs, and how often
// those look.
const (
	editLimit = 30 * time.Second
	editCheck = 20 * time.Millisecond
)

// alone waits until no other edit goes on, at whichever process. Until end is
// called none begins.
func (a *Admin) alone(ctx context.Context) (end func(), err error) {
	a.mu.Lock()
	if a.Claim == nil {
		return a.mu.Unlock, nil
	}
	const claim = "the directory"
	me := contact.NewIDs().New()
	for {
		held, err := a.Claim(ctx, claim, me, editLimit)
		if err != nil {
			a.mu.Unlock()
			return nil, err
		}
		if held {
			break
		}
		select {
		case <-ctx.Done():
			a.mu.Unlock()
			return nil, ctx.Err()
		case <-time.After(editCheck):
		}
	}
	return func() {
		_, _ = a.Claim(context.WithoutCancel(ctx), claim, me, 0) // it ends by itself, too
		a.mu.Unlock()
	}, nil
}

// edit is the one way in which a directory changes: read, decide, commit, let
// it be seen. Edits come one after the other. What decide finds must not be
// written to.
func (a *Admin) edit(ctx context.Context, instance contact.InstanceID, decide func(e *edition) error) error {
	end, err := a.alone(ctx)
	if err != nil {
		return err
	}
	defer end()
	is, err := a.Store.Directory(ctx, instance)
	if err != nil {
		return err
	}
	e := &edition{is: is, put: directory.New(), now: a.Now()}
	e.put.Instance = is.Instance
	if err := decide(e); err != nil {
		return err
	}
	if err := a.Store.PutDirectory(ctx, e.put, e.remove...); err != nil {
		return err
	}
	// What is stored must be seen, also when the caller has gone.
	if err := a.Reload(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("reload what was stored: %w", err)
	}
	return nil
}
