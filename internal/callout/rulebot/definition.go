// Package rulebot is a bot made of rules: intents that are known by phrases,
// and slots that are asked for until they are filled. It needs no network and
// learns nothing; the same words always get the same answer.
//
// The package is pure. A [Bot] takes what the customer said and what it
// remembered ([Bot.Answer]) and returns what to say and what to remember.
package rulebot

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync"

	"github.com/goccy/go-yaml"
)

// Definition says what a bot knows. Texts may name the slots of their intent in
// braces, as in "Order {OrderNumber} is on its way."
type Definition struct {
	// Intents are what a customer may want. Where two fit equally well, the
	// earlier one wins.
	Intents []Intent `yaml:"intents"`
	// Fallback is what happens when none fits.
	Fallback Fallback `yaml:"fallback,omitempty"`
	// Agree and Decline are the answers to a question for confirmation; English
	// ones if empty.
	Agree   []string `yaml:"agree,omitempty"`
	Decline []string `yaml:"decline,omitempty"`
}

// Intent is one thing that a customer may want.
type Intent struct {
	// Name is what the flow compares: letters, digits, hyphens and underscores.
	Name string `yaml:"name"`
	// Phrases are words by which it is known; they may stand anywhere in what
	// the customer says. Case, accents and punctuation do not matter.
	Phrases []string `yaml:"phrases"`
	// Slots are asked for in this order, unless the customer has already said
	// them.
	Slots []Slot `yaml:"slots,omitempty"`
	// Confirm is a question to be answered with yes or no once all slots are
	// filled; none is asked if it is empty.
	Confirm string `yaml:"confirm,omitempty"`
	// Declined is said when that answer is no.
	Declined string `yaml:"declined,omitempty"`
	// Closing is said when all is known.
	Closing string `yaml:"closing,omitempty"`
	// Failed is said when the bot gives up asking.
	Failed string `yaml:"failed,omitempty"`
}

// Slot is one thing that an intent needs to know.
type Slot struct {
	// Name is letters, digits, hyphens and underscores.
	Name string `yaml:"name"`
	// Type is text (the default), number or one_of.
	Type string `yaml:"type,omitempty"`
	// Pattern is a regular expression (RE2) that a text must match as a whole.
	// A text with a pattern is also found among other words.
	Pattern string `yaml:"pattern,omitempty"`
	// Min and Max bound a number.
	Min *float64 `yaml:"min,omitempty"`
	Max *float64 `yaml:"max,omitempty"`
	// Values are what a one_of may be.
	Values []Value `yaml:"values,omitempty"`
	// Prompt asks for it.
	Prompt string `yaml:"prompt"`
	// Retry asks again after an answer that does not fit; Prompt if empty.
	Retry string `yaml:"retry,omitempty"`
	// Attempts is how many answers may fail to fit; 0 stands for 3.
	Attempts int `yaml:"attempts,omitempty"`
}

// Value is one of the values of a slot.
type Value struct {
	Value string   `yaml:"value"`
	Words []string `yaml:"words,omitempty"` // other words for it
}

// Fallback is what happens when nothing is understood.
type Fallback struct {
	// Message is said then, as long as the conversation goes on.
	Message string `yaml:"message,omitempty"`
	// Closing is said when it closes.
	Closing string `yaml:"closing,omitempty"`
	// Attempts is after how many such texts in a row the conversation closes
	// with the intent FallbackIntent; 0 stands for 1.
	Attempts int `yaml:"attempts,omitempty"`
}

// FallbackIntent is the name under which a conversation closes when nothing
// was understood.
const FallbackIntent = "FallbackIntent"

// The types of slots.
const (
	text   = "text"
	number = "number"
	oneOf  = "one_of"
)

const defaultAttempts = 3

//go:embed demo.yaml
var demo []byte

// Demo returns the bot that a new installation shows: it knows the opening
// hours, asks for an order number and hands over to people.
func Demo() Definition {
	d, err := Parse(demo)
	if err != nil {
		panic(err) // it has been tested
	}
	return d
}

// Parse reads a definition in YAML or JSON. An unknown key is an error, as is
// whatever [New] refuses.
func Parse(data []byte) (Definition, error) {
	var d Definition
	if err := yaml.UnmarshalWithOptions(data, &d, yaml.Strict()); err != nil {
		return Definition{}, err
	}
	_, err := New(d)
	return d, err
}

var (
	nameRule  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`) })
	slotsRule = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{([A-Za-z][A-Za-z0-9_-]*)\}`) })
)

// maxName is how long the name of an intent or a slot may be, in bytes.
const maxName = 100

