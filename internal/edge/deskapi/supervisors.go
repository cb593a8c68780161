package deskapi

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// addSupervision adds what supervisors do. These operations are our own.
func (a *API) addSupervision() {
	a.operations["WhyWaiting"] = supervisors(a.whyWaiting)
	a.operations["MonitorContact"] = supervisors(a.monitorContact)
	a.operations["PutUserState"] = supervisors(a.putUserState)
	a.operations["AssignContact"] = a.assignContact
}

// supervisors lets nobody else do it.
func supervisors(do operation) operation {
	return func(ctx context.Context, who caller, body []byte) (any, error) {
		if !who.user.Supervisor {
			return nil, fault.Newf(fault.Denied, "user %s is not a supervisor", who.user.Username)
		}
		return do(ctx, who, body)
	}
}

// monitorContact lets the caller listen to a chat, and with mayBarge take part
// later. It answers with the contact that the caller's desk has then.
func (a *API) monitorContact(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		ContactID contact.ID `json:"contactId"`
		MayBarge  bool       `json:"mayBarge"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	id, err := a.Centre.Monitor(ctx, who.dir.Instance.ID, in.ContactID, who.user.ID, in.MayBarge, "")
	if err != nil {
		return nil, err
	}
	return map[string]contact.ID{"contactId": id}, nil
}

// putUserState puts a user into a state, or while the user is in a chat has it
// follow. The user's desk is told by its snapshot.
func (a *API) putUserState(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		Username      string `json:"username"`
		AgentStateARN string `json:"agentStateARN"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	u, err := named(who, in.Username)
	if err != nil {
		return nil, err
	}
	id := contact.StatusID(directory.BareID(in.AgentStateARN))
	return nil, a.Centre.SetStatus(ctx, who.dir.Instance.ID, u.ID, id, true)
}

// assignContact gives a contact that waits to an agent: a supervisor lets it ring
// at whom they name, themselves too, and everybody picks one out of the queues
// that they serve.
func (a *API) assignContact(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		ContactID contact.ID `json:"contactId"`
		Username  string     `json:"username"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if in.Username == "" || in.Username == who.user.Username && !who.user.Supervisor {
		return nil, a.Centre.Pick(ctx, who.dir.Instance.ID, in.ContactID, who.user.ID)
	}
	if !who.user.Supervisor {
		return nil, fault.Newf(fault.Denied, "only supervisors may give contacts to others")
	}
	u, err := named(who, in.Username)
	if err != nil {
		return nil, err
	}
	return nil, a.Centre.Hand(ctx, who.dir.Instance.ID, in.ContactID, u.ID)
}

// named returns a user of the caller's instance.
func named(who caller, username string) (*directory.User, error) {
	if u := who.dir.UserByName(username); u != nil {
		return u, nil
	}
	return nil, fault.Newf(fault.Invalid, "there is no user %q", username)
}
