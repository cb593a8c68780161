package centre

import (
	"context"
	"time"

	"github.com/bellpull/bellpull/internal/tally"
)

// How often it is looked for rows that reports no longer ask for, how many of them
// are removed at once, and how many times as long as that took nothing is done
// then: others who write come first.
const (
	trimPeriod = 10 * time.Minute
	trimStep   = 200
	trimRest   = 9
)

// runTrimming removes what reports were made from when it has been kept for as
// long as it is to be. In a cluster one node at a time does so; when the next one
// gets its turn there is little left to do.
func (c *Centre) runTrimming(ctx context.Context) error {
	for c.KeepReports > 0 && pause(ctx, trimPeriod, nil) {
		c.trouble(ctx, "remove what reports were made from", c.duties.Run(ctx, "reports", c.trimReports))
	}
	return nil
}

func (c *Centre) trimReports(ctx context.Context) error {
	before := c.Now().Add(-c.KeepReports)
	for _, dir := range c.Instances() {
		for more := true; more; {
			took := tally.Start()
			n, err := c.Store.TrimReports(ctx, dir.Instance.ID, before, trimStep)
			c.figures.Trimmed.Add(int64(n))
			if err != nil {
				return err
			}
			if more = n == trimStep; more && !pause(ctx, trimRest*took.Elapsed(), nil) {
				return nil
			}
		}
	}
	return nil
}
