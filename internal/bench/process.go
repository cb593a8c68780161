package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// What a process uses is read from /proc; where there is none, or no process,
// the figures are zero.

// tick is the unit in which Linux tells CPU time.
const tick = 10 * time.Millisecond

// cpu returns the CPU time of a process.
func cpu(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The name, in parentheses, may contain anything; the times are the 12th
	// and 13th field after it.
	f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(string(f[11]))
	system, _ := strconv.Atoi(string(f[12]))
	return time.Duration(user+system) * tick
}

// memory returns the resident memory of a process in bytes.
func memory(pid int) int64 {
	if pid == 0 {
		return 0
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	f := strings.Fields(rest)
	if len(f) == 0 {
		return 0
	}
	kib, _ := strconv.ParseInt(f[0], 10, 64)
	return kib << 10
}

// busy returns how long the machine's processors have worked.
func busy() (d time.Duration) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	all, _, _ := strings.Cut(string(b), "\n")
	for i, f := range strings.Fields(all) {
		if i == 0 || i == 4 || i == 5 || i > 7 { // name, idle, waiting, beyond
			continue
		}
		n, _ := strconv.Atoi(f)
		d += time.Duration(n) * tick
	}
	return d
}

// usage is an account that is open: of the server, of this process and of the
// whole machine.
type usage struct {
	pid               int
	start             time.Time
	server, own, busy time.Duration
}

func account(pid int) *usage {
	return &usage{pid: pid, start: now(), server: cpu(pid), own: cpu(os.Getpid()), busy: busy()}
}

// Usage is what was used in some time.
type Usage struct {
	Server, Client, Others float64 // CPU of the server, this program and the rest of the machine, in cores
	RSS                    float64 // memory of the server at the end, MB
}

// Measure begins to measure what is used. What needs the server's process, or
// its number, is zero without.
func Measure(pid int) (done func() Usage) {
	u := account(pid)
	return func() Usage {
		var r Result
		took := now().Sub(u.start).Seconds() * 1e6
		u.close(&r, 1)
		return Usage{Server: r.CPU / took, Client: r.ClientCPU / took, Others: r.Other, RSS: r.RSS}
	}
}

// close puts what was used into r, for each of n messages or pages.
func (u *usage) close(r *Result, n int) {
	took := now().Sub(u.start)
	server, own := cpu(u.pid)-u.server, cpu(os.Getpid())-u.own
	if n > 0 {
		r.CPU = float64(server.Microseconds()) / float64(n)
		r.ClientCPU = float64(own.Microseconds()) / float64(n)
	}
	r.Other = max(0, (busy()-u.busy-server-own).Seconds()/took.Seconds())
	if u.pid == 0 {
		r.Other = 0 // the server would be counted with the others
	}
	r.RSS = float64(memory(u.pid)) / 1e6
}

// Quiet waits until the rest of the machine has used less than cores for a
// second, at most for limit.
func Quiet(cores float64, limit time.Duration) {
	for end := now().Add(limit); now().Before(end); {
		before := busy()
		time.Sleep(time.Second)
		if (busy() - before).Seconds() < cores {
			return
		}
	}
}
