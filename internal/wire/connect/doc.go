// Package connect has the Amazon Connect Service as Go types.
//
// Everything but this comment is generated from wire/model; start reading at
// [Operations], and in package wire for how types stand for JSON. The
// operations that have codecs, and so can be served, are listed in codecs.txt.
package connect

//go:generate go run ../gen -model ../model/connect.json -service connect
