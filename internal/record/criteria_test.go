package record

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

func TestTheRecordTellsTheStepThatAnAgentJoinedIn(t *testing.T) {
	queued := time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
	chat := &contact.Chat{ID: "c", Details: contact.Details{Criteria: &contact.Criteria{
		Activated: queued,
		Steps: []contact.Step{
			{Lasts: 30 * time.Second, Expression: contact.Expression{Condition: &contact.Condition{Agents: []contact.UserID{"u"}}}},
			{Lasts: time.Minute, Expression: contact.Expression{And: []contact.Expression{
				{Condition: &contact.Condition{Attribute: "language", Value: "German", Least: 3}},
				{Not: &contact.Condition{Attribute: "plan", Value: "basic", Least: 1, Most: 2}},
			}}},
			{Expression: contact.Expression{Condition: &contact.Condition{Attribute: "language", Value: "German", Least: 1}}},
		},
	}}}
	s := &contact.Segment{ID: "c", Enqueued: queued, AgentConnected: queued.Add(45 * time.Second), Disconnected: queued.Add(time.Hour)}
	got, err := json.MarshalIndent(criteriaOf(chat, s), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
 "ActivationTimestamp": "2026-01-05T10:00:00Z",
 "Index": 1,
 "Steps": [
  {
   "Status": "EXPIRED",
   "Expression": {
    "AttributeCondition": {
     "ComparisonOperator": "Match",
     "MatchCriteria": {
      "AgentsCriteria": {
       "AgentIds": [
        "u"
       ]
      }
     }
    }
   },
   "Expiry": {
    "DurationInSeconds": 30,
    "ExpiryTimestamp": "2026-01-05T10:00:30Z"
   }
  },
  {
   "Status": "JOINED",
   "Expression": {
    "AndExpression": [
     {
      "AttributeCondition": {
       "Name": "language",
       "Value": "German",
       "ComparisonOperator": "NumberGreaterOrEqualTo",
       "ProficiencyLevel": 3
      }
     },
     {
      "NotAttributeCondition": {
       "Name": "plan",
       "Value": "basic",
       "ComparisonOperator": "Range",
       "Range": {
        "MinProficiencyLevel": 1,
        "MaxProficiencyLevel": 2
       }
      }
     }
    ]
   },
   "Expiry": {
    "DurationInSeconds": 60,
    "ExpiryTimestamp": "2026-01-05T10:01:30Z"
   }
  },
  {
   "Status": "INACTIVE",
   "Expression": {
    "AttributeCondition": {
     "Name": "language",
     "Value": "German",
     "ComparisonOperator": "NumberGreaterOrEqualTo",
     "ProficiencyLevel": 1
    }
   },
   "Expiry": null
  }
 ]
}`
	if string(got) != want {
		t.Errorf("got %s", got)
	}
	s.Enqueued = queued.Add(time.Minute) // the contact that followed it in the chain
	if criteriaOf(chat, s) != nil {
		t.Error("another contact has the criteria")
	}
}
