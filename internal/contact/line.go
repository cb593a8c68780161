package contact

import (
	"slices"
	"time"
)

// Place is a message's place in the line of its chat.
type Place struct {
	ID    string
	Until time.Time // when it counts no longer: its node has died
}

// LineUp gives a message the last place in the line.
func (d *Draft) LineUp(id string, until time.Time) {
	next := d.edit()
	next.Line = append(slices.DeleteFunc(slices.Clone(next.Line), func(p Place) bool { return !p.Until.After(d.Now) }), Place{id, until})
}

// LeaveLine gives up a place, if it is still there.
func (d *Draft) LeaveLine(id string) {
	if is := func(p Place) bool { return p.ID == id }; slices.ContainsFunc(d.Chat().Line, is) {
		next := d.edit()
		next.Line = slices.DeleteFunc(slices.Clone(next.Line), is)
	}
}

// Turn reports whether nobody stands before a place. One that is no longer there
// waits for nobody.
func (c *Chat) Turn(id string, now time.Time) bool {
	for _, p := range c.Line {
		if p.ID == id {
			break
		}
		if p.Until.After(now) {
			return !slices.ContainsFunc(c.Line, func(p Place) bool { return p.ID == id })
		}
	}
	return true
}
