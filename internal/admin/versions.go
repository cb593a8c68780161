package admin

import (
	"context"
	"slices"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// Versions returns the versions of a flow or module, oldest first.
//
// The number of a version is never given twice. So the newest one leaves its
// number behind when it is deleted: an entry without content, which is no
// version.
func Versions(f *directory.Flow) []directory.FlowVersion {
	return slices.DeleteFunc(slices.Clone(f.Versions), func(v directory.FlowVersion) bool { return v.Content == "" })
}

// Version returns one version.
func Version(f *directory.Flow, number int64) (*directory.FlowVersion, error) {
	for i, v := range f.Versions {
		if v.Number == number && v.Content != "" {
			return &f.Versions[i], nil
		}
	}
	return nil, fault.Newf(fault.NotFound, "%s has no version %d", f.ID, number)
}

// NewVersion asks for a version of what is published. Sum and Number, where
// they are not empty, must be those of the content and of the version to come.
type NewVersion struct {
	Description string
	Sum         string
	Number      int64
}

// CreateVersion keeps what is published as a version and returns its number.
func (a *Admin) CreateVersion(ctx context.Context, instance contact.InstanceID, s Shelf, ref Ref, v NewVersion) (int64, error) {
	if ref.Qualifier != "" {
		return 0, fault.Newf(fault.Invalid, "a version is made of what is published, not of %s", ref.Qualifier)
	}
	var number int64
	err := a.change(ctx, instance, s, ref.ID, func(e *edition, f *directory.Flow) error {
		if number = 1; len(f.Versions) > 0 {
			number = f.Versions[len(f.Versions)-1].Number + 1
		}
		f.Versions = Versions(f)
		switch {
		case f.Content == "":
			return fault.Newf(fault.Invalid, "%v", ErrNotPublished)
		case v.Sum != "" && v.Sum != Sum(f.Content):
			return fault.Newf(fault.Invalid, "the checksum is not that of what is published")
		case v.Number != 0 && v.Number != number:
			return fault.Newf(fault.Invalid, "the next version is %d", number)
		case len(f.Versions) >= a.Limits.Versions:
			return fault.Newf(fault.Quota, "the %s has %d versions and may have no more", s, a.Limits.Versions)
		}
		f.Versions = append(f.Versions, directory.FlowVersion{Number: number, Description: v.Description, Content: f.Content, Created: e.now})
		return nil
	})
	return number, err
}

// DeleteVersion removes a version that no alias names. Chats that are in it go
// on with it.
func (a *Admin) DeleteVersion(ctx context.Context, instance contact.InstanceID, s Shelf, id contact.FlowID, number int64) error {
	return a.change(ctx, instance, s, id, func(e *edition, f *directory.Flow) error {
		v, err := Version(f, number)
		if err != nil {
			return err
		}
		f.Retire(v.Content, e.now)
		for _, alias := range f.Aliases {
			if alias.Version == number {
				return fault.Newf(fault.Invalid, "the alias %s names version %d", alias.Name, number)
			}
		}
		newest := f.Versions[len(f.Versions)-1].Number
		f.Versions = slices.DeleteFunc(f.Versions, func(v directory.FlowVersion) bool { return v.Number == number })
		if number == newest {
			f.Versions = append(f.Versions, directory.FlowVersion{Number: number})
		}
		return nil
	})
}
