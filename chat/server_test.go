package chat_test

import (
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"github.com/bellpull/bellpull/chat"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// The library and the whole server agree about a file.
func TestAFileThroughTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		s, err := chat.Connect(t.Context(), chat.Details{ParticipantToken: srv.NewChat("Ada").Token}, chat.Options{Endpoint: servertest.URL, HTTPClient: srv.HTTPClient()})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		id, err := s.SendAttachment(t.Context(), chat.File{Name: "a.txt", ContentType: "text/plain", Data: []byte("hello")})
		if err != nil {
			t.Fatal(err)
		}
		for ev := range s.Events() {
			if a, ok := ev.(chat.AttachmentEvent); ok {
				if want := (chat.Attachment{AttachmentID: id, AttachmentName: "a.txt", ContentType: "text/plain", Status: "APPROVED"}); len(a.Attachments) != 1 || a.Attachments[0] != want {
					t.Errorf("heard of %+v, want %+v", a.Attachments, want)
				}
				break
			}
		}
		d, err := s.DownloadAttachment(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if b, err := io.ReadAll(d); err != nil || string(b) != "hello" || d.ContentType != "text/plain" || d.Size != 5 {
			t.Errorf("got %q of %s, %d bytes, error %v", b, d.ContentType, d.Size, err)
		}
		_, err = s.SendAttachment(t.Context(), chat.File{Name: "a.exe", ContentType: "application/octet-stream", Data: []byte("x")})
		if e, ok := errors.AsType[*chat.Error](err); !ok || e.Type != "ValidationException" {
			t.Errorf("a program: error %v, want that it is refused", err)
		}
	})
}
