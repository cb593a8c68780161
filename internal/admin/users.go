package admin

import (
	"context"
	"maps"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/contact"
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
