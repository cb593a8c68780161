package simulation

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestCustomersArriveAsAPoissonProcess(t *testing.T) {
	const perSecond, seconds = 50, 2000
	all := newChance(1).arrivals(perSecond, seconds*time.Second)
	if !slices.IsSorted(all) || all[0] < 0 || all[len(all)-1] >= seconds*time.Second {
		t.Fatal("the moments are not in order, or outside the time")
	}
	// How many come within a second has the same mean and variance.
	counts := make([]float64, seconds)
	for _, at := range all {
		counts[at/time.Second]++
	}
	mean, variance := 0.0, 0.0
	for _, n := range counts {
		mean += n / seconds
	}
	for _, n := range counts {
		variance += (n - mean) * (n - mean) / seconds
	}
	if math.Abs(mean-perSecond) > 1 || math.Abs(variance-perSecond) > 6 {
		t.Errorf("within a second come %.2f, with a variance of %.2f; want %d for both", mean, variance, perSecond)
	}
	if !slices.Equal(all, newChance(1).arrivals(perSecond, seconds*time.Second)) {
		t.Error("the same seed makes other moments")
	}
	if slices.Equal(all, newChance(2).arrivals(perSecond, seconds*time.Second)) {
		t.Error("another seed makes the same moments")
	}
}

func TestChanceKeepsItsMeans(t *testing.T) {
	c := newChance(3)
	const n = 100_000
	var sum time.Duration
	yes := 0
	for range n {
		sum += c.exponential(30 * time.Second)
		if c.happens(0.05) {
			yes++
		}
	}
	if mean := sum / n; mean < 29*time.Second || mean > 31*time.Second {
		t.Errorf("the mean is %v, want 30s", mean)
	}
	if share := float64(yes) / n; share < 0.045 || share > 0.055 {
		t.Errorf("it happens in %.3f of all cases, want 0.05", share)
	}
	if d := c.exponential(0); d != 0 {
		t.Errorf("without a mean: %v", d)
	}
	if c.happens(0) {
		t.Error("what never happens has happened")
	}
}
