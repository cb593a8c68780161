package bench

import (
	"net/http"
	"net/url"
	"time"

	"github.com/bellpull/bellpull/internal/sigv4"
)

// Key is an access key of the control plane.
type Key struct{ ID, Secret, Region string }

// sign returns the header lines that sign a request of the control plane. The
// path must need no escaping.
func (k Key) sign(method, host, path string, body []byte, at time.Time) string {
	if k.ID == "" {
		return ""
	}
	r := &http.Request{Method: method, Host: host, URL: &url.URL{Path: path}, Header: http.Header{}}
	sigv4.Key{ID: k.ID, Secret: k.Secret}.Sign(r, body, "connect", k.Region, at)
	return "X-Amz-Date: " + r.Header.Get("X-Amz-Date") + "\r\nAuthorization: " + r.Header.Get("Authorization") + "\r\n"
}
