// Package participant has the Amazon Connect Participant Service as Go types.
//
// Everything but this comment is generated from wire/model; start reading at
// [Operations], and in package wire for how types stand for JSON.
package participant

//go:generate go run ../gen -model ../model/connectparticipant.json -service participant -typescript ../../../web/chat/wire/participant.gen.ts
