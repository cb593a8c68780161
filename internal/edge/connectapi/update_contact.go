package connectapi

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// The types of references that have nothing but a value.
const (
	urlReference    = "URL"
	textReference   = "STRING"
	numberReference = "NUMBER"
	dateReference   = "DATE"
	emailReference  = "EMAIL"
)

var plainReferences = []string{urlReference, textReference, numberReference, dateReference, emailReference}

// UpdateContact answers POST /contacts/{InstanceId}/{ContactId}.
func (a *API) UpdateContact(ctx context.Context, in *connect.UpdateContactRequest) (*connect.UpdateContactResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	if in.QueueInfo != nil || in.UserInfo != nil || in.CustomerEndpoint != nil || in.SystemEndpoint != nil {
		return nil, fault.Newf(fault.Invalid, "QueueInfo, UserInfo, CustomerEndpoint and SystemEndpoint cannot be changed of a chat")
	}
	about := contact.About{
		Name: in.Name, Description: in.Description, References: map[string]contact.Reference{}, SegmentAttributes: segmentValues(in.SegmentAttributes),
	}
	for k, ref := range in.References {
		if !slices.Contains(plainReferences, ref.Type) {
			return nil, fault.Newf(fault.Invalid, "References.%s: references of type %s are not implemented by this server", k, ref.Type)
		}
		about.References[k] = contact.Reference{Type: ref.Type, Value: text(ref.Value)}
	}
	return nil, a.centre.Describe(ctx, dir.Instance.ID, contactID(in.ContactId), about)
}

// ListContactReferences answers GET
// /contact/references/{InstanceId}/{ContactId}. It has one page.
func (a *API) ListContactReferences(ctx context.Context, in *connect.ListContactReferencesRequest) (*connect.ListContactReferencesResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	chat, err := a.centre.DescribeContact(ctx, dir.Instance.ID, contactID(in.ContactId))
	if err != nil {
		return nil, err
	}
	out := &connect.ListContactReferencesResponse{}
	for _, name := range slices.Sorted(maps.Keys(chat.Details.References)) {
		ref := chat.Details.References[name]
		kind := strings.ToUpper(ref.Type) // flows write small letters
		if slices.Contains(in.ReferenceTypes, kind) {
			out.ReferenceSummaryList = append(out.ReferenceSummaryList, reference(kind, name, ref.Value))
		}
	}
	return out, nil
}

func reference(kind, name, value string) (out connect.ReferenceSummary) {
	switch kind {
	case urlReference:
		out.Url = &connect.UrlReference{Name: name, Value: value}
	case numberReference:
		out.Number = &connect.NumberReference{Name: name, Value: value}
	case dateReference:
		out.Date = &connect.DateReference{Name: name, Value: value}
	case emailReference:
		out.Email = &connect.EmailReference{Name: name, Value: value}
	default:
		out.String = &connect.StringReference{Name: name, Value: value}
	}
	return out
}

// TagContact answers POST /contact/tags.
func (a *API) TagContact(ctx context.Context, in *connect.TagContactRequest) (*connect.TagContactResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	return nil, a.centre.Tag(ctx, dir.Instance.ID, contactID(in.ContactId), in.Tags)
}

// UntagContact answers DELETE /contact/tags/{InstanceId}/{ContactId}.
func (a *API) UntagContact(ctx context.Context, in *connect.UntagContactRequest) (*connect.UntagContactResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	return nil, a.centre.Untag(ctx, dir.Instance.ID, contactID(in.ContactId), in.TagKeys)
}
