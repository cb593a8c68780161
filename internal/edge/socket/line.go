package socket

import (
	"time"

	"github.com/bellpull/bellpull/internal/token"
)

// line is what news go out on: a WebSocket, or a stream of events.
type line interface {
	// tell sends news, or lets them wait. It never blocks.
	tell(*news)
	// who holds the line.
	who() *token.Claims
	// silent is for how long the other side has given no sign of life.
	silent() time.Duration
	// kill ends the line at once.
	kill()
	// goAway tells the other side that the server stops, and ends the line.
	goAway()
	// detachAll ends all listening.
	detachAll()
}

// participant reports whether a line is one of a participant, and not one of an
// agent, which serves all of the agent's chats.
func participant(l line) bool { return l.who().Kind != token.AgentSocket }
