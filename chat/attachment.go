package chat

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"time"
)

// File is something to attach to a chat. Services accept at most 20 MB, of
// common types.
type File struct {
	Name        string // 1 to 256 characters
	ContentType string
	Data        []byte
}

// SendAttachment uploads a file and returns its AttachmentID, which the item
// that follows has too. Unlike ChatJS it notices a failed upload.
func (s *Session) SendAttachment(ctx context.Context, file File) (string, error) {
	if err := s.Err(); err != nil {
		return "", fmt.Errorf("StartAttachmentUpload: %w", err)
	}
	in := struct {
		ContentType           string
		AttachmentName        string
		AttachmentSizeInBytes int
		ClientToken           string
	}{file.ContentType, file.Name, len(file.Data), rand.Text()}
	var out struct {
		AttachmentID   string `json:"AttachmentId"`
		UploadMetadata struct {
			URL              string `json:"Url"`
			HeadersToInclude map[string]string
		}
	}
	err := s.call(ctx, call{
		operation: "StartAttachmentUpload",
		path:      "/participant/start-attachment-upload",
		in:        in,
		out:       &out,
	})
	if err != nil {
		return "", err
	}
	if err := s.upload(ctx, out.UploadMetadata.URL, out.UploadMetadata.HeadersToInclude, file.Data); err != nil {
		return "", err
	}
	return out.AttachmentID, s.call(ctx, call{
		operation: "CompleteAttachmentUpload",
		path:      "/participant/complete-attachment-upload",
		in: struct {
			AttachmentIDs []string `json:"AttachmentIds"`
			ClientToken   string
		}{[]string{out.AttachmentID}, rand.Text()},
	})
}

// upload puts the bytes of a file, trying again like call does.
func (s *Session) upload(ctx context.Context, url string, headers map[string]string, data []byte) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	for failures := 0; ; {
		err := s.put(ctx, url, headers, data)
		if err == nil || !temporary(err) || ctx.Err() != nil {
			return err
		}
		failures++
		if sleep(ctx, pause(failures, firstRetry), nil) != nil {
			return err
		}
	}
}

func (s *Session) put(ctx context.Context, url string, headers map[string]string, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 10*attemptLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, url, bytes.NewReader(data))
	if err != nil {
		return &Error{Operation: "upload", Type: "InvalidAddress", Message: err.Error()}
	}
	for name, value := range headers {
		if http.CanonicalHeaderKey(name) != "Content-Length" { // known from the body
			req.Header.Set(name, value)
		}
	}
	resp, err := s.opts.HTTPClient.Do(req)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return errorOf("upload", resp)
	}
	return nil
}

// Download is the content of an attachment. Close it after reading.
type Download struct {
	io.ReadCloser
	ContentType string
	Size        int64 // in bytes; -1 if unknown
}

// DownloadAttachment opens an attachment. ctx must last until it has been
// read.
func (s *Session) DownloadAttachment(ctx context.Context, attachmentID string) (*Download, error) {
	url, _, err := s.AttachmentURL(ctx, attachmentID)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, &Error{Operation: "download", Type: "InvalidAddress", Message: err.Error()}
	}
	resp, err := s.opts.HTTPClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("download: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, errorOf("download", resp)
	}
	return &Download{resp.Body, resp.Header.Get("Content-Type"), resp.ContentLength}, nil
}

// AttachmentURL returns an address that anybody can get the attachment from,
// until expiry.
func (s *Session) AttachmentURL(ctx context.Context, attachmentID string) (url string, expiry time.Time, err error) {
	var out struct {
		URL       string `json:"Url"`
		URLExpiry string `json:"UrlExpiry"`
	}
	err = s.call(ctx, call{
		operation: "GetAttachment",
		path:      "/participant/attachment",
		in:        map[string]string{"AttachmentId": attachmentID},
		out:       &out,
	})
	return out.URL, parseTime(out.URLExpiry), err
}
