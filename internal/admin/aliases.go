package admin

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// Aliases returns the aliases of a module, by name.
func Aliases(f *directory.Flow) []directory.FlowAlias {
	return slices.SortedFunc(slices.Values(f.Aliases), func(a, b directory.FlowAlias) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
}

// Alias returns one alias.
func Alias(f *directory.Flow, id string) (*directory.FlowAlias, error) {
	for i, alias := range f.Aliases {
		if alias.ID == id {
			return &f.Aliases[i], nil
		}
	}
	return nil, fault.Newf(fault.NotFound, "flow module %s has no alias %s", f.ID, id)
}

// CreateAlias names a version of a module and returns the id of the name.
func (a *Admin) CreateAlias(ctx context.Context, instance contact.InstanceID, module contact.FlowID, name, description string, version int64) (string, error) {
	id := a.IDs.New()
	err := a.change(ctx, instance, Modules, module, func(e *edition, f *directory.Flow) error {
		if len(f.Aliases) >= a.Limits.Aliases {
			return fault.Newf(fault.Quota, "the module has %d aliases and may have no more", a.Limits.Aliases)
		}
		f.Aliases = append(f.Aliases, directory.FlowAlias{ID: id, Name: name, Description: description, Version: version, Modified: e.now})
		return checkAlias(f, &f.Aliases[len(f.Aliases)-1])
	})
	return id, err
}

// AliasChange is what becomes of an alias. What is nil, empty or 0 stays.
type AliasChange struct {
	Name        string
	Description *string
	Version     int64
}

// UpdateAlias changes an alias.
func (a *Admin) UpdateAlias(ctx context.Context, instance contact.InstanceID, module contact.FlowID, id string, to AliasChange) error {
	return a.change(ctx, instance, Modules, module, func(e *edition, f *directory.Flow) error {
		alias, err := Alias(f, id)
		if err != nil {
			return err
		}
		alias.Name = cmp.Or(to.Name, alias.Name)
		alias.Version = cmp.Or(to.Version, alias.Version)
		if to.Description != nil {
			alias.Description = *to.Description
		}
		alias.Modified = e.now
		return checkAlias(f, alias)
	})
}

// checkAlias checks that the version is there and the name is free. A name that
// reads as a number would hide behind the version.
func checkAlias(f *directory.Flow, alias *directory.FlowAlias) error {
	if strings.Trim(alias.Name, "0123456789") == "" || strings.HasPrefix(alias.Name, "$") || strings.Contains(alias.Name, ":") {
		return fault.Newf(fault.Invalid, "an alias must not be a number, begin with $ or contain a colon")
	}
	for _, other := range f.Aliases {
		if other.Name == alias.Name && other.ID != alias.ID {
			return fault.Newf(fault.Conflict, "the module has an alias %q already", alias.Name)
		}
	}
	_, err := Version(f, alias.Version)
	return err
}

// DeleteAlias removes an alias.
func (a *Admin) DeleteAlias(ctx context.Context, instance contact.InstanceID, module contact.FlowID, id string) error {
	return a.change(ctx, instance, Modules, module, func(_ *edition, f *directory.Flow) error {
		if _, err := Alias(f, id); err != nil {
			return err
		}
		f.Aliases = slices.DeleteFunc(f.Aliases, func(alias directory.FlowAlias) bool { return alias.ID == id })
		return nil
	})
}
