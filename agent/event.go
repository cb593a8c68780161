package agent

// Event is something a Desk tells its user: one of the types of this package
// whose name ends in Event, or ConnectionEstablished and ConnectionLost. New
// types may be added, so a type switch needs no default case and should not
// panic in one.
//
// The differences between two snapshots give these events, in this order; the
// first snapshot differs from a desk that is empty and in no state.
//
//	the agent's state has another name    StateEvent
//	a next state is set, or another one   NextStateEvent
//	there is no next state any more       NextStateClearedEvent
//	a contact is gone                     EndedEvent unless it was told, DestroyedEvent
//	a contact is new                      AppearedEvent, then that of its state
//	a contact is now connecting           ConnectingEvent
//	            …    connected            ConnectedEvent
//	            …    ended                EndedEvent
//	            …    missed, or failed
//	                 before it connected  MissedEvent, EndedEvent
//	            …    rejected             RejectedEvent, EndedEvent
//	            …    failed otherwise     EndedEvent
//	there is a snapshot                   RefreshedEvent
//
// What replaces the listeners of the browser library for agents: its onACW and
// onEnded are EndedEvent, its onError comes as MissedEvent or EndedEvent, and
// onAccepted is Desk.Accept returning nil.
type Event interface{ event() }

type (
	// StateEvent says that the agent is in another state. Old is zero at first.
	StateEvent struct{ Old, New State }

	// NextStateEvent says that a state will follow when the chats at hand are
	// done. Until then nothing is offered.
	NextStateEvent struct{ State }

	// NextStateClearedEvent says that a next state is not waited for any more,
	// because it was taken back or because the agent is in it now.
	NextStateClearedEvent struct{ State }

	// AppearedEvent says that a contact has come onto the desk.
	AppearedEvent struct{ Contact }

	// ConnectingEvent says that a contact rings: it waits to be accepted.
	ConnectingEvent struct{ Contact }

	// ConnectedEvent says that the agent is in the chat now.
	ConnectedEvent struct{ Contact }

	// MissedEvent says that the agent did not accept a contact in time.
	MissedEvent struct{ Contact }

	// RejectedEvent says that the agent declined a contact, or that its
	// customer left while it rang.
	RejectedEvent struct{ Contact }

	// EndedEvent says that a contact is over for this agent, in whatever way;
	// State tells which. It waits to be cleared, unless a DestroyedEvent follows.
	EndedEvent struct{ Contact }

	// DestroyedEvent says that a contact is off the desk. The Contact is as it
	// was last.
	DestroyedEvent struct{ Contact }

	// RefreshedEvent carries a snapshot, behind the events that it gave. It
	// tells of changes that have no event of their own, such as of attributes
	// and of others' connections.
	RefreshedEvent struct{ Snapshot }

	// ConfigurationEvent says that the agent's configuration is another one: an
	// administrator has changed it.
	ConfigurationEvent struct{ Configuration }

	// ConnectionEstablished says that the socket is up (again). A snapshot
	// follows.
	ConnectionEstablished struct{}

	// ConnectionLost says that the socket is down. It is being opened anew.
	ConnectionLost struct{ Err error }
)

func (StateEvent) event()            {}
func (NextStateEvent) event()        {}
func (NextStateClearedEvent) event() {}
func (AppearedEvent) event()         {}
func (ConnectingEvent) event()       {}
func (ConnectedEvent) event()        {}
func (MissedEvent) event()           {}
func (RejectedEvent) event()         {}
func (EndedEvent) event()            {}
func (DestroyedEvent) event()        {}
func (RefreshedEvent) event()        {}
func (ConfigurationEvent) event()    {}
func (ConnectionEstablished) event() {}
func (ConnectionLost) event()        {}
