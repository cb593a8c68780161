package rulebot

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"
)

// Bot is a definition ready to answer. It keeps no state: any number of
// goroutines may use it.
type Bot struct {
	intents  []*intent
	fallback Fallback
	agree    [][]string
	decline  [][]string
}

type intent struct {
	Intent
	phrases [][]string
	slots   []*slot
}

type slot struct {
	Slot
	pattern *regexp.Regexp
	values  [][][]string // the phrases of each of Values
}

// Step is what a bot does next.
type Step string

// The steps.
const (
	ElicitIntent  Step = "ElicitIntent"  // asks what the customer wants
	ElicitSlot    Step = "ElicitSlot"    // asks for a slot
	ConfirmIntent Step = "ConfirmIntent" // asks whether all is right
	Close         Step = "Close"         // is done
)

// State is how an intent fares.
type State string

// The states.
const (
	InProgress State = "InProgress"
	Fulfilled  State = "Fulfilled"
	Failed     State = "Failed"
)

// Confirmation is the answer to the question whether all is right.
type Confirmation string

// The confirmations.
const (
	NotAsked  Confirmation = "None"
	Confirmed Confirmation = "Confirmed"
	Denied    Confirmation = "Denied"
)

// Filled is the value of a slot.
type Filled struct {
	Original    string `json:"o"` // as the customer wrote it
	Interpreted string `json:"v"`
}

// Reply is what a bot answers.
type Reply struct {
	Text    string   // to be said; may be empty
	Choices []string // what the customer may pick from

	Step         Step
	SlotToElicit string
	Intent       string // empty as long as none is known
	State        State
	Confirmation Confirmation
	Slots        map[string]Filled
	Confidence   float64 // 0 to 1, of the choice of the intent

	// Memory is to be handed in with the next text. It is empty after Close.
	Memory string
}

// memory is what a bot knows between two texts.
type memory struct {
	Intent     string            `json:"intent,omitempty"`
	Slots      map[string]Filled `json:"slots,omitempty"`
	Confidence float64           `json:"confidence,omitempty"`
	Asked      string            `json:"asked,omitempty"` // the slot asked for; none: the confirmation
	Misses     int               `json:"misses,omitempty"`
}

// maxOriginal is the most bytes of a customer's words that a slot keeps.
const maxOriginal = 1024

// Answer returns the bot's answer to a text. remembered is the Memory of its
// last reply, or empty to begin. A memory that does not fit the bot (any more)
// begins anew.
func (b *Bot) Answer(remembered, text string) Reply {
	m, in := b.recall(remembered)
	s := hear(text)
	switch {
	case in == nil:
		return b.elicitIntent(m, s)
	case m.Asked != "":
		return b.takeSlot(m, in, s)
	default:
		return b.takeConfirmation(m, in, s)
	}
}

func (b *Bot) recall(remembered string) (memory, *intent) {
	var m memory
	if remembered == "" || json.Unmarshal([]byte(remembered), &m) != nil || m.Misses < 0 {
		return memory{}, nil
	}
	if m.Intent == "" {
		return memory{Misses: m.Misses}, nil
	}
	in := b.intent(m.Intent)
	switch {
	case in == nil, m.Asked != "" && in.slot(m.Asked) == nil, m.Asked == "" && (in.Confirm == "" || in.missing(m.Slots) != nil):
		return memory{}, nil
	}
	maps.DeleteFunc(m.Slots, func(name string, _ Filled) bool { return in.slot(name) == nil })
	return m, in
}

// match is an intent that a text names.
type match struct {
	intent   *intent
	from, to int // the words of its phrase
}

// match returns the intent of which the longest phrase stands in s.
func (b *Bot) match(s said) match {
	var best match
	for _, in := range b.intents {
		if from, to := s.longest(in.phrases); to-from > best.to-best.from {
			best = match{in, from, to}
		}
	}
	return best
}

// exact returns the intent of which s is a phrase, or nil.
func (b *Bot) exact(s said) *intent {
	for _, in := range b.intents {
		if slices.ContainsFunc(in.phrases, s.is) {
			return in
		}
	}
	return nil
}

func (b *Bot) elicitIntent(m memory, s said) Reply {
	if best := b.match(s); best.intent != nil {
		return b.begin(best, s)
	}
	m.Misses++
	r := Reply{Text: b.fallback.Message, Step: ElicitIntent, State: InProgress, Confirmation: NotAsked}
	if m.Misses >= b.fallback.Attempts {
		r.Text, r.Step, r.State, r.Intent, r.Confidence = b.fallback.Closing, Close, Fulfilled, FallbackIntent, 1
		return r
	}
	r.Memory = m.String()
	return r
}

// begin takes up an intent, with what the other words say about its slots.
func (b *Bot) begin(found match, s said) Reply {
	m := memory{
		Intent:     found.intent.Name,
		Slots:      map[string]Filled{},
		Confidence: 0.5 + 0.5*float64(found.to-found.from)/float64(len(s.words)),
	}
	rest := s.without(found.from, found.to)
	for _, sl := range found.intent.slots {
		if v, ok := sl.search(rest); ok {
			m.Slots[sl.Name] = v
		}
	}
	return b.proceed(m, found.intent)
}

