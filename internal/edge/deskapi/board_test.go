package deskapi_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
	"github.com/bellpull/bellpull/internal/store"
)

type board struct {
	At     float64
	Queues []struct {
		ID, Name                                                                                       string
		Waiting, Available, Staffed, InContact, Contacts, SlotsAvailable, HandledToday, AbandonedToday int
		Oldest, ServiceLevel                                                                           *float64
		Target                                                                                         float64
	}
	Agents []struct {
		Username, Name, State, StateType, NextState string
		Since                                       *float64
		Capacity                                    int
		Contacts                                    []struct{ ContactID, Customer, Queue, State string }
	}
	Waiting []struct {
		ContactID, QueueID, Queue, Customer string
		Position                            int
		Rings                               bool
	}
}

// agents are the lines of a board.
func (b board) agents() string {
	var lines []string
	for _, a := range b.Agents {
		line := a.Username + " " + a.State
		for _, c := range a.Contacts {
			line += " " + c.Customer + ":" + c.State
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, ", ")
}

func (b board) line() string {
	var lines []string
	for _, w := range b.Waiting {
		line := fmt.Sprint(w.Customer, " ", w.Position)
		if w.Rings {
			line += " rings"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, ", ")
}

func TestTheBoardShowsWhatGoesOn(t *testing.T) {
	led(t, func(t *testing.T, srv *servertest.Server, _ *directory.Directory) {
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		empty := into[board](t, ben, "GetBoard", nil)
		same(t, "agents at first", empty.agents(), "ana Offline, ben Offline, cho Offline")
		if q := empty.Queues; len(q) != 1 || q[0].ID != string(seed.DevQueue) || q[0].Oldest != nil || q[0].ServiceLevel != nil || q[0].Target != 20 {
			t.Errorf("queues at first: %+v", q)
		}
		ana.SetState("Available")
		served(srv, ana, "Done", nil)
		ada := srv.StartChat("Ada")
		moment()
		ana.Accept(ada)
		gone := srv.StartChat("Gone")
		moment()
		ana.Reject(gone)
		gone.Leave()
		ana.Clear(gone)
		srv.StartChat("Rings")
		moment()
		ana.TryState("Break", true)
		time.Sleep(time.Second)
		srv.StartChat("Waits")
		time.Sleep(2 * time.Second)

		b := into[board](t, ben, "GetBoard", nil)
		same(t, "agents", b.agents(), "ana Available Ada:connected Rings:connecting, ben Offline, cho Offline")
		same(t, "what follows", b.Agents[0].NextState, "Break")
		same(t, "who waits", b.line(), "Rings 1 rings, Waits 2")
		if q := b.Queues[0]; q.Waiting != 2 || q.Oldest == nil || *q.Oldest < 3 || *q.Oldest > 3.5 || q.Staffed != 1 || q.InContact != 1 || q.Available != 0 || q.Contacts != 1 {
			t.Errorf("queue: %+v", q)
		}

		// What was done today is some seconds old.
		time.Sleep(10 * time.Second)
		q := into[board](t, ben, "GetBoard", nil).Queues[0]
		if q.HandledToday != 2 || q.AbandonedToday != 1 || q.ServiceLevel == nil || *q.ServiceLevel != 0.5 {
			t.Errorf("today: %+v, service level %v", q, q.ServiceLevel)
		}

		time.Sleep(24 * time.Hour)
		ana, ben = srv.Desk("ana"), srv.Desk("ben")
		if q := into[board](t, ben, "GetBoard", nil).Queues[0]; q.HandledToday != 0 || q.ServiceLevel != nil {
			t.Errorf("tomorrow: %+v", q)
		}

		trend := into[struct {
			Buckets []struct {
				Start                       float64
				Arrived, Handled, Abandoned int
				WaitP50, WaitP95            *float64
			}
			Seconds int
		}](t, ben, "GetTrend", map[string]int{"minutes": 1500})
		var arrived, handled, abandoned, waited int
		for _, b := range trend.Buckets {
			arrived, handled, abandoned = arrived+b.Arrived, handled+b.Handled, abandoned+b.Abandoned
			if b.WaitP50 != nil && b.WaitP95 != nil {
				waited++
			}
		}
		if trend.Seconds != 1800 || len(trend.Buckets) != 49 || arrived != 5 || handled != 2 || abandoned != 1 || waited != 1 {
			t.Errorf("trend: %d buckets of %d s: %d arrived, %d handled, %d abandoned, waits in %d", len(trend.Buckets), trend.Seconds, arrived, handled, abandoned, waited)
		}
		refused(t, "an agent's trend", ana.Do("GetTrend", nil), 403, "AccessDeniedException")
	})
}

// Agents see the queues that they serve, so that they can pick.
func TestAgentsSeeTheBoardOfTheirQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		dir.UserByName("ana").Supervisor = false
		dir.Queues["other"] = &directory.Queue{ID: "other", Name: "Other"}
		srv := servertest.Open(t, servertest.Options{Directory: dir})
		ana := srv.SignIn("ana")
		srv.StartChat("Ada")
		moment()
		b := into[board](t, ana, "GetBoard", nil)
		if len(b.Queues) != 1 || len(b.Agents) != 0 {
			t.Errorf("board: %+v", b)
		}
		same(t, "who waits", b.line(), "Ada 1")
		same(t, "picked", ana.Do("AssignContact", map[string]string{"contactId": b.Waiting[0].ContactID}).Status, 400) // offline
	})
}

// counting counts how often agents are read.
type counting struct {
	store.Store
	read *atomic.Int64
}

func (c counting) Agents(ctx context.Context, in contact.InstanceID) ([]*contact.Agent, error) {
	c.read.Add(1)
	return c.Store.Agents(ctx, in)
}

// However many supervisors look, the store is asked once a second.
func TestSupervisorsShareABoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var read atomic.Int64
		srv := servertest.Open(t, servertest.Options{Wrap: func(s store.Store) store.Store { return counting{s, &read} }})
		ana := srv.Desk("ana")
		before := read.Load()
		for range 5 {
			for range 20 {
				into[board](t, ana, "GetBoard", nil)
			}
			time.Sleep(time.Second)
		}
		same(t, "how often the agents were read in five seconds", read.Load()-before, 5)
	})
}

// The day of a queue is that of its hours' time zone.
func TestADayIsOverWhereTheQueueIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // it is midnight in UTC
		dir := seed.Dev()
		dir.Hours["there"] = &directory.Hours{ID: "there", Name: "There", TimeZone: "Pacific/Auckland"} // 13:00
		queue := *dir.Queues[seed.DevQueue]
		queue.Hours = "there"
		dir.Queues[queue.ID] = &queue
		srv := servertest.Open(t, servertest.Options{Directory: dir})
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		served(srv, ana, "Ada", nil)
		for _, want := range []int{1, 0} { // 18:30, 00:01
			time.Sleep(5*time.Hour + 31*time.Minute)
			same(t, "handled today", into[board](t, ana, "GetBoard", nil).Queues[0].HandledToday, want)
		}
	})
}
