package bench

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// Key is an access key of the control plane.
type Key struct{ ID, Secret, Region string }

// sign returns the header lines that sign a request of the control plane with
// Signature Version 4. The path must need no escaping.
func (k Key) sign(method, host, path string, body []byte, at time.Time) string {
	if k.ID == "" {
		return ""
	}
	stamp := at.UTC().Format("20060102T150405Z")
	scope := []string{stamp[:8], k.Region, "connect", "aws4_request"}
	canonical := method + "\n" + path + "\n\nhost:" + host + "\nx-amz-date:" + stamp + "\n\nhost;x-amz-date\n" + digest(body)
	key := []byte("AWS4" + k.Secret)
	for _, part := range scope {
		key = mac(key, part)
	}
	path = strings.Join(scope, "/")
	signature := mac(key, "AWS4-HMAC-SHA256\n"+stamp+"\n"+path+"\n"+digest([]byte(canonical)))
	return "X-Amz-Date: " + stamp + "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=" + k.ID + "/" + path +
		", SignedHeaders=host;x-amz-date, Signature=" + hex.EncodeToString(signature) + "\r\n"
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