// proceed asks for what is missing, or closes.
func (b *Bot) proceed(m memory, in *intent) Reply {
	m.Misses, m.Asked = 0, ""
	if sl := in.missing(m.Slots); sl != nil {
		return ask(m, in, sl, sl.Prompt)
	}
	if in.Confirm != "" {
		return confirm(m, in)
	}
	return done(m, in, in.Closing, Fulfilled, NotAsked)
}

func (b *Bot) takeSlot(m memory, in *intent, s said) Reply {
	sl := in.slot(m.Asked)
	if other := b.exact(s); other != nil && other != in {
		return b.begin(match{other, 0, len(s.words)}, s)
	}
	if v, ok := sl.take(s); ok {
		if m.Slots == nil {
			m.Slots = map[string]Filled{}
		}
		m.Slots[sl.Name] = v
		return b.proceed(m, in)
	}
	if other := b.match(s); other.intent != nil && other.intent != in {
		return b.begin(other, s)
	}
	if m.Misses++; m.Misses >= sl.Attempts {
		return done(m, in, in.Failed, Failed, NotAsked)
	}
	return ask(m, in, sl, sl.Retry)
}

func (b *Bot) takeConfirmation(m memory, in *intent, s said) Reply {
	// The negative goes first: "not right" holds the word "right".
	if _, to := s.longest(b.decline); to > 0 {
		return done(m, in, in.Declined, Failed, Denied)
	}
	if _, to := s.longest(b.agree); to > 0 {
		return done(m, in, in.Closing, Fulfilled, Confirmed)
	}
	if other := b.match(s); other.intent != nil && other.intent != in {
		return b.begin(other, s)
	}
	if m.Misses++; m.Misses >= defaultAttempts {
		return done(m, in, in.Failed, Failed, NotAsked)
	}
	return confirm(m, in)
}

func ask(m memory, in *intent, sl *slot, prompt string) Reply {
	m.Asked = sl.Name
	r := m.reply(in, prompt, InProgress, NotAsked)
	r.Step, r.SlotToElicit, r.Memory = ElicitSlot, sl.Name, m.String()
	for _, v := range sl.Values {
		r.Choices = append(r.Choices, v.Value)
	}
	return r
}

func confirm(m memory, in *intent) Reply {
	r := m.reply(in, in.Confirm, InProgress, NotAsked)
	r.Step, r.Memory = ConfirmIntent, m.String()
	return r
}

func done(m memory, in *intent, text string, state State, c Confirmation) Reply {
	r := m.reply(in, text, state, c)
	r.Step = Close
	return r
}

func (m memory) reply(in *intent, text string, state State, c Confirmation) Reply {
	return Reply{
		Text: m.expand(text), State: state, Confirmation: c,
		Intent: in.Name, Slots: maps.Clone(m.Slots), Confidence: m.Confidence,
	}
}

func (m memory) expand(text string) string {
	return slotsRule().ReplaceAllStringFunc(text, func(name string) string {
		return m.Slots[name[1:len(name)-1]].Interpreted
	})
}

func (m memory) String() string {
	out, err := json.Marshal(m)
	if err != nil {
		panic(err) // texts and finite numbers always can be written
	}
	return string(out)
}

func (b *Bot) intent(name string) *intent {
	i := slices.IndexFunc(b.intents, func(in *intent) bool { return in.Name == name })
	if i < 0 {
		return nil
	}
	return b.intents[i]
}

func (in *intent) slot(name string) *slot {
	i := slices.IndexFunc(in.slots, func(s *slot) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return in.slots[i]
}

// missing returns the first slot that is not filled, or nil.
func (in *intent) missing(filled map[string]Filled) *slot {
	for _, s := range in.slots {
		if _, ok := filled[s.Name]; !ok {
			return s
		}
	}
	return nil
}

// take reads the answer to the slot's prompt.
func (sl *slot) take(s said) (Filled, bool) {
	if sl.Type == text && s.raw != "" && (sl.pattern == nil || sl.pattern.MatchString(s.raw)) {
		return filled(s.raw, s.raw), true
	}
	return sl.search(s)
}

// search looks for a value among other words. A text without a pattern is not
// found that way: it could be any of them.
func (sl *slot) search(s said) (Filled, bool) {
	if sl.Type == oneOf {
		best, most := -1, 0
		for i, words := range sl.values {
			if from, to := s.longest(words); to-from > most {
				best, most = i, to-from
			}
		}
		if best < 0 {
			return Filled{}, false
		}
		return filled(s.raw, sl.Values[best].Value), true
	}
	for _, token := range s.tokens {
		if sl.Type == number && sl.numeric(token) || sl.pattern != nil && sl.pattern.MatchString(token) {
			return filled(token, token), true
		}
	}
	return Filled{}, false
}

var numberRule = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[-+]?[0-9]{1,18}(\.[0-9]{1,9})?$`)
})

func (sl *slot) numeric(token string) bool {
	if !numberRule().MatchString(token) {
		return false
	}
	n, err := strconv.ParseFloat(token, 64)
	return err == nil && (sl.Min == nil || n >= *sl.Min) && (sl.Max == nil || n <= *sl.Max)
}

func filled(original, interpreted string) Filled {
	return Filled{Original: short(original), Interpreted: short(interpreted)}
}

func short(s string) string {
	if len(s) <= maxOriginal {
		return s
	}
	n := maxOriginal
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
