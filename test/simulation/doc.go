// Package simulation breaks real servers under load and counts what is left:
// every acknowledged message must be in the transcript exactly once, in order.
package simulation
