package callout

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// poster posts JSON to endpoints.
type poster struct {
	client *http.Client
	now    func() time.Time
}

// newPoster returns one that follows no redirects.
func newPoster(t *http.Transport, now func() time.Time) *poster {
	return &poster{now: now, client: &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// reply is an answer of status 2xx.
type reply struct {
	header http.Header
	body   []byte
}

// request returns a POST of JSON.
func request(ctx context.Context, url string, body []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "bellpull")
	return r, nil
}

// send sends r once and returns an answer of at most most bytes. A failure that
// may pass is marked with [again].
func (p *poster) send(r *http.Request, most int64) (reply, error) {
	resp, err := p.client.Do(r)
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrFailed, err)
		if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" && !errors.Is(err, ErrForbidden) {
			return reply{}, again{err} // nothing was sent
		}
		return reply{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err := statusError(resp); err != nil {
		return reply{}, err
	}
	if err != nil {
		return reply{}, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	if int64(len(body)) > most {
		return reply{}, fmt.Errorf("%w: it is longer than %d bytes", ErrAnswer, most)
	}
	return reply{resp.Header, body}, nil
}

// statusError says what a status other than 2xx means.
func statusError(resp *http.Response) error {
	status := strconv.Itoa(resp.StatusCode)
	if name := resp.Header.Get("X-Amzn-Errortype"); name != "" {
		status += " " + strconv.QuoteToASCII(cut(name, 100))
	}
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code >= 300 && code < 400:
		return fmt.Errorf("%w: status %s; redirects are not followed", ErrForbidden, status)
	case code == http.StatusTooManyRequests:
		return again{fmt.Errorf("%w: status %s", ErrThrottled, status)}
	case code >= 500:
		return again{fmt.Errorf("%w: status %s", ErrFailed, status)}
	default:
		return fmt.Errorf("%w: status %s", ErrFailed, status)
	}
}

// endorse signs a post to an endpoint that shares a secret with us. The header
//
//	Bellpull-Signature: t=1767225600,v1=HEX
//
// holds the time and the HMAC-SHA256 of the time in these digits, a full stop
// and the body.
func (p *poster) endorse(r *http.Request, body []byte, secret string) {
	if secret == "" {
		return
	}
	t := strconv.FormatInt(p.now().Unix(), 10)
	r.Header.Set("Bellpull-Signature", "t="+t+",v1="+hex.EncodeToString(keyed([]byte(secret), t+"."+string(body))))
}

func keyed(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// cut shortens a text for a log.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
