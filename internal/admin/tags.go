package admin

import (
	"context"
	"maps"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// Tag adds tags to a flow or module; those with keys that it has are replaced.
func (a *Admin) Tag(ctx context.Context, instance contact.InstanceID, s Shelf, id contact.FlowID, tags map[string]string) error {
	return a.change(ctx, instance, s, id, func(_ *edition, f *directory.Flow) error {
		if f.Tags == nil {
			f.Tags = map[string]string{}
		}
		maps.Copy(f.Tags, tags)
		if len(f.Tags) > a.Limits.Tags {
			return fault.Newf(fault.Invalid, "a %s may have at most %d tags", s, a.Limits.Tags)
		}
		return nil
	})
}

// Untag removes tags. Keys that are not there are no error.
func (a *Admin) Untag(ctx context.Context, instance contact.InstanceID, s Shelf, id contact.FlowID, keys []string) error {
	return a.change(ctx, instance, s, id, func(_ *edition, f *directory.Flow) error {
		for _, k := range keys {
			delete(f.Tags, k)
		}
		return nil
	})
}
