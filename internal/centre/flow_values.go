package centre

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"sync"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/flow"
)

// flows holds flows that have been read, by the hash of their content. A chat
// that waits goes on with the content that it began with.
type flows struct {
	mu     sync.RWMutex
	parsed map[string]*flow.Flow // by version
}

// maxParsed is how many flows are held. When there are more, they are read anew.
const maxParsed = 1000

// versionOf names a content for good.
func versionOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:12])
}

// source finds a flow or a module by its id or ARN and reads it. With a version
// it is that content, even if another has taken its place.
func (f *flows) source(dir *directory.Directory, ref, version string, module bool) (flow.Source, error) {
	kept := dir.Flows[contact.FlowID(directory.BareID(ref))]
	if module {
		kept = dir.Modules[contact.FlowID(directory.BareID(ref))]
	}
	src := flow.Source{ID: ref, Version: version}
	if kept == nil && version == "" {
		return src, fault.Newf(fault.NotFound, "there is no flow %s", ref)
	}
	if kept != nil {
		src.ID, src.Name, src.Type = string(kept.ID), kept.Name, flow.Type(kept.Type)
	}
	if f.has(&src) {
		return src, nil
	}
	content := contentOf(kept, ref, version)
	if content == "" {
		content = retired(dir, version)
	}
	if version == "" {
		if content == "" {
			return src, fault.Newf(fault.NotFound, "nothing is published as flow %s", ref)
		}
		src.Version = versionOf(content)
		if f.has(&src) {
			return src, nil
		}
	}
	if content == "" {
		return src, fault.Newf(fault.NotFound, "version %s of flow %s is no longer there", version, ref)
	}
	fl, err := flow.Read(content)
	if err != nil {
		return src, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.parsed == nil || len(f.parsed) >= maxParsed {
		f.parsed = map[string]*flow.Flow{}
	}
	f.parsed[src.Version] = fl
	src.Flow = fl
	return src, nil
}

// has finds the flow of a version that has been read.
func (f *flows) has(src *flow.Source) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	fl := f.parsed[src.Version]
	if fl != nil {
		src.Flow = fl
	}
	return fl != nil
}

// flowARN names a flow or a module in the flow log.
func flowARN(dir *directory.Directory, id string) string {
	if dir.Modules[contact.FlowID(id)] != nil {
		return dir.Instance.ARN("flow-module", id)
	}
	return dir.Instance.ARN("contact-flow", id)
}

// contentOf returns the content that a reference means: the one with the given
// hash, that of a qualified version or alias, or the one in force. It is empty
// where there is none.
func contentOf(kept *directory.Flow, ref, version string) string {
	if kept == nil {
		return ""
	}
	if version != "" {
		if versionOf(kept.Content) == version {
			return kept.Content
		}
		for _, v := range kept.Versions {
			if versionOf(v.Content) == version {
				return v.Content
			}
		}
		for _, old := range kept.Earlier {
			if versionOf(old.Content) == version {
				return old.Content
			}
		}
		return ""
	}
	_, qualifier, _ := strings.Cut(ref[strings.LastIndexByte(ref, '/')+1:], ":")
	if qualifier == "" || qualifier[0] == '$' {
		return kept.Content
	}
	number, err := strconv.ParseInt(qualifier, 10, 64)
	for _, a := range kept.Aliases {
		if a.Name == qualifier || a.ID == qualifier {
			number, err = a.Version, nil
		}
	}
	for _, v := range kept.Versions {
		if err == nil && v.Number == number {
			return v.Content
		}
	}
	return ""
}

// retired returns the content with the given hash of a flow that has been
// deleted, or nothing.
func retired(dir *directory.Directory, version string) string {
	for _, e := range dir.Instance.Retired {
		if version != "" && versionOf(e.Content) == version {
			return e.Content
		}
	}
	return ""
}

// value resolves a path of the flow language.
func value(chat *contact.Chat, dir *directory.Directory, keys []string) (string, bool) {
	switch len(keys) {
	case 1:
		v := systemValue(chat, dir, keys[0])
		return v, v != ""
	case 2:
		return pairValue(chat, dir, keys[0], keys[1])
	case 3:
		switch keys[0] {
		case "References":
			ref, ok := chat.Details.References[keys[1]]
			switch keys[2] {
			case "Value":
				return ref.Value, ok
			case "Type":
				return ref.Type, ok
			}
		case "SegmentAttributes":
			if text := chat.SegmentAttributes[keys[1]].Fields[keys[2]].Text; text != nil {
				return *text, true
			}
		}
	}
	return "", false
}

func pairValue(chat *contact.Chat, dir *directory.Directory, of, name string) (string, bool) {
	switch of {
	case "Attributes":
		v, ok := chat.Attributes[name]
		return v, ok
	case "Tags":
		v, ok := chat.Details.Tags[name]
		return v, ok
	case "SegmentAttributes":
		if text := chat.SegmentAttributes[name].Text; text != nil {
			return *text, true
		}
		if name == "connect:Subtype" {
			return "connect:Chat", true
		}
	case "Media":
		return chat.InitialText, name == "InitialMessage" && chat.InitialText != ""
	case "Queue":
		q := dir.Queue(chat.WorkingQueue())
		switch {
		case q == nil:
		case name == "Name":
			return q.Name, true
		case name == "ARN":
			return dir.Instance.ARN("queue", string(q.ID)), true
		}
	case "Agent":
		return agentValue(chat, dir, name)
	}
	return "", false
}

// agentValue resolves $.Agent: the agent for whom a whisper is, or to whom the
// contact is being transferred.
func agentValue(chat *contact.Chat, dir *directory.Directory, name string) (string, bool) {
	var u *directory.User
	if p := chat.Participant(chat.Flow.Whisper); p != nil {
		u = dir.Users[p.User]
	} else if t := chat.Transferring(); t != nil {
		u = dir.Users[t.Agent]
	}
	if u == nil {
		return "", false
	}
	switch name {
	case "UserName":
		return u.Username, true
	case "FirstName":
		return u.FirstName, true
	case "LastName":
		return u.LastName, true
	case "ARN":
		return dir.Instance.ARN("agent", string(u.ID)), true
	}
	return "", false
}

func systemValue(chat *contact.Chat, dir *directory.Directory, name string) string {
	now := *chat.Current()
	if t := chat.Transferring(); t != nil { // its flow runs on the contact that begins
		now = contact.Segment{ID: t.Contact, Previous: now.ID, Method: contact.FromTransfer}
	}
	switch name {
	case "ContactId":
		return string(now.ID)
	case "InitialContactId":
		return string(chat.ID)
	case "PreviousContactId":
		return string(now.Previous)
	case "Channel":
		return "CHAT"
	case "InstanceARN":
		return dir.Instance.ARN()
	case "AwsRegion":
		return dir.Instance.Region
	case "InitiationMethod":
		return now.Method
	case "LanguageCode":
		return chat.Details.Language
	case "CustomerId":
		return chat.CustomerID
	case "Name":
		return chat.Details.Name
	case "Description":
		return chat.Details.Description
	}
	return ""
}
