package contact_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

func french(least float64) contact.Expression {
	return contact.Expression{Condition: &contact.Condition{Attribute: "language", Value: "french", Least: least}}
}

func TestStepsExpireOneAfterAnother(t *testing.T) {
	c := &contact.Criteria{
		Activated: noon,
		Steps:     []contact.Step{{Expression: french(5), Lasts: 30 * time.Second}, {Expression: french(3), Lasts: time.Minute}},
	}
	for _, test := range []struct {
		after   time.Duration
		step    int
		expires time.Duration // 0: never
	}{
		{0, 0, 30 * time.Second},
		{30*time.Second - time.Millisecond, 0, 30 * time.Second},
		{30 * time.Second, 1, 90 * time.Second},
		{90 * time.Second, 2, 0},
	} {
		step, expires := c.Active(noon.Add(test.after))
		want := noon.Add(test.expires)
		if test.expires == 0 {
			want = time.Time{}
		}
		if step != test.step || !expires.Equal(want) {
			t.Errorf("after %s: step %d until %s, want %d until %s", test.after, step, expires, test.step, want)
		}
	}
	c.Steps[0].Lasts = 0
	if step, expires := c.Active(noon.Add(time.Hour)); step != 0 || !expires.IsZero() {
		t.Errorf("a step without an end: step %d until %s", step, expires)
	}
}

