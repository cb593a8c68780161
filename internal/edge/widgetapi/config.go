package widgetapi

import (
	"encoding/json"
	"time"

	"github.com/bellpull/bellpull/internal/directory"
)

// Attachments says what customers may send besides words.
type Attachments struct {
	Enabled  bool     `json:"enabled"`
	MaxBytes int64    `json:"maxBytes"`
	Types    []string `json:"types"`
}

type configuration struct {
	ID           directory.WidgetID `json:"id"`
	Name         string             `json:"name"`
	Signed       bool               `json:"signed"`
	Persistent   bool               `json:"persistent"`
	ContentTypes []string           `json:"contentTypes"`
	Open         bool               `json:"open"`
	OpensAt      *time.Time         `json:"opensAt"`
	ReplyTime    string             `json:"replyTime"`
	Challenge    bool               `json:"challenge"`
	Attachments  Attachments        `json:"attachments"`
	Look         json.RawMessage    `json:"look"`
}

// configuration answers GET /widget/{id}/config: all that the pages need to show
// a widget. Strangers read it; there is nothing secret in it.
func (a *API) configuration(f *found) (any, error) {
	w := f.widget
	out := configuration{
		ID: w.ID, Name: w.Name, Signed: w.Signed, Persistent: w.Persistent, ContentTypes: w.Types(), ReplyTime: w.ReplyTime,
		Open: true, Challenge: a.Difficulty > 0, Attachments: a.Attachments, Look: json.RawMessage(w.Look),
	}
	if w.Look == "" {
		out.Look = json.RawMessage("{}")
	}
	if out.Attachments.Types == nil {
		out.Attachments.Types = []string{}
	}
	if h := f.dir.Hours[w.Hours]; h != nil {
		now := a.Now()
		opens, err := h.OpensAt(now)
		if err != nil {
			return nil, err
		}
		if out.Open = opens.Equal(now); !out.Open && !opens.IsZero() {
			out.OpensAt = new(opens.UTC())
		}
	}
	return out, nil
}
