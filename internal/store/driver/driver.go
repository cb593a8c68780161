// Package driver is what the drivers of package store have in common: how items
// and states are written down (codec.go, docs.go), what a change is made ready
// to be stored (prepared.go), and the queue in which those wait who share a
// commit (queue.go).
package driver
