package awshttp

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/sigv4"
)

// Verifier checks AWS Signature Version 4 in the Authorization header.
//
// What it does not accept: signatures in the query, and bodies that are left
// out of the signature (UNSIGNED-PAYLOAD and streaming), which no client of
// these services sends.
type Verifier struct {
	// Service is the name that must be in the credential's scope.
	Service string

	// Region must be in the scope as well, unless it is "".
	Region string

	// Secrets returns the secret of an access key id. known is false if there
	// is no such key, or if the session token does not belong to it. It returns
	// ErrExpiredToken if the key or token once was good.
	Secrets func(ctx context.Context, accessKeyID, sessionToken string) (secret string, known bool, err error)

	// AcceptUnknown lets in any well-formed signature with an access key that
	// Secrets does not know. For development.
	AcceptUnknown bool

	// Now is compared with the time of the signature. Hand in the real clock.
	Now func() time.Time

	// MaxSkew is how far a signature's time may be from Now; 0 stands for 5
	// minutes.
	MaxSkew time.Duration
}

// ErrExpiredToken is for [Verifier.Secrets].
var ErrExpiredToken = errors.New("the session token has expired")

const defaultMaxSkew = 5 * time.Minute

func denied(name, message string) error {
	return &protocolError{http.StatusForbidden, name, message}
}

// Verify checks the signature of r, whose body has been read, and returns the
// access key id. Its errors are named as AWS services name them.
func (v *Verifier) Verify(r *http.Request, body []byte) (accessKeyID string, err error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", denied("MissingAuthenticationTokenException", "the request is not signed")
	}
	auth, err := parseAuthorization(header)
	if err != nil {
		return "", err
	}
	signedAt, stamp, err := signingTime(r.Header)
	if err != nil {
		return "", err
	}
	switch {
	case auth.scope.Date != stamp[:8]:
		return "", denied("InvalidSignatureException", "the date of the credential is not that of the request")
	case auth.scope.Service != v.Service:
		return "", denied("InvalidSignatureException", "the credential must be scoped to the service "+v.Service)
	case v.Region != "" && auth.scope.Region != v.Region:
		return "", denied("InvalidSignatureException", "the credential must be scoped to the region "+v.Region)
	case !slices.Contains(auth.signedHeaders, "host"):
		return "", denied("InvalidSignatureException", "the header host must be signed")
	}
	token := r.Header.Get("X-Amz-Security-Token")
	if token != "" && !slices.Contains(auth.signedHeaders, "x-amz-security-token") {
		return "", denied("InvalidSignatureException", "the header x-amz-security-token must be signed")
	}

	secret, known, err := v.Secrets(r.Context(), auth.accessKeyID, token)
	switch {
	case errors.Is(err, ErrExpiredToken):
		return "", denied("ExpiredTokenException", "the security token has expired")
	case err != nil:
		return "", err
	case !known && v.AcceptUnknown:
		return auth.accessKeyID, nil
	case !known:
		return "", denied("UnrecognizedClientException", "the access key or security token is not known here")
	}

	if err := v.checkSkew(signedAt); err != nil {
		return "", err
	}
	payload := sigv4.Hash(body)
	if claimed := r.Header.Get("X-Amz-Content-Sha256"); claimed != "" && !strings.EqualFold(claimed, payload) {
		return "", denied("InvalidSignatureException", "x-amz-content-sha256 is not the hash of the body")
	}
	want := auth.scope.Signature(secret, stamp, sigv4.Canonical(r, auth.signedHeaders, payload))
	if !hmac.Equal(want, auth.claimed) {
		return "", denied("InvalidSignatureException", "the signature does not match; check the secret access key and the signing method")
	}
	return auth.accessKeyID, nil
}

func (v *Verifier) checkSkew(signedAt time.Time) error {
	skew := v.MaxSkew
	if skew == 0 {
		skew = defaultMaxSkew
	}
	// Clients that see these names and the answer's Date correct their clock.
	switch age := v.Now().Sub(signedAt); {
	case age > skew:
		return denied("InvalidSignatureException", "the signature is too old; check the clock")
	case age < -skew:
		return denied("InvalidSignatureException", "the signature is from the future; check the clock")
	}
	return nil
}

// signingTime returns the time of the signature, also as written.
func signingTime(h http.Header) (t time.Time, stamp string, err error) {
	if stamp = h.Get("X-Amz-Date"); stamp != "" {
		t, err = time.Parse(sigv4.TimeLayout, stamp)
	} else if date := h.Get("Date"); date != "" {
		t, err = http.ParseTime(date)
		stamp = t.UTC().Format(sigv4.TimeLayout)
	} else {
		return t, "", incomplete("the request has neither X-Amz-Date nor Date")
	}
	if err != nil {
		return t, "", incomplete("the request's date cannot be read")
	}
	return t, stamp, nil
}

func incomplete(message string) error {
	return &protocolError{http.StatusBadRequest, "IncompleteSignatureException", message}
}

// authorization is a parsed Authorization header.
type authorization struct {
	accessKeyID   string
	scope         sigv4.Scope
	signedHeaders []string // lower case, as listed
	claimed       []byte   // the signature
}

// parseAuthorization reads
//
//	AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders=a;b, Signature=HEX
//
// with or without space after the commas.
func parseAuthorization(header string) (authorization, error) {
	var a authorization
	scheme, rest, _ := strings.Cut(header, " ")
	if scheme != sigv4.Algorithm {
		return a, incomplete("the Authorization header must begin with " + sigv4.Algorithm)
	}
	var credential, headers, signature string
	for part := range strings.SplitSeq(rest, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch key {
		case "Credential":
			credential = value
		case "SignedHeaders":
			headers = value
		case "Signature":
			signature = value
		}
	}
	if credential == "" || headers == "" || signature == "" {
		return a, incomplete("the Authorization header needs Credential, SignedHeaders and Signature")
	}
	// An access key id may contain slashes, the rest of the scope may not.
	scope := strings.Split(credential, "/")
	n := len(scope) - 4
	if n < 1 || scope[n+3] != sigv4.Terminator || len(scope[n]) != 8 || scope[0] == "" {
		return a, incomplete("the credential must be KEY/DATE/REGION/SERVICE/" + sigv4.Terminator)
	}
	a.accessKeyID = strings.Join(scope[:n], "/")
	a.scope = sigv4.Scope{Date: scope[n], Region: scope[n+1], Service: scope[n+2]}
	a.signedHeaders = strings.Split(strings.ToLower(headers), ";")
	claimed, err := hex.DecodeString(signature)
	if err != nil || len(claimed) != sha256.Size {
		return a, incomplete("the signature must be 64 hexadecimal digits")
	}
	a.claimed = claimed
	return a, nil
}
