package admin

import (
	"context"
	"fmt"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// Rewriting is what changes in one instance: entries to store, and those to
// remove. Its instance may be a new one.
type Rewriting struct {
	Put    *directory.Directory
	Remove []directory.Ref
}

func (r *Rewriting) empty() bool { return r.Put == nil && len(r.Remove) == 0 }

// Rewrite changes as many entries as decide wants, of all instances. It must
// not write to what it is given. What is in use is not removed: a queue in which
// somebody waits or from which an agent has a chat, a user who is available or
// has a chat, a status that somebody is in; the fault is a Conflict, and nothing
// changes. Each instance is stored all or nothing, one after the other. A dry
// run does everything but storing.
func (a *Admin) Rewrite(ctx context.Context, dry bool, decide func(have []*directory.Directory) ([]Rewriting, error)) error {
	end, err := a.alone(ctx)
	if err != nil {
		return err
	}
	defer end()
	have, err := a.all(ctx)
	if err != nil {
		return err
	}
	rewritings, err := decide(have)
	if err != nil {
		return err
	}
	for _, r := range rewritings {
		for _, d := range have {
			if !r.empty() && d.Instance.ID == r.Put.Instance.ID {
				if err := a.unused(ctx, d, r.Remove); err != nil {
					return err
				}
				a.retire(d, &r)
			}
		}
	}
	if dry {
		return nil
	}
	return a.store(ctx, rewritings)
}

// all returns the directories of all instances.
func (a *Admin) all(ctx context.Context) ([]*directory.Directory, error) {
	ids, err := a.Store.Instances(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]*directory.Directory, len(ids))
	for i, id := range ids {
		if all[i], err = a.Store.Directory(ctx, id); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (a *Admin) store(ctx context.Context, rewritings []Rewriting) error {
	stored := false
	var failed error
	for _, r := range rewritings {
		if r.empty() {
			continue
		}
		if failed = a.Store.PutDirectory(ctx, r.Put, r.Remove...); failed != nil {
			break
		}
		stored = true
	}
	if !stored {
		return failed
	}
	// What is stored must be seen, also when the caller has gone.
	if err := a.Reload(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("reload what was stored: %w", err)
	}
	return failed
}

// retire keeps the contents of flows that are removed, beside those that were
// before.
func (a *Admin) retire(d *directory.Directory, r *Rewriting) {
	r.Put.Instance.Retired = d.Instance.Retired
	for _, ref := range r.Remove {
		switch ref.Kind {
		case directory.FlowKind:
			r.Put.Instance.Retire(d.Flows[contact.FlowID(ref.ID)], a.Now())
		case directory.ModuleKind:
			r.Put.Instance.Retire(d.Modules[contact.FlowID(ref.ID)], a.Now())
		default:
		}
	}
}

// unused refuses to remove what is in use.
func (a *Admin) unused(ctx context.Context, d *directory.Directory, remove []directory.Ref) error {
	if a.Live == nil || len(remove) == 0 {
		return nil
	}
	uses, err := a.uses(ctx, d)
	if err != nil {
		return err
	}
	for _, ref := range remove {
		if why := uses[ref]; why != "" {
			return fault.Newf(fault.Conflict, "%s %s cannot be removed: %s", ref.Kind, nameOf(d, ref), why)
		}
	}
	return nil
}

func nameOf(d *directory.Directory, ref directory.Ref) string {
	name := ref.ID
	switch ref.Kind {
	case directory.QueueKind:
		name = d.Queues[contact.QueueID(ref.ID)].Name
	case directory.UserKind:
		name = d.Users[contact.UserID(ref.ID)].Username
	case directory.StatusKind:
		name = d.Statuses[contact.StatusID(ref.ID)].Name
	default:
	}
	return name
}

// uses says what is in use, and how.
func (a *Admin) uses(ctx context.Context, d *directory.Directory) (map[directory.Ref]string, error) {
	uses := map[directory.Ref]string{}
	waiting, err := a.Live.Waiting(ctx, d.Instance.ID)
	if err != nil {
		return nil, err
	}
	for _, w := range waiting {
		uses[directory.Ref{Kind: directory.QueueKind, ID: string(w.Queue)}] = "a chat waits in it"
		if user := w.Queue.Agent(); user != "" {
			uses[directory.Ref{Kind: directory.UserKind, ID: string(user)}] = "a chat waits for them"
		}
	}
	for id, u := range d.Users {
		agent, err := a.Live.Agent(ctx, id)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		user := directory.Ref{Kind: directory.UserKind, ID: string(id)}
		if agent.Status.Type == contact.Routable {
			uses[user] = "they are available; let them go offline first"
		}
		for _, w := range agent.Work {
			uses[user] = "a chat is on their desk"
			uses[directory.Ref{Kind: directory.QueueKind, ID: string(w.Queue)}] = u.Username + " has a chat from it"
		}
		uses[directory.Ref{Kind: directory.StatusKind, ID: string(agent.Status.ID)}] = u.Username + " is in it"
		if agent.Next != nil {
			uses[directory.Ref{Kind: directory.StatusKind, ID: string(agent.Next.ID)}] = u.Username + " is about to be in it"
		}
	}
	return uses, nil
}
