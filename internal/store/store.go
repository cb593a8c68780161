// Package store is the contract for keeping everything: chats, transcripts,
// timers, agents and the directory. Drivers live in packages below; storetest
// is what "implements Store" means.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
)

// ErrStale is returned by Commit when a change was decided on a state that is
// no longer the present one. Nothing was stored; decide again.
var ErrStale = errors.New("store: the state has moved on")

// ErrInDoubt is returned by Commit when the way to the database was lost while
// it committed, and for so long that nobody knows what came of it: the changes
// were stored, or will never be. What is read from now on tells.
var ErrInDoubt = errors.New("store: it is not known whether the change was stored")

// Committed is a change as it was stored.
type Committed struct {
	// Chat is the state that now holds, with its Number, Version, Seq and
	// LastAt; nil for a change of agents alone.
	Chat *contact.Chat
	// News are the receipts that said something new, merged with what was known.
	News []contact.Receipt
	// Agents are the agents as they now are.
	Agents []*contact.Agent
}

// Clock is what a Store is as well that several processes may share: its clock
// is the one that they have in common.
type Clock interface {
	// Time returns what the clock says.
	Time(ctx context.Context) (time.Time, error)
}

// Store keeps the live state and the directory. All methods may be called from
// many goroutines. What a method returns is the caller's to read, not to
// write. An unknown id is a fault of kind NotFound.
type Store interface {
	// Commit stores the changes, all or none, durably: when it returns nil they
	// survive the death of the process, and of the machine where the store is
	// so configured. The items must be stamped (contact.Change.Stamp). It
	// returns one Committed for each change, or ErrStale. After any other error
	// but ErrInDoubt nothing was stored. Once begun it is not cut short by ctx.
	// Concurrent calls share a flush.
	Commit(ctx context.Context, changes ...*contact.Change) ([]Committed, error)

	// Chat returns the chat to which a contact belongs, as of the latest commit.
	Chat(ctx context.Context, id contact.ID) (*contact.Chat, error)
	// Items returns up to limit items of a chat in ascending order: those from
	// number from on, or, with back, those up to from, the newest ones.
	Items(ctx context.Context, chat int64, from int64, limit int, back bool) ([]contact.Item, error)
	// SeqAt returns the number of the first item that is not older than t, or
	// one more than the last item's.
	SeqAt(ctx context.Context, chat int64, t time.Time) (int64, error)
	// Receipts returns the marks of a chat for the messages numbered from to to,
	// ascending, and after those the first few of later messages that cover
	// earlier ones: the next MarksBeyond, and as many that say read.
	Receipts(ctx context.Context, chat, from, to int64) ([]contact.Receipt, error)

	// Token returns the answer kept under an idempotency key.
	Token(ctx context.Context, key string) (answer string, ok bool, err error)
	// ForgetTokens removes the keys that are older than before.
	ForgetTokens(ctx context.Context, before time.Time) error

	// Waiting returns the chats of an instance that wait in a queue and ring at
	// nobody, longest waiting first.
	Waiting(ctx context.Context, instance contact.InstanceID) ([]Waiting, error)
	// Active counts the chats of an instance that have not ended.
	Active(ctx context.Context, instance contact.InstanceID) (int, error)

	// Agent returns an agent. One that was never stored is NotFound.
	Agent(ctx context.Context, user contact.UserID) (*contact.Agent, error)
	// RoutableAgents returns all agents of an instance whose status is routable.
	RoutableAgents(ctx context.Context, instance contact.InstanceID) ([]*contact.Agent, error)
	// Agents returns all agents of an instance that were ever stored, by user.
	Agents(ctx context.Context, instance contact.InstanceID) ([]*contact.Agent, error)

	// Legs hands each contact of an instance that was going on at some time
	// between from and to (exclusive) to each, in no certain order. A chat that
	// goes on for a contact.MaxDuration and more is not looked for any further.
	Legs(ctx context.Context, instance contact.InstanceID, from, to time.Time, each func(*contact.Leg)) error
	// RecentLegs returns the contacts that a query finds, those that were initiated
	// last first; of those of one moment the one with the greater id. Without a
	// customer or an agent it looks at all of its time.
	RecentLegs(ctx context.Context, q LegQuery) ([]contact.Leg, error)
	// AgentMarks returns the marks of the agents of an instance between from and
	// to (exclusive), and before them the last earlier one of each agent, in the
	// order of time.
	AgentMarks(ctx context.Context, instance contact.InstanceID, from, to time.Time) ([]contact.AgentMark, error)
	// OfferEnds returns the offers of an instance that ended between from and to
	// (exclusive), in the order of time.
	OfferEnds(ctx context.Context, instance contact.InstanceID, from, to time.Time) ([]contact.OfferEnd, error)

	// FlowMarks hands the beginnings and ends of an instance's flows between from
	// and to (exclusive) to each, in the order of time.
	FlowMarks(ctx context.Context, instance contact.InstanceID, from, to time.Time, each func(*contact.FlowMark)) error

	// TrimReports removes up to limit rows of an instance that nothing needs which
	// is asked of the time from before on, and reports how many: contacts and offers
	// that ended earlier, beginnings and ends of flows, and the marks of agents but
	// for the last one of each. Contacts that go on stay, however old, and so do
	// chats with all that is theirs. There may be more to remove if it was limit.
	TrimReports(ctx context.Context, instance contact.InstanceID, before time.Time, limit int) (removed int, err error)

	// DueTimers returns up to limit timers that are due at now, the oldest
	// first, and when the next one after those is due (zero: none).
	DueTimers(ctx context.Context, now time.Time, limit int) (due []contact.Timer, next time.Time, err error)
	// PutOffTimer makes a timer that was read due at until, unless it has fired, was
	// disarmed or set anew meanwhile, which is no error. Its chat is not read, so
	// that it works for one that cannot be.
	PutOffTimer(ctx context.Context, t contact.Timer, until time.Time) error

	// Outbox returns up to limit rows of the outbox that are numbered above after,
	// in order. A row never appears below one that has been returned.
	Outbox(ctx context.Context, after int64, limit int) ([]contact.Outgoing, error)
	// OutboxPosition returns the number up to which a receiver has been given
	// everything; 0 for one that is new.
	OutboxPosition(ctx context.Context, receiver string) (int64, error)
	// PassOutbox notes that a receiver has been given everything up to position.
	// One that has come further already stays there.
	PassOutbox(ctx context.Context, receiver string, position int64) error
	// TrimOutbox removes the rows numbered up to upTo. Their numbers are not
	// given again.
	TrimOutbox(ctx context.Context, upTo int64) error

	// Directory returns what is kept of an instance.
	Directory(ctx context.Context, instance contact.InstanceID) (*directory.Directory, error)
	// Instances returns the ids of all instances, in order.
	Instances(ctx context.Context) ([]contact.InstanceID, error)
	// PutDirectory stores every entry of d and removes those that are named,
	// all or nothing. Entries with the same ids are replaced, others stay as
	// they are. Removing what is not there is no error.
	PutDirectory(ctx context.Context, d *directory.Directory, remove ...directory.Ref) error

	// Claim makes what is called name holder's for d from now on, unless it is
	// another's, and reports whether it is. Holding it already renews it; a d of 0
	// gives it up. By this a cluster has one of its processes do what only one
	// need do.
	Claim(ctx context.Context, name, holder string, d time.Duration) (bool, error)

	// NoteHere notes when each of some agents was last seen, for other processes. A
	// later time that is known stays.
	NoteHere(ctx context.Context, last map[contact.UserID]time.Time) error
	// LastHere returns when an agent was last seen; zero if nobody noted it.
	LastHere(ctx context.Context, user contact.UserID) (time.Time, error)

	// SigningKeys returns the keys of tokens, newest first.
	SigningKeys(ctx context.Context) ([]SigningKey, error)
	// AddSigningKey adds a key.
	AddSigningKey(ctx context.Context, k SigningKey) error

	// Export hands everything that is kept to each, as of one moment, while others
	// go on to read and write. See Row for the order. A row is each's to keep; its
	// first error ends the export and is returned. What is of use for moments only
	// is left out: claims, and when agents were last seen.
	Export(ctx context.Context, each func(*Row) error) error

	// Close waits for running commits and closes the store.
	Close() error
}

// MarksBeyond is how many marks of later messages Receipts returns of either
// sort. A chat has few participants, each of whom has marks of each other.
const MarksBeyond = 16

// Waiting is a chat in a queue, as routing sees it.
type Waiting struct {
	Chat  contact.ID
	Queue contact.QueueID
	Since time.Time
}

// LegQuery says which contacts are wanted.
type LegQuery struct {
	Instance contact.InstanceID
	// Agent and CustomerID each leave only those of one; empty: anybody's.
	Agent      contact.UserID
	CustomerID string
	From       time.Time // initiated then or later; zero: ever
	// Before and BeforeID are where the page before ended: what follows it is
	// wanted. A zero Before begins with the newest, an empty BeforeID with those
	// that were initiated before that moment.
	Before   time.Time
	BeforeID contact.ID
	Limit    int
}

// SigningKey is a key with which tokens are signed.
type SigningKey struct {
	ID      uint32
	Secret  []byte // 32 bytes
	Created time.Time
}
