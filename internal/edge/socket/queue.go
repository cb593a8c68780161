package socket

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/edge/ratelimit"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/token"
)

// QueueRate is how often a participant may ask where they stand.
var QueueRate = ratelimit.Rate{Burst: 5, Interval: 2 * time.Second}

// standing is the answer to Queue; what is not known is null.
type standing struct {
	Position    *int `json:"position"`
	WaitSeconds *int `json:"waitSeconds"`
	Waiting     bool `json:"waiting"`
}

// Queue answers GET /events/queue: where a waiting customer stands, and how long
// it may take.
func (h *Hub) Queue(w http.ResponseWriter, r *http.Request) {
	claims, err := h.Tokens.Verify(r.URL.Query().Get("token"), token.Connection)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	if wait := h.asked.Take(claims.Holder); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		h.refuse(w, r, fault.Newf(fault.Throttled, "Rate exceeded"))
		return
	}
	chat, err := h.Centre.Chat(r.Context(), contact.ID(claims.Realm))
	if err == nil {
		err = chat.MayConnect(contact.ParticipantID(claims.Holder))
	}
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	at, waits, err := h.Centre.Standing(r.Context(), chat)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	out := standing{Waiting: waits}
	if at.Position > 0 {
		out.Position = &at.Position
	}
	if at.Estimated {
		out.WaitSeconds = new(int(math.Round(at.Estimate.Seconds())))
	}
	answer(w, out)
}
