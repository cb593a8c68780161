package chat

// Transport is a live connection that sessions listen to. *Socket is the one
// that this package provides; an agent's program gives one Socket to all its
// sessions.
type Transport interface {
	// Listen calls hear with everything that happens from now on, one call at
	// a time and in order, beginning with Subscribed if the connection is up.
	// hear may block only briefly. After stop has returned hear is not called
	// any more. stop must not be called by hear.
	Listen(hear func(Signal)) (stop func())
}

// SignalKind tells signals apart.
type SignalKind int

// The kinds of signal.
const (
	// Subscribed: the connection is up, for the first time, again, or over a
	// new socket. What was sent before may have been missed.
	Subscribed SignalKind = iota + 1
	// Lost: the connection is down, because of Err, and will be tried anew.
	Lost
	// Over: it is down for good, because of Err.
	Over
	// Frame: a frame with a Topic and its Content has arrived.
	Frame
	// Pinged: a ping was answered, or not if Err is set.
	Pinged
)

// Signal is something that happened to a Transport.
type Signal struct {
	Kind    SignalKind
	Topic   string
	Content []byte // JSON; must not be changed
	Err     error
}