func TestCriteriaCheck(t *testing.T) {
	and := func(parts ...contact.Expression) contact.Expression { return contact.Expression{And: parts} }
	or := func(parts ...contact.Expression) contact.Expression { return contact.Expression{Or: parts} }
	many := func(n int) (parts []contact.Expression) {
		for range n {
			parts = append(parts, french(1))
		}
		return parts
	}
	level := func(least, most float64) contact.Expression {
		return contact.Expression{Condition: &contact.Condition{Attribute: "a", Value: "v", Least: least, Most: most}}
	}
	for name, test := range map[string]struct {
		expression contact.Expression
		good       bool
	}{
		"a level":               {french(3), true},
		"eight side by side":    {and(many(8)...), true},
		"nine side by side":     {and(many(9)...), false},
		"three branches":        {or(and(many(8)...), french(1), contact.Expression{Not: french(2).Condition}), true},
		"four branches":         {or(many(4)...), false},
		"or within and":         {and(or(many(2)...)), false},
		"or within or":          {or(or(many(2)...)), false},
		"and within and":        {and(and(many(2)...)), false},
		"nothing":               {contact.Expression{}, false},
		"two kinds at once":     {contact.Expression{Condition: french(1).Condition, And: many(1)}, false},
		"a level too high":      {level(6, 0), false},
		"a level too low":       {level(0, 0), false},
		"a range":               {level(2, 4), true},
		"a range upside down":   {level(4, 2), false},
		"no value":              {contact.Expression{Condition: &contact.Condition{Attribute: "a", Least: 1}}, false},
		"agents":                {contact.Expression{Condition: &contact.Condition{Agents: make10("u")}}, true},
		"eleven agents":         {contact.Expression{Condition: &contact.Condition{Agents: append(make10("u"), "v")}}, false},
		"an agent without name": {contact.Expression{Condition: &contact.Condition{Agents: make10("")}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := (&contact.Criteria{Steps: []contact.Step{{Expression: test.expression}}}).Check()
			if test.good && err != nil || !test.good && fault.KindOf(err) != fault.Invalid {
				t.Errorf("got %v", err)
			}
		})
	}
	for name, c := range map[string]contact.Criteria{
		"no steps":        {},
		"too many steps":  {Steps: make([]contact.Step, contact.MaxSteps+1)},
		"a step backward": {Steps: []contact.Step{{Expression: french(1), Lasts: -1}}},
	} {
		if err := c.Check(); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func make10(user contact.UserID) (users []contact.UserID) {
	for range 10 {
		users = append(users, user)
	}
	return users
}

func TestAsked(t *testing.T) {
	two, four := 2.0, 4.0
	for name, test := range map[string]struct {
		asked contact.Asked
		want  *contact.Condition
	}{
		"a level":          {contact.Asked{Attribute: "a", Value: "v", Operator: "NumberGreaterOrEqualTo", Level: &two}, &contact.Condition{Attribute: "a", Value: "v", Least: 2}},
		"any level":        {contact.Asked{Attribute: "a", Value: "v"}, &contact.Condition{Attribute: "a", Value: "v", Least: 1}},
		"a range":          {contact.Asked{Attribute: "a", Value: "v", Operator: "Range", Min: &two, Max: &four}, &contact.Condition{Attribute: "a", Value: "v", Least: 2, Most: 4}},
		"agents":           {contact.Asked{Operator: "Match", Agents: []contact.UserID{"u"}}, &contact.Condition{Agents: []contact.UserID{"u"}}},
		"to match nobody":  {contact.Asked{Operator: "Match"}, nil},
		"some other thing": {contact.Asked{Operator: "Like"}, nil},
	} {
		got, err := test.asked.Condition()
		if diff := cmp.Diff(test.want, got); diff != "" || (test.want == nil) != (fault.KindOf(err) == fault.Invalid) {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// queued returns a chat that waits, with criteria.
func queued(t *testing.T, c *contact.Criteria) *world {
	t.Helper()
	w := newWorld(t)
	w.story("connect ada")
	d := contact.NewDraft(w.chat, w.now)
	d.SetCriteria(c)
	w.apply(d)
	if !w.chat.Details.Criteria.Activated.IsZero() {
		t.Errorf("active before the contact waits, since %s", w.chat.Details.Criteria.Activated)
	}
	w.story("queue")
	return w
}

func TestCriteriaBeginToCountInTheQueue(t *testing.T) {
	given := &contact.Criteria{Steps: []contact.Step{{Expression: french(3)}}}
	w := queued(t, given)
	if got := w.chat.Details.Criteria.Activated; !got.Equal(w.now) {
		t.Errorf("active since %s, want %s", got, w.now)
	}
	if !given.Activated.IsZero() {
		t.Error("what was handed in has been written to")
	}
	before := w.chat.Details.Criteria
	w.now = w.now.Add(time.Minute)
	d := contact.NewDraft(w.chat, w.now)
	d.SetCriteria(&contact.Criteria{Steps: []contact.Step{{Expression: french(1)}}})
	w.apply(d)
	if got := w.chat.Details.Criteria.Activated; !got.Equal(w.now) || before.Activated.Equal(w.now) {
		t.Errorf("others, set while it waits: active since %s, want %s", got, w.now)
	}
	d = contact.NewDraft(w.chat, w.now)
	d.SetCriteria(nil)
	w.apply(d)
	if w.chat.Details.Criteria != nil {
		t.Error("they cannot be taken away")
	}
}

func TestPreferringAnAgentPutsTheCriteriaOff(t *testing.T) {
	w := queued(t, &contact.Criteria{Steps: []contact.Step{{Expression: french(5), Lasts: time.Minute}, {Expression: french(3)}}})
	w.now = w.now.Add(20 * time.Second)
	d := contact.NewDraft(w.chat, w.now)
	if err := d.Prefer("ben", 30*time.Second); err != nil {
		t.Fatal(err)
	}
	want := &contact.Criteria{Activated: w.now, Steps: []contact.Step{
		{Expression: contact.Expression{Condition: &contact.Condition{Agents: []contact.UserID{"ben"}}}, Lasts: 30 * time.Second},
		{Expression: french(5), Lasts: 40 * time.Second},
		{Expression: french(3)},
	}}
	if diff := cmp.Diff(want, d.Chat().Details.Criteria); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	w.story("offer ana")
	if err := contact.NewDraft(w.chat, w.now).Prefer("ben", time.Second); fault.KindOf(err) != fault.Conflict {
		t.Errorf("while it rings: %v", err)
	}
}

// What became of the steps is kept with the contact: those that were put off for
// a preferred agent count once.
func TestStepsThatAreOverAreKept(t *testing.T) {
	ben := contact.Expression{Condition: &contact.Condition{Agents: []contact.UserID{"ben"}}}
	over := func(state contact.StepState, e contact.Expression) contact.StepEnd {
		return contact.StepEnd{Expression: e, State: state}
	}
	given := &contact.Criteria{Steps: []contact.Step{{Expression: french(5), Lasts: time.Minute}, {Expression: french(4), Lasts: time.Minute}, {Expression: french(3)}}}
	for _, test := range []struct {
		name string
		do   func(*world)
		want []contact.StepEnd
	}{
		{"it waits in the first", func(*world) {}, nil},
		{"an agent joins in the second", func(w *world) {
			w.now = w.now.Add(time.Minute)
			w.story("offer ana, accept ana")
		}, []contact.StepEnd{over(contact.StepExpired, french(5)), over(contact.StepJoined, french(4))}},
		{"the customer leaves in the first", func(w *world) { w.story("leave ada") }, []contact.StepEnd{over(contact.StepInactive, french(5))}},
		{"another agent is preferred meanwhile, in vain", func(w *world) {
			w.now = w.now.Add(70 * time.Second)
			d := contact.NewDraft(w.chat, w.now)
			if err := d.Prefer("ben", 30*time.Second); err != nil {
				t.Fatal(err)
			}
			w.apply(d)
			w.now = w.now.Add(30 * time.Second)
			w.story("offer ana, accept ana")
		}, []contact.StepEnd{over(contact.StepExpired, french(5)), over(contact.StepExpired, ben), over(contact.StepJoined, french(4))}},
		{"it gets others", func(w *world) {
			w.now = w.now.Add(time.Minute)
			d := contact.NewDraft(w.chat, w.now)
			d.SetCriteria(&contact.Criteria{Steps: []contact.Step{{Expression: french(1)}}})
			w.apply(d)
			w.story("offer ana, accept ana")
		}, []contact.StepEnd{over(contact.StepExpired, french(5)), over(contact.StepInactive, french(4)), over(contact.StepJoined, french(1))}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := queued(t, given)
			test.do(w)
			l := w.chat.Legs()[0]
			if diff := cmp.Diff(test.want, l.StepEnds()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
