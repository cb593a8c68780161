package admin

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// Limits of what a user's programs may keep.
const (
	maxPreferences = 20
	maxPreference  = 256 // characters of a key, or of a value
)

// SetPreferences keeps what a user prefers, such as the LANGUAGE of the desk.
// What is not named stays as it is.
func (a *Admin) SetPreferences(ctx context.Context, instance contact.InstanceID, user contact.UserID, preferences map[string]string) error {
	return a.edit(ctx, instance, func(e *edition) error {
		u := e.is.Users[user]
		if u == nil {
			return fault.Newf(fault.NotFound, "there is no user %s", user)
		}
		next := *u
		next.Preferences = maps.Clone(u.Preferences)
		if next.Preferences == nil {
			next.Preferences = map[string]string{}
		}
		maps.Copy(next.Preferences, preferences)
		if len(next.Preferences) > maxPreferences {
			return fault.Newf(fault.Quota, "a user has at most %d preferences", maxPreferences)
		}
		for k, v := range preferences {
			if k == "" || utf8.RuneCountInString(k) > maxPreference || utf8.RuneCountInString(v) > maxPreference {
				return fault.Newf(fault.Invalid, "a preference has a name, and at most %d characters", maxPreference)
			}
		}
		e.put.Users[user] = &next
		return nil
	})
}

// NeedsAdministrator reports whether nobody may administer on pages yet.
func NeedsAdministrator(all []*directory.Directory) bool {
	return !slices.ContainsFunc(all, func(d *directory.Directory) bool {
		for _, u := range d.Users {
			if u.Admin {
				return true
			}
		}
		return false
	})
}

// What the first administrator may be called.
var usernameForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9._@+-]{1,64}$`)
})

const maxPersonName = 100 // characters

// CheckPerson returns what is wrong with the names of somebody who is to sign
// in, of kind Invalid.
func CheckPerson(u *directory.User) error {
	if !usernameForm().MatchString(u.Username) {
		return fault.Newf(fault.Invalid, "username: must have 1 to 64 characters, which are letters, digits and . _ @ + -")
	}
	for key, name := range map[string]string{"firstName": u.FirstName, "lastName": u.LastName} {
		if utf8.RuneCountInString(name) > maxPersonName || strings.ContainsFunc(name, unicode.IsControl) {
			return fault.Newf(fault.Invalid, "%s: must have at most %d characters on one line", key, maxPersonName)
		}
	}
	return nil
}

// CreateAdministrator adds the first administrator, who is a supervisor too and
// works on what the first routing profile serves. When there is one already, the
// fault is a Conflict.
func (a *Admin) CreateAdministrator(ctx context.Context, instance contact.InstanceID, u directory.User) (*directory.User, error) {
	if err := CheckPerson(&u); err != nil {
		return nil, err
	}
	const claim, limit = "the first administrator", 30 * time.Second
	if a.Claim != nil {
		me := contact.NewIDs().New()
		switch held, err := a.Claim(ctx, claim, me, limit); {
		case err != nil:
			return nil, err
		case !held:
			return nil, fault.Newf(fault.Throttled, "somebody does the same at this moment")
		}
		defer func() { _, _ = a.Claim(context.WithoutCancel(ctx), claim, me, 0) }() // it ends by itself, too
	}
	err := a.edit(ctx, instance, func(e *edition) error {
		all, err := a.all(ctx)
		if err != nil {
			return err
		}
		if !NeedsAdministrator(all) {
			return fault.Newf(fault.Conflict, "there is an administrator already")
		}
		for _, d := range all {
			if d.UserByName(u.Username) != nil {
				return fault.Newf(fault.Conflict, "username: there is a user %q already", u.Username)
			}
		}
		for id, p := range e.is.Profiles {
			if first := e.is.Profiles[u.Profile]; first == nil || p.Name < first.Name {
				u.Profile = id
			}
		}
		u.ID, u.Admin, u.Supervisor = contact.UserID(a.IDs.New()), true, true
		e.put.Users[u.ID] = &u
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &u, nil
}
