package seed

import (
	"context"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/directory"
)

// Apply brings the instances to what the file says and returns what changed; a
// dry run only says what would. It is taken whole or not at all: the error is a
// *Problems, or a fault of kind Conflict where something that would go is in
// use.
func (f *File) Apply(ctx context.Context, a *admin.Admin, o Options, dry bool) (plans []*Plan, err error) {
	o.Now = a.Now()
	err = a.Rewrite(ctx, dry, func(have []*directory.Directory) ([]admin.Rewriting, error) {
		if plans, err = f.Plan(have, o); err != nil {
			return nil, err
		}
		return rewritings(plans), nil
	})
	return plans, err
}

// Replace makes the changes from an earlier state of instances to a later one,
// whatever else has been done to them meanwhile, and returns those that were
// still to be made.
func Replace(ctx context.Context, a *admin.Admin, earlier, later []*directory.Directory) (plans []*Plan, err error) {
	err = a.Rewrite(ctx, false, func(have []*directory.Directory) ([]admin.Rewriting, error) {
		plans = nil
		for _, d := range later {
			p := Differences(find(earlier, d), d)
			if is := find(have, d); is != nil {
				p = p.Onto(is)
			}
			plans = append(plans, p)
		}
		return rewritings(plans), nil
	})
	return plans, err
}

// find returns the directory of the same instance, or nil.
func find(all []*directory.Directory, like *directory.Directory) *directory.Directory {
	for _, d := range all {
		if d.Instance.ID == like.Instance.ID {
			return d
		}
	}
	return nil
}

func rewritings(plans []*Plan) []admin.Rewriting {
	var all []admin.Rewriting
	for _, p := range plans {
		if !p.Empty() {
			all = append(all, admin.Rewriting{Put: p.Put, Remove: p.Remove})
		}
	}
	return all
}
