package contact

import (
	"maps"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/fault"
)

// Details are what a contact is called and refers to.
type Details struct {
	Name        string
	Description string
	Language    string
	References  map[string]Reference
	Tags        map[string]string
	// Priority orders the contacts of a queue, low first; 0 is DefaultPriority.
	Priority int64
	// Adjustment is added to the time waited.
	Adjustment time.Duration
	// Recording is kept as it was set: JSON.
	Recording string
	// Criteria limit the agents whom the contact may go to; nil: none do.
	Criteria *Criteria
}

// DefaultPriority is that of contacts for which nothing else was said.
const DefaultPriority = 5

// Reference is something that a contact refers to.
type Reference struct{ Type, Value string }

// SetDetails changes what the contact is called and refers to.
func (d *Draft) SetDetails(change func(*Details)) { change(&d.edit().Details) }

// SetCustomerID says who the customer is.
func (d *Draft) SetCustomerID(id string) { d.edit().CustomerID = id }

// About is what is said of a contact. What is nil stays as it is; references and
// segment attributes are added to those there are.
type About struct {
	Name, Description, Language, CustomerID *string
	References                              map[string]Reference
	SegmentAttributes                       map[string]SegmentValue
}

// Describe changes what is said of a contact; that may change after the end too.
func (d *Draft) Describe(a About) {
	c := d.edit()
	for to, from := range map[*string]*string{
		&c.Details.Name: a.Name, &c.Details.Description: a.Description, &c.Details.Language: a.Language, &c.CustomerID: a.CustomerID,
	} {
		if from != nil {
			*to = *from
		}
	}
	c.Details.References = with(c.Details.References, a.References)
	c.SegmentAttributes = with(c.SegmentAttributes, a.SegmentAttributes)
}

// MaxTags is the most tags that a contact may have.
const MaxTags = 6

// Limits of a tag, in characters.
const (
	maxTagKey   = 128
	maxTagValue = 256
)

// Tag adds tags to a contact, all or none; those with keys that it has are
// replaced. Keys that begin with aws: are the system's.
func (d *Draft) Tag(tags map[string]string) error {
	next := with(maps.Clone(d.Chat().Details.Tags), tags)
	if len(next) > MaxTags {
		return fault.Newf(fault.Invalid, "a contact may have at most %d tags", MaxTags)
	}
	for k, v := range tags {
		if k == "" || strings.HasPrefix(k, "aws:") || utf8.RuneCountInString(k) > maxTagKey || utf8.RuneCountInString(v) > maxTagValue {
			return fault.Newf(fault.Invalid, "tag %q must have 1 to %d characters and not begin with aws:, its value at most %d", k, maxTagKey, maxTagValue)
		}
	}
	d.edit().Details.Tags = next
	return nil
}

// Untag removes tags. Keys that are not there are no error.
func (d *Draft) Untag(keys []string) {
	tags := d.edit().Details.Tags
	for _, k := range keys {
		delete(tags, k)
	}
}

// with adds to a map, which may be nil.
func with[V any](m, more map[string]V) map[string]V {
	if m == nil && len(more) > 0 {
		m = make(map[string]V, len(more))
	}
	maps.Copy(m, more)
	return m
}
