package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server"
)

// seedFileName is the seed file that dev finds by itself.
const seedFileName = "bellpull.yaml"

// seedCheck is how often dev looks whether its seed file has changed.
const seedCheck = 500 * time.Millisecond

// seedWatch makes a running dev follow its seed file.
type seedWatch struct {
	file      string
	srv       *server.Dev
	taken     string                 // the stamp of the files that were last read
	dirs      []*directory.Directory // as the server last took them
	waits     bool                   // for something that is in use
	out, errs io.Writer
}

// run looks at the file and those that it names until ctx is over. A change is
// taken once the files have been still for a while, so that nobody reads half
// of one. One that was refused for what is in use is tried again.
func (w *seedWatch) run(ctx context.Context) {
	before := w.taken
	tick := time.NewTicker(seedCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := seedStamp(w.file)
		if now == before && (now != w.taken || w.waits) {
			plans, err := w.reload(ctx)
			if again := now == w.taken; !again || err == nil {
				w.tell(plans, err)
			}
			w.taken, w.waits = now, fault.KindOf(err) == fault.Conflict
		}
		before = now
	}
}

// seedStamp is another text whenever a seed file, or one that it names, may have
// changed.
func seedStamp(file string) string {
	var b strings.Builder
	paths := []string{file}
	if f, err := seed.Load(file); err == nil {
		paths = f.Paths()
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			fmt.Fprintf(&b, "%s is not there\n", path)
			continue
		}
		fmt.Fprintln(&b, path, info.Size(), info.ModTime().UnixNano())
	}
	return b.String()
}

// reload brings the server to what the file now says.
func (w *seedWatch) reload(ctx context.Context) ([]*seed.Plan, error) {
	f, err := seed.Load(w.file)
	if err != nil {
		return nil, err
	}
	dirs, err := f.Dev(w.dirs...)
	if err != nil {
		return nil, err
	}
	plans, err := w.srv.Reload(ctx, dirs)
	if err == nil {
		w.dirs = dirs
	}
	return plans, err
}

// tell says what has become of a change.
func (w *seedWatch) tell(plans []*seed.Plan, err error) {
	if err != nil {
		so := "was not taken; everything is as it was"
		if fault.KindOf(err) == fault.Conflict {
			so = "is taken when that is over; until then everything is as it was"
		}
		_, _ = fmt.Fprintf(w.errs, "%v\n%s %s.\n", err, w.file, so) // nobody is there to hear otherwise
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s has changed:\n", w.file)
	changes := 0
	for _, p := range plans {
		for _, c := range p.Changes {
			changes++
			b.WriteString(c.String())
		}
	}
	if changes == 0 {
		b.WriteString("nothing is different\n")
	}
	_, _ = io.WriteString(w.out, b.String()) // likewise
}
