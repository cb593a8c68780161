package awshttp

import (
	"net/http"
)

// What browsers are told. The map entries are assigned whole and shared by all
// answers, so these slices must not be changed.
var (
	anyOrigin     = []string{"*"}
	varyOrigin    = []string{"Origin"}
	exposeHeaders = []string{"x-amzn-ErrorType,x-amzn-RequestId"}
	allowMethods  = []string{"GET,POST,PUT,DELETE,OPTIONS"}
	allowHeaders  = []string{"content-type,x-amz-bearer,x-amz-user-agent,x-amz-date,x-amz-content-sha256," +
		"authorization,amz-sdk-invocation-id,amz-sdk-request,x-amz-security-token"}
	maxAge = []string{"7200"}
)

// allowOrigin sets the headers without which a browser hides an answer from its
// page, errors included.
func (s *Service) allowOrigin(h http.Header, r *http.Request) {
	h["Access-Control-Expose-Headers"] = exposeHeaders
	if s.cfg.AllowOrigin == nil {
		h["Access-Control-Allow-Origin"] = anyOrigin
		return
	}
	h["Vary"] = varyOrigin
	if origin := r.Header.Get("Origin"); origin != "" && s.cfg.AllowOrigin(origin) {
		h["Access-Control-Allow-Origin"] = []string{origin}
	}
}

// preflight answers OPTIONS. It needs no token and looks at no path, because a
// browser sends neither credentials nor a second try.
func (s *Service) preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Access-Control-Allow-Methods"] = allowMethods
	h["Access-Control-Allow-Headers"] = allowHeaders
	if asked := r.Header["Access-Control-Request-Headers"]; len(asked) > 0 && asked[0] != "" {
		h["Access-Control-Allow-Headers"] = asked[:1]
	}
	h["Access-Control-Max-Age"] = maxAge
	w.WriteHeader(http.StatusNoContent)
}