func isName(s string) bool { return len(s) <= maxName && nameRule().MatchString(s) }

// Check reports the first thing in a definition that makes no sense.
func (d Definition) Check() error {
	_, err := New(d)
	return err
}

// New returns the bot of a definition, or the first thing in it that makes no
// sense.
func New(d Definition) (*Bot, error) {
	b := &Bot{fallback: d.Fallback, agree: phrases(d.Agree), decline: phrases(d.Decline)}
	if len(b.agree) == 0 {
		b.agree = phrases([]string{"yes", "yep", "yeah", "sure", "ok", "okay", "correct", "right"})
	}
	if len(b.decline) == 0 {
		b.decline = phrases([]string{"no", "nope", "wrong", "incorrect", "not right"})
	}
	if len(d.Intents) == 0 {
		return nil, errors.New("intents: a bot needs at least one")
	}
	if d.Fallback.Attempts < 0 {
		return nil, errors.New("fallback.attempts: must not be negative")
	}
	b.fallback.Attempts = max(b.fallback.Attempts, 1)
	for i, def := range d.Intents {
		in, err := newIntent(def)
		if err != nil {
			return nil, fmt.Errorf("intents[%d] (%s): %w", i, def.Name, err)
		}
		if b.intent(in.Name) != nil {
			return nil, fmt.Errorf("intents[%d] (%s): the name is taken", i, def.Name)
		}
		b.intents = append(b.intents, in)
	}
	return b, nil
}

func newIntent(def Intent) (*intent, error) {
	in := &intent{Intent: def, phrases: phrases(def.Phrases)}
	switch {
	case !isName(def.Name):
		return nil, errors.New("name: must be letters, digits, hyphens and underscores")
	case def.Name == FallbackIntent:
		return nil, errors.New("name: FallbackIntent is described by fallback")
	case len(in.phrases) == 0:
		return nil, errors.New("phrases: an intent needs at least one with a letter or digit")
	}
	for i, def := range def.Slots {
		s, err := newSlot(def)
		if err != nil {
			return nil, fmt.Errorf("slots[%d] (%s): %w", i, def.Name, err)
		}
		if in.slot(s.Name) != nil {
			return nil, fmt.Errorf("slots[%d] (%s): the name is taken", i, def.Name)
		}
		in.slots = append(in.slots, s)
	}
	for _, t := range in.texts() {
		for _, m := range slotsRule().FindAllStringSubmatch(t, -1) {
			if in.slot(m[1]) == nil {
				return nil, fmt.Errorf("%q names a slot that the intent does not have", t)
			}
		}
	}
	return in, nil
}

func newSlot(def Slot) (*slot, error) {
	s := &slot{Slot: def}
	if s.Type == "" {
		s.Type = text
	}
	if s.Attempts == 0 {
		s.Attempts = defaultAttempts
	}
	if s.Retry == "" {
		s.Retry = s.Prompt
	}
	switch {
	case !isName(s.Name):
		return nil, errors.New("name: must be letters, digits, hyphens and underscores")
	case s.Type != text && s.Type != number && s.Type != oneOf:
		return nil, fmt.Errorf("type: %q is none of text, number and one_of", s.Type)
	case s.Prompt == "":
		return nil, errors.New("prompt: must not be empty")
	case s.Attempts < 0:
		return nil, errors.New("attempts: must not be negative")
	case s.Pattern != "" && s.Type != text:
		return nil, errors.New("pattern: is for text")
	case (s.Min != nil || s.Max != nil) && s.Type != number:
		return nil, errors.New("min, max: are for numbers")
	case s.Min != nil && s.Max != nil && *s.Min > *s.Max:
		return nil, errors.New("min, max: no number lies between them")
	case (s.Type == oneOf) != (len(s.Values) > 0):
		return nil, errors.New("values: are for one_of, which needs them")
	}
	if s.Pattern != "" {
		re, err := regexp.Compile(`^(?:` + s.Pattern + `)$`)
		if err != nil {
			return nil, fmt.Errorf("pattern: %w", err)
		}
		s.pattern = re
	}
	for i, v := range s.Values {
		words := phrases(append([]string{v.Value}, v.Words...))
		if v.Value == "" || len(words) == 0 {
			return nil, errors.New("values[" + strconv.Itoa(i) + "]: needs a value with a letter or digit")
		}
		s.values = append(s.values, words)
	}
	return s, nil
}

// texts returns everything of an intent that is said.
func (in *intent) texts() []string {
	all := []string{in.Confirm, in.Declined, in.Closing, in.Failed}
	for _, s := range in.slots {
		all = append(all, s.Prompt, s.Retry)
	}
	return all
}
